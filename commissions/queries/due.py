"""Which month waits to be calculated by itself."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Q

from commissions.models import Run, RunStatus
from commissions.policy.calendar import month_due
from deals.models import Subscription
from prm.models import Program
from prm.months import add_months

if TYPE_CHECKING:
    from datetime import date


def last_calculated() -> date | None:
    """Return the last month with figures, approved or not, None before the first."""
    counted = Run.objects.filter(status__in=[RunStatus.CALCULATED, RunStatus.APPROVED])
    return counted.order_by("-period").values_list("period", flat=True).first()


def due_month(now: datetime) -> date | None:
    """Return the month that is due and that nobody has dealt with, None if there is none.

    Dealt with is a month that is approved, or before an approved one, or that was calculated or rejected after its
    last day: what a person has done stays. A month calculated while it was going on is calculated again.
    """
    program = Program.current()
    if program.calculation_day == 0 or not Subscription.objects.exists():
        return None
    period = month_due(program.day_of(now), program.calculation_day)
    if program.first_period is not None and period < program.first_period:
        return None
    ended_at = datetime.combine(add_months(period, 1), time(), ZoneInfo(program.timezone))
    dealt_with = Q(status=RunStatus.APPROVED, period__gte=period) | Q(
        Q(calculated_at__gte=ended_at) | Q(decided_at__gte=ended_at), period=period
    )
    return None if Run.objects.filter(dealt_with).exists() else period
