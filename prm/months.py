"""Month arithmetic; a month is written as its first day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def month_start(day: date) -> date:
    """Return the first day of the month of ``day``."""
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """Return the first day of the month ``count`` months after that of ``month`` (before it, if negative)."""
    months = 12 * month.year + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def months_before(day: date, count: int) -> date:
    """Return the same day ``count`` months before; where that month is shorter, its last day."""
    month = add_months(day, -count)
    return month.replace(day=min(day.day, monthrange(month.year, month.month)[1]))


def month_end(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return day.replace(day=monthrange(day.year, day.month)[1])
