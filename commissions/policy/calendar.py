"""Which month is to be calculated by itself."""

from __future__ import annotations

from datetime import date


def month_due(today: date, day: int) -> date:
    """Return the month that was due last: each is due on ``day`` of the month after it. ``today`` is the program's."""
    back = 1 if today.day >= day else 2
    months = 12 * today.year + today.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)
