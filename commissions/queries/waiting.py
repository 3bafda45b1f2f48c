"""What waits for finance, counted at once: the bar of every page of the console shows it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class WaitingForFinance:
    """How many runs wait for approval, and how many disputes for an answer."""

    runs: int
    disputes: int


COUNTS = """
SELECT (SELECT count(*) FROM commissions_run WHERE status = 'calculated'),
       (SELECT count(*) FROM commissions_dispute WHERE status = 'open')
"""


def waiting_for_finance() -> WaitingForFinance:
    """Return the counts, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        return WaitingForFinance(*cursor.fetchone())
