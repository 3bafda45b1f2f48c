"""The console's page about one partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F

from partners.models import (
    Membership,
    ParentAssignment,
    Partner,
    StatusPeriod,
    Tier,
    TierAssignment,
)
from partners.queries.news import News, timeline_of
from partners.queries.people import colleagues
from partners.queries.standing import company_of

if TYPE_CHECKING:
    from datetime import date

    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """Everything that this app knows of a partner; assignments newest first."""

    partner: Partner
    tier: Tier | None
    parent: Partner | None
    statuses: list[StatusPeriod]
    tiers: list[TierAssignment]
    parents: list[ParentAssignment]
    below: list[ParentAssignment]
    people: list[Membership]
    activity: list[News]


def partner_page(*, actor: Actor, code: str, on: date) -> PartnerPage | None:
    """Return the page of a partner as of a day, or nothing where ``actor`` sees no such partner. Eight queries."""
    found = Partner.objects.visible_to(actor).filter(code=code).values_list("pk", flat=True).first()
    partner = company_of(actor=actor, partner_id=found) if found is not None else None
    if partner is None:
        return None
    newest = F("valid_from").desc(nulls_last=True)
    tiers = list(
        TierAssignment.objects.visible_to(actor).filter(partner=partner).select_related("tier").order_by(newest)
    )
    parents = list(
        ParentAssignment.objects.visible_to(actor).filter(partner=partner).select_related("parent").order_by(newest)
    )
    below = ParentAssignment.objects.visible_to(actor).filter(parent=partner, valid__contains=on)
    return PartnerPage(
        partner=partner,
        tier=next((row.tier for row in tiers if holds(row, on=on)), None),
        parent=next((row.parent for row in parents if holds(row, on=on)), None),
        statuses=list(StatusPeriod.objects.visible_to(actor).filter(partner=partner).order_by(newest)),
        tiers=tiers,
        parents=parents,
        below=list(below.select_related("partner").order_by("partner__name")),
        people=colleagues(actor=actor, partner_id=partner.pk),
        activity=timeline_of(actor=actor, partner_id=partner.pk),
    )


def holds(row: TierAssignment | ParentAssignment | StatusPeriod, *, on: date) -> bool:
    """Whether an effective-dated row holds on a day; an empty end is open, a voided row holds on none."""
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_until is None or on < row.valid_until)
