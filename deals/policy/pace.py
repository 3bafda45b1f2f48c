"""How long a decision was on our desk: the time in review alone, while nobody else had the ball (section 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

IN_REVIEW = "submitted"
FRESH = frozenset({"rejection_reversed", "claim_changed"})
"""Changes after which the whole time is given anew."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a registration: when, which, and to which state."""

    at: datetime
    kind: str
    to: str


def time_spent(
    steps: Iterable[Step], *, until: datetime, between: Callable[[datetime, datetime], timedelta]
) -> timedelta:
    """Return the time that a decision taken at ``until`` was in review, by the clock ``between``.

    ``steps`` come in order. The clock stands while the registration is returned or waits in line.
    """
    spent, since = timedelta(), None
    for step in steps:
        if step.at > until:
            break
        if step.kind in FRESH:
            spent, since = timedelta(), step.at if step.to == IN_REVIEW else None
        elif step.to == IN_REVIEW:
            since = since or step.at
        elif since is not None:
            spent, since = spent + between(since, step.at), None
    return spent + between(since, until) if since is not None else spent


def median_hours(spent: Sequence[timedelta]) -> float | None:
    """Return the median in hours, to one digit; nothing of nothing."""
    return round(median(time.total_seconds() for time in spent) / 3600, 1) if spent else None
