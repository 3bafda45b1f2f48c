"""What a rule that is being written would have cost in the last month that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from commissions.manage.months import last_known_month
from commissions.services.simulation import Proposal, simulate
from prm.errors import DomainError

if TYPE_CHECKING:
    from commissions.models import Rule
    from prm.actors import Actor


def cost_of(asked: Rule, replaced: int | None, *, actor: Actor) -> dict[str, Any]:
    """Return the ``cost`` of the month with the rule as asked, or the ``cost_problem`` that it cannot be computed."""
    proposal = Proposal(left_out=(replaced,) if replaced else (), added=(asked,))
    try:
        period = last_known_month(today=timezone.localdate())
        return {"cost": simulate(period=period, proposal=proposal, actor=actor, now=timezone.now())}
    except DomainError as error:
        return {"cost_problem": str(error.sentence)}
