"""One row in, by the key of another system: made, changed where something differs, or left alone.

A repeat writes nothing: no new version, no new instant. The database decides in one statement, so two
equal requests at the same time make one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.db.models import Model


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of a row; ``pk`` is its key. A row that was left alone is neither created nor changed."""

    pk: int
    created: bool
    changed: bool


def upsert(
    model: type[Model],
    *,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    on_insert: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Upserted:
    """Insert a row with ``key``, ``values`` and ``on_insert``, or write ``values`` where one of them differs.

    Names are attribute names (``parent_id``). The table has a unique constraint on the columns of ``key``; with
    ``now`` it also has ``version``, ``created_at`` and ``updated_at``. Columns that are not named stay untouched.
    """
    row = {**(on_insert or {}), **values, **key}
    if now is not None:
        row |= {"version": 1, "created_at": now, "updated_at": now}
    prepared = [_prepared(model, name, value) for name, value in row.items()]
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, list(row), list(key), list(values), versioned=now is not None), prepared)
        found = cursor.fetchone()
        if found is not None:
            pk, created = found
            return Upserted(pk, created=created, changed=not created)
    pk = model._default_manager.filter(**key).values_list("pk", flat=True).get()  # noqa: SLF001 - Django's documented API
    return Upserted(pk, created=False, changed=False)


def _statement(
    model: type[Model], names: list[str], key: list[str], values: list[str], *, versioned: bool
) -> sql.Composed:
    """Return the statement; it returns nothing where the row was there and nothing differs."""
    target = [_column(model, name) for name in names]
    changing = [_column(model, name) for name in values]
    action: sql.Composable = sql.SQL("DO NOTHING")
    if changing:
        action = sql.SQL("DO UPDATE SET {sets}{version} WHERE ROW({old}) IS DISTINCT FROM ROW({new})").format(
            version=sql.SQL(", version = t.version + 1, updated_at = excluded.updated_at" if versioned else ""),
            sets=_comma(sql.SQL("{0} = excluded.{0}").format(column) for column in changing),
            old=_comma(sql.SQL("t.{}").format(column) for column in changing),
            new=_comma(sql.SQL("excluded.{}").format(column) for column in changing),
        )
    # xmax is empty on a row that this statement inserted, and names us on one that it updated.
    return sql.SQL(
        "INSERT INTO {table} AS t ({names}) VALUES ({marks}) ON CONFLICT ({key}) {action} RETURNING t.id, t.xmax = 0"
    ).format(
        table=sql.Identifier(model._meta.db_table),  # noqa: SLF001 - Django's documented API
        names=_comma(target),
        marks=_comma(sql.Placeholder() for _ in names),
        key=_comma(_column(model, name) for name in key),
        action=action,
    )


def _comma(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _field(model: type[Model], name: str) -> Any:
    return next(field for field in model._meta.concrete_fields if field.attname == name)  # noqa: SLF001 - as above


def _column(model: type[Model], name: str) -> sql.Identifier:
    return sql.Identifier(_field(model, name).column)


def _prepared(model: type[Model], name: str, value: Any) -> Any:
    return _field(model, name).get_db_prep_save(value, connection)
