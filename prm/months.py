"""Month arithmetic; a month is written as its first day."""

from __future__ import annotations

from datetime import date


def month_start(day: date) -> date:
    """Return the first day of the month of ``day``."""
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """Return the first day of the month ``count`` months after that of ``month`` (before it, if negative)."""
    months = 12 * month.year + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
