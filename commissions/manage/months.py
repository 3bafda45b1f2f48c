"""Which months can be calculated now, and the sentence over the list of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commissions.models import Run, RunStatus
from commissions.queries.review import next_period
from prm import formats

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

FIRST_CHOICES = 12


def month_choices(*, today: date) -> list[date]:
    """Return the months to offer, the usual one first: the next one, and the last approved one again.

    Before the first approval these are the finished months of a year, the latest first.
    """
    upcoming = next_period()
    if upcoming is not None:
        last = _shift(upcoming, -1)
        return [upcoming, last] if upcoming <= today.replace(day=1) else [last]
    return [_shift(today.replace(day=1), -by) for by in range(1, FIRST_CHOICES + 1)]


def state_of_runs(runs: Iterable[Run], choices: list[date]) -> str:
    """Say what waits, or which month is next."""
    waiting = [run for run in runs if run.status == RunStatus.CALCULATED]
    if waiting:
        return _("%(month)s waits for approval.") % {"month": formats.month(waiting[0].period)}
    if choices:
        return _("Nothing waits. %(month)s is next.") % {"month": formats.month(choices[0])}
    return ""


def last_known_month(*, today: date) -> date:
    """Return the month of the latest run that was approved; before the first, the last finished month."""
    upcoming = next_period()
    return _shift(today.replace(day=1) if upcoming is None else upcoming, -1)


def _shift(month: date, by: int) -> date:
    count = month.year * 12 + month.month - 1 + by
    return month.replace(year=count // 12, month=count % 12 + 1, day=1)
