"""Where a partner stands with its commission: plans over time, the latest statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from commissions.models import PlanAssignment, Statement

if TYPE_CHECKING:
    from prm.actors import Actor


def plans_of(actor: Actor, *, partner_id: int) -> list[PlanAssignment]:
    """Return the plans of a partner, the latest first; without any it is on the program's default plan."""
    rows = PlanAssignment.objects.visible_to(actor).filter(partner_id=partner_id).exclude(valid__isempty=True)
    return list(rows.select_related("plan").order_by(F("valid_from").desc(nulls_last=True), "-pk"))


def latest_statements_of(actor: Actor, *, partner_id: int, limit: int = 3) -> list[Statement]:
    """Return the latest statements of a partner, for those who see money."""
    rows = Statement.objects.visible_to(actor).filter(partner_id=partner_id)
    return list(rows.select_related("run").order_by("-issued_at", "-number")[:limit])
