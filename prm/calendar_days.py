"""Days in the program's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from prm.models import Program

if TYPE_CHECKING:
    from datetime import date


def program_zone() -> ZoneInfo:
    """Return the program's time zone."""
    return ZoneInfo(Program.current().timezone)


def program_today(now: datetime) -> date:
    """Return the day that it is at ``now`` in the program's time zone."""
    return now.astimezone(program_zone()).date()


def instants_between(after: date, until: date) -> tuple[datetime, datetime]:
    """Return the instants ``[from, to)`` of the program's days ``(after, until]``."""
    zone = program_zone()
    ends = (datetime.combine(day + timedelta(days=1), time(), zone) for day in (after, until))
    begins, stops = (end.astimezone(UTC) for end in ends)
    return begins, stops
