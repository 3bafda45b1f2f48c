"""The table of one run's entries: made apart, filled without index or trigger, then made part of the whole.

Writing a million rows into a table with foreign keys and indexes costs five times as much as building the table first
and checking and indexing it as a set. Each step may be repeated after a crash.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

FOREIGN_KEYS = {
    "entry_run": ("run_id", "commissions_run"),
    "entry_partner": ("partner_id", "partners_partner"),
    "entry_subscription": ("subscription_id", "deals_subscription"),
}
KEY = "(subscription_id, partner_id, kind, earned_period, currency, run_id) NULLS NOT DISTINCT"


def partition_of(run_number: int) -> str:
    """Return the name of the table that holds a run's entries once it is calculated."""
    return f"commissions_entry_run_{int(run_number)}"


def draft_of(run_number: int) -> str:
    """Return the name of the table into which a run is being calculated."""
    return f"{partition_of(run_number)}_draft"


def create_draft(*, run_number: int, run_id: int) -> None:
    """Make the empty table into which the ranges of a run write; what an earlier attempt left is dropped."""
    draft = draft_of(run_number)
    _execute(f"DROP TABLE IF EXISTS {draft}")
    _execute(f"CREATE TABLE {draft} (LIKE commissions_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    _execute(f"ALTER TABLE {draft} ADD CONSTRAINT of_run CHECK (run_id = {int(run_id)})")


def drop_draft(*, run_number: int) -> None:
    """Drop what an attempt left."""
    _execute(f"DROP TABLE IF EXISTS {draft_of(run_number)}")


def drop_partition(*, run_number: int) -> None:
    """Drop the entries of an earlier computation of a run that posts nothing now."""
    _execute(f"DROP TABLE IF EXISTS {partition_of(run_number)}")


def draft_exists(run_number: int) -> bool:
    """Whether a table of an earlier attempt stands."""
    return bool(_execute("SELECT to_regclass(%s)", [draft_of(run_number)]))


def is_draft_empty(run_number: int) -> bool:
    """Whether a run posts nothing."""
    return not _execute(f"SELECT EXISTS (SELECT FROM {draft_of(run_number)})")  # noqa: S608 - our own name


def declare_keys(*, run_number: int) -> None:
    """Declare the foreign keys without looking at the rows: a lock on the other tables for a moment only."""
    draft = draft_of(run_number)
    for name, (column, table) in FOREIGN_KEYS.items():
        if not _has_constraint(draft, name):
            _execute(f"ALTER TABLE {draft} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {table} NOT VALID")


def check_keys(*, run_number: int) -> None:
    """Check the foreign keys as sets, while others go on writing, and build the indexes."""
    draft = draft_of(run_number)
    for name in FOREIGN_KEYS:
        _execute(f"ALTER TABLE {draft} VALIDATE CONSTRAINT {name}")
    if not _has_constraint(draft, f"{draft}_pkey"):
        _execute(f"ALTER TABLE {draft} ADD CONSTRAINT {draft}_pkey PRIMARY KEY (run_id, id)")
    _execute(f"CREATE UNIQUE INDEX IF NOT EXISTS {draft}_key ON {draft} {KEY}")
    _execute(f"CREATE INDEX IF NOT EXISTS {draft}_partner ON {draft} (partner_id, earned_period)")


def attach(*, run_number: int, run_id: int) -> None:
    """Make the table part of all entries, in place of what an earlier computation of the run wrote.

    From then on it refuses every change: row triggers come with the parent, the one against TRUNCATE is the table's
    own. Dropping keeps everybody from reading entries until the transaction ends, so this comes last.
    """
    partition, draft = partition_of(run_number), draft_of(run_number)
    _execute(f"DROP TABLE IF EXISTS {partition}")
    _execute(f"ALTER TABLE {draft} RENAME TO {partition}")
    for suffix in ("pkey", "key", "partner"):
        _execute(f"ALTER INDEX {draft}_{suffix} RENAME TO {partition}_{suffix}")
    _execute(f"ALTER TABLE commissions_entry ATTACH PARTITION {partition} FOR VALUES IN ({int(run_id)})")
    _execute(
        f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {partition} "
        "FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change()"
    )


def _has_constraint(table: str, name: str) -> bool:
    found = _execute(
        "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(%s) AND conname = %s)", [table, name]
    )
    return bool(found)


def _execute(statement: str, parameters: list[Any] | None = None) -> Any:
    """Run one statement; return its first value, if it gives rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None
