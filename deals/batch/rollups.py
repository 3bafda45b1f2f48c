"""Keeps the rollups of MRR: one day more, and those again before which a fact has changed.

One refresh runs at a time; whoever finds another at work leaves it to that one. It may die at any line: marks are
taken and the days made stale in one transaction, and each day is then made in one of its own, seeing one state of the
facts. A fact that is written meanwhile leaves its mark for the next refresh.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import OperationalError, connection, transaction
from psycopg.errors import SerializationFailure

from deals.queries.rollups.computing import KEPT, facts_on, sum_up
from prm.months import add_months, month_end, month_start

if TYPE_CHECKING:
    from datetime import date

ROLLUP_LOCK = 7_304_511
"""The advisory lock of who refreshes."""

MONTHS = 60
"""How many months back are kept; what is asked before them is computed when it is asked."""

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s)"

FIRST_DAY = "SELECT min(started_on) FROM deals_subscription"

TAKE_MARKS = """
-- The marks that are there are taken, and every day from the earliest on is to be made again.
WITH taken AS (DELETE FROM deals_rollupmark RETURNING coalesce(from_day, '-infinity') AS from_day)
UPDATE deals_rollupday SET stale = true WHERE day >= (SELECT min(from_day) FROM taken)
"""

DROP_DAYS = """
-- Of the month that runs only its last day is kept, and no month older than those that are kept.
DELETE FROM {table} WHERE day <> ALL(%(wanted)s)
"""

ADD_DAYS = """
INSERT INTO deals_rollupday (day, stale, built_ms) SELECT unnest(%(wanted)s::date[]), true, 0
ON CONFLICT (day) DO NOTHING
"""

STALE_DAYS = "SELECT day FROM deals_rollupday WHERE stale ORDER BY day DESC"

EMPTY_DAY = "DELETE FROM {table} WHERE day = %(day)s"

DONE = "UPDATE deals_rollupday SET stale = false, built_ms = %(built_ms)s WHERE day = %(day)s"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: the days it made, and whether another one was at work."""

    days: tuple[date, ...]
    busy: bool = False


def refresh_rollups(*, today: date) -> Refreshed:
    """Make the rollups true for ``today``: add days that are missing, make stale ones again. Safe beside itself."""
    if not _plan(today):
        return Refreshed((), busy=True)
    made: list[date] = []
    for day in _stale():
        if not make_day(day):
            return Refreshed(tuple(made), busy=True)
        made.append(day)
    return Refreshed(tuple(made))


def rebuild_rollups(*, today: date) -> Refreshed:
    """Throw every rollup away and make all of them from the facts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROLLUP_LOCK])
        cursor.execute("UPDATE deals_rollupday SET stale = true")
    return refresh_rollups(today=today)


def wanted_days(*, first: date | None, today: date) -> list[date]:
    """Return the days to keep: the ends of the months from the first subscription on, and today."""
    if first is None:
        return [today]
    month = max(month_start(first), add_months(today, -MONTHS))
    days = []
    while month_end(month) < today:
        days.append(month_end(month))
        month = add_months(month, 1)
    return [*days, today]


def _plan(today: date) -> bool:
    """Take the marks and say which days are to be made; False where another refresh is at work."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [ROLLUP_LOCK])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(FIRST_DAY)
        wanted = {"wanted": wanted_days(first=cursor.fetchone()[0], today=today)}
        cursor.execute(TAKE_MARKS)
        for table in (*KEPT.names, "deals_rollupday"):
            cursor.execute(DROP_DAYS.format(table=table), wanted)
        cursor.execute(ADD_DAYS, wanted)
    return True


def _stale() -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(STALE_DAYS)
        return [day for (day,) in cursor.fetchall()]


def make_day(day: date) -> bool:
    """Make one day; False where another refresh is at it, which then makes it."""
    began = time.perf_counter()
    is_outermost = not connection.in_atomic_block
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if is_outermost:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(TRY_LOCK, [ROLLUP_LOCK])
            if not cursor.fetchone()[0]:
                return False
            parameters = facts_on(cursor, day)
            for table in KEPT.names:
                cursor.execute(EMPTY_DAY.format(table=table), parameters)
            sum_up(cursor, parameters, KEPT)
            cursor.execute(DONE, {"day": day, "built_ms": round((time.perf_counter() - began) * 1000)})
    except OperationalError as error:
        if isinstance(error.__cause__, SerializationFailure):
            return False
        raise
    return True
