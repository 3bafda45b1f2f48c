"""Where a partner stands on a day: its facts, territories and tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from partners.models import Partner, Territory, Tier, TierAssignment

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from prm.actors import Actor

BENEFITS = ("name", "code", "protection_days", "live_cap", "auto_approve")


def tier_of(*, actor: Actor, partner_id: int, on: date) -> Tier | None:
    """Return the tier that a partner holds on a day, if any."""
    assignment = (
        TierAssignment.objects.visible_to(actor)
        .filter(partner_id=partner_id, valid__contains=on)
        .select_related("tier")
        .first()
    )
    return assignment.tier if assignment is not None else None


def companies(*, actor: Actor, on: date) -> QuerySet[Any]:
    """Return visible partners with ``territory_list`` and, as of a day, ``tier`` (its name and benefits). One query."""
    territories = Territory.objects.filter(partner=OuterRef("pk")).order_by("country", "segment")
    held = TierAssignment.objects.filter(partner=OuterRef("pk"), valid__contains=on)
    return Partner.objects.visible_to(actor).annotate(
        territory_list=ArraySubquery(territories.values(json=JSONObject(country="country", segment="segment"))),
        tier=Subquery(held.values(json=JSONObject(**{name: f"tier__{name}" for name in BENEFITS}))[:1]),
    )
