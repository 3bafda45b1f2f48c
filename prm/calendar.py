"""Business hours of the program: what deadlines are counted in. Pure.

Monday to Friday, 09:00 to 17:00 in the program's time zone, but for the public holidays that administrators keep. A
business day is eight of these hours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When the program works. Instants go in and come out in UTC."""

    timezone: str = "UTC"
    opens: time = time(9)
    closes: time = time(17)
    holidays: frozenset[date] = field(default_factory=frozenset)

    @property
    def day(self) -> timedelta:
        """Return the length of one business day."""
        return datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)

    def is_open_on(self, day: date) -> bool:
        """Whether the program works on ``day``."""
        return day.weekday() < SATURDAY and day not in self.holidays

    def add(self, start: datetime, work: timedelta) -> datetime:
        """Return the instant at which ``work`` business time after ``start`` is over.

        Ends on a closing time stay there: eight hours from Monday 09:00 end on Monday 17:00.
        """
        left = max(work, timedelta(0))
        for opens, closes in self._days_from(start):
            begins = max(start, opens)
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
        raise AssertionError  # pragma: no cover - the days never end

    def add_days(self, start: datetime, days: int) -> datetime:
        """Return the instant ``days`` business days after ``start``."""
        return self.add(start, days * self.day)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the business time from ``start`` to ``end``; zero when they are not in order."""
        total = timedelta(0)
        if end <= start:
            return total
        for opens, closes in self._days_from(start):
            if opens >= end:
                break
            total += min(closes, end) - max(start, opens)
        return total

    def _days_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield opening and closing of each business day that is not over at ``start``."""
        zone = ZoneInfo(self.timezone)
        day = start.astimezone(zone).date()
        while True:
            closes = datetime.combine(day, self.closes, zone).astimezone(UTC)
            if self.is_open_on(day) and closes > start:
                yield datetime.combine(day, self.opens, zone).astimezone(UTC), closes
            day += timedelta(days=1)
