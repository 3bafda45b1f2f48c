"""Days in the program's time zone."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date


_zone: ContextVar[list[ZoneInfo] | None] = ContextVar("zone", default=None)


@contextmanager
def zone_kept(zone: str = "") -> Iterator[None]:
    """Read the program's time zone once while many days are looked at; not at all where the caller has its name."""
    if _zone.get() is not None:
        yield
        return
    token = _zone.set([ZoneInfo(zone)] if zone else [])
    try:
        yield
    finally:
        _zone.reset(token)


def program_zone() -> ZoneInfo:
    """Return the program's time zone."""
    kept = _zone.get()
    if kept:
        return kept[0]
    zone = ZoneInfo(Program.current().timezone)
    if kept is not None:
        kept.append(zone)
    return zone


def program_today(now: datetime) -> date:
    """Return the day that it is at ``now`` in the program's time zone."""
    return now.astimezone(program_zone()).date()


def instants_between(after: date, until: date) -> tuple[datetime, datetime]:
    """Return the instants ``[from, to)`` of the program's days ``(after, until]``."""
    zone = program_zone()
    ends = (datetime.combine(day + timedelta(days=1), time(), zone) for day in (after, until))
    begins, stops = (end.astimezone(UTC) for end in ends)
    return begins, stops
