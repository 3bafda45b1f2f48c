"""Rows that every installation has: the program and the currencies. Run by the first migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prm.currencies import CURRENCIES

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import StateApps


def install_fixed_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the program's only row and the currencies; rows that exist stay as they are."""
    alias = schema_editor.connection.alias
    currency = apps.get_model("prm", "Currency")
    currency._default_manager.using(alias).bulk_create(  # noqa: SLF001 - Django's documented manager of a historical model
        [currency(code=code, minor_units=digits) for code, digits in CURRENCIES.items()],
        ignore_conflicts=True,
    )
    apps.get_model("prm", "Program")._default_manager.using(alias).get_or_create(pk=1)  # noqa: SLF001 - as above
