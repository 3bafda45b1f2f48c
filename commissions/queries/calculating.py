"""How the calculation of a run is getting on: read from what the workers themselves write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from commissions.models import Calculation

if TYPE_CHECKING:
    from datetime import datetime

    from commissions.models import Run

RANGES = """
-- Ranges done and all, and whether a session holds the claim to compute (an advisory lock; looking takes none).
SELECT count(d.chunk_id), count(c.id),
       EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = %(claim)s
               AND l.objsubid = 1 AND l.granted
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
FROM commissions_runchunk c LEFT JOIN commissions_runchunkdone d ON d.chunk_id = c.id
WHERE c.run_id = %(run)s
"""


@dataclass(frozen=True, slots=True)
class Calculating:
    """``done`` of ``ranges`` are computed; ``is_held``: some process computes at this moment.

    ``asked_by`` is empty where the calendar, a key or the terminal asked; ``failure`` says why it was refused.
    """

    done: int
    ranges: int
    is_held: bool
    asked_at: datetime | None
    asked_by: str
    failure: str

    @property
    def is_interrupted(self) -> bool:
        """Whether it had begun with ranges and nobody is at it now."""
        return self.ranges > 0 and not self.is_held


def calculating(run: Run, *, claim: int) -> Calculating:
    """Return how the calculation of ``run`` is getting on; ``claim`` is the lock that whoever computes holds."""
    asked = Calculation.objects.select_related("asked_by").filter(run=run).first()
    with connection.cursor() as cursor:
        cursor.execute(RANGES, {"run": run.pk, "claim": claim})
        done, ranges, is_held = cursor.fetchone()
    return Calculating(
        done=done,
        ranges=ranges,
        is_held=is_held,
        asked_at=asked.asked_at if asked else None,
        asked_by=str(asked.asked_by) if asked and asked.asked_by else "",
        failure=asked.failure if asked else "",
    )
