"""Empties the database after a transactional test.

The product's tables of evidence refuse TRUNCATE, as they must; a test database is emptied as a replica would be,
with triggers off, and gets back the rows that every installation has.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

from prm.seed import install_fixed_rows

if TYPE_CHECKING:
    from collections.abc import Iterable


def flush_past_the_guards(self: DatabaseOperations, sql_list: Iterable[str]) -> None:
    """Run the statements of a flush with triggers off, then write the fixed rows again."""
    del self
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for sql in sql_list:
            cursor.execute(sql)
        cursor.execute("DELETE FROM deals_accountname")  # kept by a trigger that is off
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'commissions_entry'::regclass"
        )
        for (partition,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {partition}")
    with connection.schema_editor() as editor:
        install_fixed_rows(apps, editor)  # type: ignore[arg-type] # today's models serve as well as a migration's
        import_module("partners.models.recruiting_seed").install_recruiting(apps, editor)
        import_module("partners.models.onboarding_seed").install_checklists(apps, editor)
        import_module("partners.migrations.0004_payee_promises").load_thresholds(apps, editor)
        import_module("deals.migrations.0014_desk").load_reasons(apps, editor)
        import_module("commissions.migrations.0008_accounting_kept").load_accounting(apps, editor)


def install() -> None:
    """Make every flush of the test database go past the guards."""
    DatabaseOperations.execute_sql_flush = flush_past_the_guards  # type: ignore[method-assign, assignment]
