"""What a calculation writes beside entries, cleared before it and summed up after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.batch import warnings
from commissions.batch.terms import WARNING_EXAMPLES

if TYPE_CHECKING:
    from datetime import date

NOTES = (
    "commissions_openitem",
    "commissions_runwarning",
    "commissions_runscope",
    "commissions_unpaid",
    "commissions_parkedpartner",
)


def clear_notes(run_id: int) -> None:
    """Delete what an earlier computation of an undecided run noted."""
    with connection.cursor() as cursor:
        for table in NOTES:
            cursor.execute(f"DELETE FROM {table} WHERE run_id = %s", [run_id])  # noqa: S608 - names of this module


def merge_warnings(*, run_id: int, period: date, table: str) -> None:
    """Sum up the warnings of all ranges; ``table`` is that of the run's entries."""
    parameters: dict[str, Any] = {"run": run_id, "period": period, "examples": WARNING_EXAMPLES}
    with connection.cursor() as cursor:
        for statement in (
            warnings.MERGE_SHARES,
            warnings.NO_RULE,
            warnings.NO_CREDIT,
            warnings.NOT_ACTIVE.replace("{table}", table),
        ):
            cursor.execute(statement, parameters)
