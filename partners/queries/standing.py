"""Where a partner stands on a day: its facts, territories and tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from partners.models import Partner, Territory, Tier, TierAssignment
from prm.models import User

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


def manager_name() -> Subquery:
    """Return, for annotating partners, the name of the vendor’s person behind ``manager_email``, if it is known."""
    people = User.objects.filter(email__iexact=OuterRef("manager_email")).exclude(roles=[])
    return Subquery(people.values("name")[:1])


def companies(*, actor: Actor, on: date) -> QuerySet[Any]:
    """Return visible partners with ``territory_list``, ``manager_name`` and ``tier`` as of a day. One query.

    ``tier`` is its name and benefits.
    """
    territories = Territory.objects.filter(partner=OuterRef("pk")).order_by("country", "segment")
    held = TierAssignment.objects.filter(partner=OuterRef("pk"), valid__contains=on)
    return Partner.objects.visible_to(actor).annotate(
        manager_name=manager_name(),
        territory_list=ArraySubquery(territories.values(json=JSONObject(country="country", segment="segment"))),
        tier=Subquery(held.values(json=JSONObject(**{name: f"tier__{name}" for name in BENEFITS}))[:1]),
    )
