"""Calculations whose process died: found, so that they can be asked for again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection

from commissions.models import Calculation
from commissions.services.runs.holder import COMPUTING_LOCK

if TYPE_CHECKING:
    from datetime import datetime

QUEUED_FOR = timedelta(minutes=2)
"""So long a calculation may wait for a worker before it counts as lost; asking twice is harmless."""

IS_FREE = "SELECT pg_try_advisory_xact_lock(%s)"


def calculations_to_resume(*, now: datetime) -> list[Calculation]:
    """Return the calculations that were asked for a while ago and that nobody is at at this moment."""
    waiting = Calculation.objects.filter(asked_at__lt=now - QUEUED_FOR, failure="", run__decided_at__isnull=True)
    found = list(waiting.select_related("run").order_by("run__number"))
    if found and _somebody_calculates():
        return []
    return found


def _somebody_calculates() -> bool:
    """Whether a session holds the claim; outside a transaction the lock that tells is given back at once."""
    with connection.cursor() as cursor:
        cursor.execute(IS_FREE, [COMPUTING_LOCK])
        return not cursor.fetchone()[0]
