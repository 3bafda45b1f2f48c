"""Waiting for another connection to wait for us, by the locks themselves."""

from __future__ import annotations

from time import monotonic

import pytest
from django.db import connection

WAITING_FOR_US = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
SECONDS = 30


WAITING_HERE = """
SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid IN (
    SELECT pid FROM pg_stat_activity WHERE datname = current_database())
"""


def wait_for_one_that_waits() -> None:
    """Return when another connection waits for us; fail the test when none does."""
    _wait(WAITING_FOR_US, 1)


def wait_for_waiting(number: int) -> None:
    """Return when so many connections to this database wait, for us or for each other."""
    _wait(WAITING_HERE, number)


def _wait(query: str, number: int) -> None:
    deadline = monotonic() + SECONDS
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(query)
            if cursor.fetchone() == (number,):
                return
    pytest.fail(f"never {number} waited")
