"""Reads of certifications: who holds what, and what expires soon."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q

from partners.models import Certification, Membership

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor

SOON = timedelta(days=60)


def expiring(*, on: date) -> QuerySet[Certification]:
    """Return certifications that hold on a day, end within 60 days, and are not followed by another of their name."""
    follows = Certification.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=OuterRef("valid_until")),
        Q(valid_from__isnull=True) | Q(valid_from__lte=OuterRef("valid_until")),
        user=OuterRef("user"),
        certification=OuterRef("certification"),
    ).exclude(valid__isempty=True)
    rows = Certification.objects.filter(valid__contains=on, valid_until__lte=on + SOON)
    return rows.filter(~Exists(follows)).select_related("user").order_by("valid_until", "pk")


def certifications(*, actor: Actor, on: date, words: str = "", only: str = "") -> QuerySet[Certification]:
    """Return visible certifications with ``partners``, the names of the companies of the person. One query.

    ``only``: ``expiring`` soon, ``expired``, or those that hold on the day.
    """
    seats = Membership.objects.visible_to(actor).filter(is_active=True)
    names = seats.filter(user=OuterRef("user")).order_by("partner__name").values("partner__name")
    rows = expiring(on=on) if only == "expiring" else Certification.objects.select_related("user")
    if only == "expired":
        rows = rows.filter(valid_until__lte=on).exclude(valid__isempty=True).order_by("-valid_until", "pk")
    elif only != "expiring":
        rows = rows.filter(valid__contains=on).order_by("certification", "user__name", "pk")
    if words:
        rows = rows.filter(
            Q(certification__icontains=words) | Q(user__name__icontains=words) | Q(user__email__icontains=words)
            | Q(user__memberships__partner__name__icontains=words, user__memberships__is_active=True)
        ).distinct()  # fmt: skip
    return rows.filter(user__in=Membership.objects.visible_to(actor).values("user")).annotate(
        partners=ArraySubquery(names)
    )
