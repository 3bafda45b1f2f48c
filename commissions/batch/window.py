"""Which months a run looks at (commission rules, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from prm.months import add_months

BEGINNING = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """The months of one run.

    ``first`` is the first entitled month of the program, ``opens`` the first month whose monthly kinds are
    compared, ``period`` the month of the run, ``last_approved`` the month approved before (None: none yet).
    All are first days of months.
    """

    period: date
    first: date
    opens: date
    last_approved: date | None

    @property
    def end(self) -> date:
        """Return the first day after the period."""
        return add_months(self.period, 1)


def window_of(*, period: date, last_approved: date | None, first_period: date | None, true_up_months: int) -> Window:
    """Return the window of a run for ``period``.

    It opens at the earlier of period − ``true_up_months`` and the month after the last approved one; the first
    run opens at the beginning, or at the program's ``first_period``.
    """
    first = first_period or BEGINNING
    if last_approved is None:
        return Window(period=period, first=first, opens=first, last_approved=None)
    opens = min(add_months(period, -true_up_months), add_months(last_approved, 1))
    return Window(period=period, first=first, opens=max(opens, first), last_approved=last_approved)
