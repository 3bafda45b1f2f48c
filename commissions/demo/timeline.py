"""The demonstration's calendar: every date is counted from the day on which it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

MONTHS = 14
"""Whole months of history; the running month comes after them."""

SATURDAY = 5
LONGEST_MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Months are counted from the first of history, 0, to the last finished one, 13; 14 is the running month."""

    today: date

    def month(self, number: int) -> date:
        """Return the first day of a month of history; negative numbers lie before it."""
        count = self.today.year * 12 + self.today.month - 1 - MONTHS + number
        return date(count // 12, count % 12 + 1, 1)

    def day(self, number: int, day: int) -> date:
        """Return a day of a month, at most its last one."""
        last = self.month(number + 1) - timedelta(days=1)
        return last.replace(day=min(day, last.day))

    def number_of(self, day: date) -> int:
        """Return the number of the month in which a day lies."""
        return (day.year - self.today.year) * 12 + day.month - self.today.month + MONTHS

    def working_day(self, back: int) -> date:
        """Return the working day ``back`` working days before today: 1 is the last one before it."""
        day = self.today
        while back:
            day -= timedelta(days=1)
            back -= day.weekday() < SATURDAY
        return day

    def working_day_of(self, number: int, count: int) -> date:
        """Return the ``count``-th working day of a month."""
        day = self.month(number) - timedelta(days=1)
        while count:
            day += timedelta(days=1)
            count -= day.weekday() < SATURDAY
        return day

    @property
    def now(self) -> datetime:
        """Return the beginning of today: the moment after everything that happened."""
        return at(self.today, 0)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return an instant of a day."""
    return datetime.combine(day, time(hour, minute), UTC)
