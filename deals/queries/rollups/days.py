"""The days that a day's figures look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from prm.months import month_start, months_before

YEAR = 12


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
