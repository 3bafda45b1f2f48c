"""Days in the program's time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from prm.models import Program

if TYPE_CHECKING:
    from datetime import date, datetime


def program_today(now: datetime) -> date:
    """Return the day that it is at ``now`` in the program's time zone."""
    return now.astimezone(ZoneInfo(Program.current().timezone)).date()
