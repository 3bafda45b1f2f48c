"""Where a partner stands on a day: tier, parent, status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch

from partners.models import Partner, Territory, Tier, TierAssignment

if TYPE_CHECKING:
    from datetime import date

    from prm.actors import Actor


def tier_of(*, actor: Actor, partner_id: int, on: date) -> Tier | None:
    """Return the tier that a partner holds on a day, if any."""
    assignment = (
        TierAssignment.objects.visible_to(actor)
        .filter(partner_id=partner_id, valid__contains=on)
        .select_related("tier")
        .first()
    )
    return assignment.tier if assignment is not None else None


def company_of(*, actor: Actor, partner_id: int) -> Partner | None:
    """Return a partner with its territories."""
    return (
        Partner.objects.visible_to(actor)
        .filter(pk=partner_id)
        .prefetch_related(Prefetch("territories", Territory.objects.order_by("country", "segment")))
        .first()
    )
