"""Empties the database after a transactional test.

The product's tables of evidence refuse TRUNCATE, as they must; a test database is emptied as a replica would be,
with triggers off, and gets back the rows that every installation has. Rows are deleted: what a test leaves is little,
and a TRUNCATE of every table makes ten times as many files. Kinds of things and permissions stay; they never change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.signals import post_migrate

from prm.seed import install_fixed_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = {"django_content_type", "auth_permission"}


def flush_past_the_guards(self: DatabaseOperations, sql_list: Iterable[str]) -> None:
    """Empty every table with triggers off, then write the fixed rows again.

    What a server of the test still writes is waited for: it would come back otherwise.
    """
    del self, sql_list
    _keep_permissions()
    tables = {*connection.introspection.django_table_names(only_existing=True), "deals_accountname"} - KEPT
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(";".join(f"DELETE FROM {table}" for table in tables))  # noqa: S608 - our own tables
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'commissions_entry'::regclass"
        )
        for (partition,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {partition}")
    with connection.schema_editor() as editor:
        install_fixed_rows(apps, editor)  # type: ignore[arg-type] # today's models serve as well as a migration's
        import_module("partners.models.recruiting_seed").install_recruiting(apps, editor)
        import_module("partners.models.onboarding_seed").install_checklists(apps, editor)
        import_module("partners.models.onboarding_seed").install_paper_steps(apps, editor)
        import_module("partners.migrations.0003_payee_promises").load_thresholds(apps, editor)
        import_module("deals.migrations.0008_desk").load_reasons(apps, editor)
        import_module("commissions.migrations.0006_accounting_kept").load_accounting(apps, editor)


def _keep_permissions() -> None:
    """Spare what a flush does afterwards to have again what was not taken away."""
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


def install() -> None:
    """Make every flush of the test database go past the guards."""
    DatabaseOperations.execute_sql_flush = flush_past_the_guards  # type: ignore[method-assign, assignment]
