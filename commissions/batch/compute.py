"""Runs the named steps of one computation, in one transaction, over one snapshot of the facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.batch import accelerator, differences, facts, pricing, sources, warnings
from commissions.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from commissions.batch.window import Window


def work_statements() -> dict[str, str]:
    """Return the named statements that lead from the facts to what each key has earned and was posted."""
    return {
        **facts.STEPS,
        **sources.STEPS,
        "priced": pricing.PRICED,
        "earned": pricing.EARNED,
        "posted": differences.POSTED,
        "entitled": pricing.ENTITLED,
        **accelerator.STEPS,
    }


WARNING_EXAMPLES = 200

# The steps' own tables end with the transaction; inside a caller's transaction they are dropped by name.
WORK_TABLES = "subject, level, monthly_stretch, source, priced, earned, posted, entitled, new_mrr, difference"


@dataclass(frozen=True, slots=True)
class Computed:
    """What a computation wrote."""

    entries: int
    partners: int
    digest: str
    snapshot: str


def parameters_of(*, run_id: int, window: Window) -> dict[str, Any]:
    """Return what the statements are told."""
    return {
        "run": run_id,
        "period": window.period,
        "first": window.first,
        "opens": window.opens,
        "end": window.end,
        "last_approved": window.last_approved,
        "kinds": Kind.values,
        "examples": WARNING_EXAMPLES,
    }


def partition_of(run_number: int) -> str:
    """Return the name of the table that holds a run's entries."""
    return f"commissions_entry_run_{int(run_number)}"


def compute(
    *, run_id: int, run_number: int, window: Window, on_step: Callable[[str], None] = lambda _: None
) -> Computed:
    """Write the entries, open items and warnings of a run: entitlement − posted, for every key of its window.

    The caller's transaction gives the snapshot. What an earlier computation of this run wrote is replaced.
    """
    parameters = parameters_of(run_id=run_id, window=window)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TABLE IF EXISTS {WORK_TABLES}")
        cursor.execute("SELECT pg_current_snapshot()::text")
        snapshot = cursor.fetchone()[0]
        _clear_notes(cursor, run_id)
        for name, statement in {**work_statements(), **differences.STEPS, **warnings.STEPS}.items():
            on_step(name)
            cursor.execute(statement, parameters)
        on_step("entries")
        _write_entries(cursor, run_number, parameters)
        cursor.execute(differences.DIGEST, parameters)
        entries, partners, digest = cursor.fetchone()
        cursor.execute(f"DROP TABLE {WORK_TABLES}")
    return Computed(entries=entries, partners=partners, digest=digest, snapshot=snapshot)


def digest_of(run_id: int) -> str:
    """Return the fingerprint of a run's entries as they stand now."""
    with connection.cursor() as cursor:
        cursor.execute(differences.DIGEST, {"run": run_id})
        return str(cursor.fetchone()[2])


def _clear_notes(cursor: Any, run_id: int) -> None:
    """Delete the open items and warnings that an earlier computation of an undecided run wrote."""
    cursor.execute("DELETE FROM commissions_openitem WHERE run_id = %s", [run_id])
    cursor.execute("DELETE FROM commissions_runwarning WHERE run_id = %s", [run_id])


def _write_entries(cursor: Any, run_number: int, parameters: dict[str, Any]) -> None:
    """Fill a table of its own without index or trigger, then attach it whole; from then on it refuses change.

    The rows of an earlier computation refuse to be deleted one by one: their table is dropped. That is done last,
    because dropping a partition keeps everybody from reading any entry until the transaction ends.
    """
    partition = partition_of(run_number)
    fresh = f"{partition}_fresh"
    run_id = int(parameters["run"])
    cursor.execute(f"CREATE TABLE {fresh} (LIKE commissions_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    cursor.execute(differences.INSERT_ENTRIES.format(partition=fresh), parameters)
    cursor.execute(f"ALTER TABLE {fresh} ADD CONSTRAINT of_run CHECK (run_id = {run_id})")
    cursor.execute(f"DROP TABLE IF EXISTS {partition}")
    cursor.execute(f"ALTER TABLE {fresh} RENAME TO {partition}")
    cursor.execute(f"ALTER TABLE commissions_entry ATTACH PARTITION {partition} FOR VALUES IN ({run_id})")
    cursor.execute(
        f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {partition} "
        "FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change()"
    )
