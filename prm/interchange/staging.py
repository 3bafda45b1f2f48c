"""Set-based reading and writing: rows go through COPY into a temporary table, one statement per file does the rest."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from prm.interchange.files import Column, FileSpec, Key, Lookup, Row, Values

_numbers = count(1)

# Every name in these statements comes from a FileSpec, which is code; values travel as parameters or by COPY.
# ruff: noqa: S608


def copy_rows(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> str:
    """Copy ``rows`` into a new temporary table of (name, type) ``columns``; return its name."""
    name = f"interchange_{next(_numbers)}"
    with connection.cursor() as cursor:
        definition = ", ".join(f"{column} {kind}" for column, kind in columns)
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({definition}) ON COMMIT DROP")
        names = ", ".join(column for column, _kind in columns)
        with cursor.copy(f"COPY {name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {name}")
    return name


def drop(table: str) -> None:
    """Drop a temporary table before the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}")


def known_keys(lookup: Lookup, values: Sequence[str]) -> set[str]:
    """Return those of ``values`` that are stored under ``lookup``."""
    if not values:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.{lookup.column} FROM {lookup.table} r WHERE r.{lookup.column} = ANY(%s){lookup.condition('r')}",
            [list(values)],
        )
        return {row[0] for row in cursor.fetchall()}


def stored_rows(spec: FileSpec, rows: Sequence[Row]) -> dict[int, tuple[int, Values]]:
    """Return, by line, the id and the values that are stored under each row's key."""
    if not rows:
        return {}
    kinds = [("line", "integer"), *((f"k{n}", column.kind.sql) for n, column in enumerate(spec.key))]
    keys = copy_rows(kinds, ((row.line, *spec.key_of(row.values)) for row in rows))
    joins, matches = [], []
    for n, column in enumerate(spec.key):
        wanted = f"k.k{n}"
        if column.lookup is not None:
            joins.append(_join(column.lookup, f"j{n}", wanted))
            wanted = column.lookup.target(f"j{n}")
        same = "=" if column.needed or column.if_empty is not None else "IS NOT DISTINCT FROM"
        matches.append(f"t.{column.target} {same} {wanted}")
    matches += [f"t.{name} = {_literal(value)}" for name, value in spec.constants.items()]
    if spec.where:
        matches.append(spec.where)
    query = (
        f"SELECT k.line, t.id, {_stored_columns(spec)} FROM {keys} k {' '.join(joins)} "
        f"JOIN {spec.table} t ON {' AND '.join(matches)} {_stored_joins(spec)}"
    )
    found = {line: (pk, values) for line, pk, values in _fetch(spec, query, leading=2)}
    drop(keys)
    return found


def neighbours(spec: FileSpec, group: str, values: Iterable[str]) -> list[tuple[int, Values]]:
    """Return (id, values) of all stored rows whose reference ``group`` is one of ``values``."""
    column = spec.column(group)
    assert column.lookup is not None  # noqa: S101 - a FileSpec's own mistake
    groups = copy_rows([("code", "text")], ((value,) for value in set(values)))
    conditions = [f"t.{name} = {_literal(value)}" for name, value in spec.constants.items()]
    if spec.where:
        conditions.append(spec.where)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    query = (
        f"SELECT 0, t.id, {_stored_columns(spec)} FROM {groups} g "
        f"JOIN {column.lookup.table} g0 ON g0.{column.lookup.column} = g.code{column.lookup.condition('g0')} "
        f"JOIN {spec.table} t ON t.{column.target} = {column.lookup.target('g0')} {_stored_joins(spec)} {where}"
    )
    found = [(pk, row) for _line, pk, row in _fetch(spec, query, leading=2)]
    drop(groups)
    return found


def stage(spec: FileSpec, rows: Sequence[Row]) -> str:
    """Copy all values of ``rows`` into a temporary table, columns by their names in the file (``c_…``)."""
    columns = (*spec.columns, *spec.computed)
    kinds = [("line", "integer"), ("id", "bigint"), *((f"c_{c.name}", c.kind.sql) for c in columns)]
    names = [column.name for column in columns]
    return copy_rows(kinds, ((row.line, row.id, *(row.values[name] for name in names)) for row in rows))


def upsert(spec: FileSpec, table: str, *, now: datetime, leave: frozenset[str] = frozenset()) -> None:
    """Write a staged file in one statement, so that statement triggers see it whole.

    ``leave`` names columns that a later statement fills.
    """
    columns = [c for c in (*spec.columns, *spec.computed) if c.stored and c.name not in leave]
    targets = [c.target for c in columns]
    sources, joins = _sources(columns)
    for name, value in spec.constants.items():
        targets.append(name)
        sources.append(_literal(value))
    key = [*(c.target for c in spec.key), *spec.constants]
    sets = [f"{c.target} = EXCLUDED.{c.target}" for c in columns if not c.key]
    sets += [f"{name} = {sql}" for name, sql in spec.on_update.items()]
    targets += spec.on_insert
    sources += spec.on_insert.values()
    action = f"UPDATE SET {', '.join(sets)}" if sets else "NOTHING"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {spec.table} AS t ({', '.join(targets)}) "
            f"SELECT {', '.join(sources)} FROM {table} s {' '.join(joins)} ORDER BY s.line "
            f"ON CONFLICT ({', '.join(key)}) DO {action}",
            {"now": now},
        )


def _sources(columns: Sequence[Column]) -> tuple[list[str], list[str]]:
    """Return what fills each column from a staged row ``s``, and the joins that it takes."""
    sources, joins = [], []
    for n, column in enumerate(columns):
        if column.lookup is None:
            sources.append(f"s.c_{column.name}")
        else:
            sources.append(column.lookup.target(f"r{n}"))
            joins.append(_join(column.lookup, f"r{n}", f"s.c_{column.name}"))
    return sources, joins


def _join(lookup: Lookup, alias: str, value: str) -> str:
    return f"LEFT JOIN {lookup.table} {alias} ON {alias}.{lookup.column} = {value}{lookup.condition(alias)}"


def _stored_columns(spec: FileSpec) -> str:
    parts = []
    for n, column in enumerate((*spec.columns, *spec.computed)):
        if column.read:
            parts.append(column.read)
        elif not column.stored:
            parts.append("NULL")
        elif column.lookup is not None:
            parts.append(f"v{n}.{column.lookup.column}")
        else:
            parts.append(f"t.{column.target}")
    return ", ".join(parts)


def _stored_joins(spec: FileSpec) -> str:
    return " ".join(
        f"LEFT JOIN {column.lookup.table} v{n} ON v{n}.id = t.{column.target}"
        for n, column in enumerate((*spec.columns, *spec.computed))
        if column.lookup is not None and column.stored and not column.read
    )


def _fetch(spec: FileSpec, query: str, *, leading: int) -> list[tuple[int, int, Values]]:
    names = [column.name for column in (*spec.columns, *spec.computed)]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [(row[0], row[1], dict(zip(names, row[leading:], strict=True))) for row in cursor.fetchall()]


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def key_values(spec: FileSpec, rows: Iterable[Row]) -> dict[Key, Row]:
    """Return the rows by key."""
    return {spec.key_of(row.values): row for row in rows}
