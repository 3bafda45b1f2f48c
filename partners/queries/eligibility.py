"""Reads of signed agreements and certifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from partners.models import Certification, Membership, SignedAgreement

if TYPE_CHECKING:
    from prm.actors import Actor


def agreements_to_read(actor: Actor) -> QuerySet[SignedAgreement]:
    """Return the visible agreements; a partner's key sees its own."""
    return SignedAgreement.objects.visible_to(actor).select_related("partner")


def certifications_to_read(actor: Actor) -> QuerySet[Certification]:
    """Return the certifications of the people whom the actor may see."""
    people = Membership.objects.visible_to(actor).values("user_id")
    return Certification.objects.filter(user_id__in=people).select_related("user")
