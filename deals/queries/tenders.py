"""Reads of tenders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from deals.models import Registration, RegistrationStatus, Tender

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from prm.actors import Actor


def is_tendered(*, account_id: int, family_id: int) -> bool:
    """Whether a tender is open on this customer and family."""
    return Tender.objects.open().filter(account_id=account_id, family_id=family_id).exists()


def open_tender_on(*, account_id: int, family_id: int) -> Tender | None:
    """Return the tender that is open on this customer and family."""
    return Tender.objects.open().filter(account_id=account_id, family_id=family_id).first()


def tenders_for(actor: Actor) -> QuerySet[Tender]:
    """Return the tenders that ``actor`` may see, the running ones and the latest first."""
    return (
        Tender.objects.visible_to(actor)
        .select_related("account", "family", "winner__holder", "opened_by")
        .order_by(F("closed_at").desc(nulls_first=True), "-opened_at", "-pk")
    )


def tender_of(actor: Actor, public_id: UUID) -> Tender | None:
    """Return one tender that ``actor`` may see."""
    return tenders_for(actor).filter(public_id=public_id).first()


def bidders_of(tender: Tender) -> QuerySet[Registration]:
    """Return the registrations that bid: approved beside others on the customer and family."""
    return (
        Registration.objects.filter(account_id=tender.account_id, family_id=tender.family_id, exclusive=False)
        .exclude(status=RegistrationStatus.DRAFT)
        .select_related("holder", "account", "family")
        .order_by("place", "pk")
    )
