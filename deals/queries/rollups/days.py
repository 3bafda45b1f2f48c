"""The days that a day's figures look at."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from prm.months import add_months, month_start

YEAR = 12


def months_before(day: date, count: int) -> date:
    """Return the day ``count`` months before; where that month is shorter, its last day (partner rules, section 4)."""
    month = add_months(day, -count)
    return month.replace(day=min(day.day, calendar.monthrange(month.year, month.month)[1]))


def month_end(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return add_months(day, 1) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """A day, and those that it is compared with."""

    day: date

    @property
    def month_ago(self) -> date:
        """Return the day a month before."""
        return months_before(self.day, 1)

    @property
    def year_ago(self) -> date:
        """Return the day twelve months before."""
        return months_before(self.day, YEAR)

    @property
    def eve(self) -> date:
        """Return the last day before the month of the day."""
        return month_start(self.day) - timedelta(days=1)

    @property
    def parameters(self) -> dict[str, date]:
        """Return the days by the names that the statements have for them."""
        return {"day": self.day, "month_ago": self.month_ago, "year_ago": self.year_ago, "eve": self.eve}
