"""Keeps account of every row that a merge changes, so that an undo returns exactly those."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from psycopg.types.range import Range, TimestamptzRange

from deals.models import AccountMerge, AccountMove

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

LABEL = 250


@dataclass
class _Kept:
    label: str
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@dataclass
class Moves:
    """The rows of one merge: columns as they were before it and as it left them."""

    _rows: dict[tuple[str, str], _Kept] = field(default_factory=dict)

    def note(self, row: Model, *, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Keep the columns of ``row``; of several changes the first ``before`` and the last ``after`` count."""
        key = (row._meta.label_lower, str(row.pk))  # noqa: SLF001 - Django's documented API
        kept = self._rows.setdefault(key, _Kept(str(row)[:LABEL]))
        kept.before = {**{name: plain(value) for name, value in before.items()}, **kept.before}
        kept.after |= {name: plain(value) for name, value in after.items()}

    def write(self, merge: AccountMerge) -> int:
        """Write them beside the merge; return how many they are."""
        made = AccountMove.objects.bulk_create(
            AccountMove(merge=merge, row_type=kind, row_key=key, label=kept.label, before=kept.before, after=kept.after)
            for (kind, key), kept in self._rows.items()
            if kept.before != kept.after
        )
        return len(made)


def columns_of(row: Model, names: Iterable[str]) -> dict[str, Any]:
    """Return the named columns of a row as they are kept."""
    return {name: plain(getattr(row, name)) for name in names}


def plain(value: Any) -> Any:
    """Return a column's value as JSON holds it."""
    if isinstance(value, Range):
        return [plain(value.lower), plain(value.upper)]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def stored(model: type[Model], name: str, value: Any) -> Any:
    """Return what ``plain`` made of a column's value as the column holds it."""
    if isinstance(value, list) and name == "protected":
        lower, upper = (datetime.fromisoformat(end) if end else None for end in value)
        return TimestamptzRange(lower, upper)
    column = next(f for f in model._meta.concrete_fields if f.attname == name)  # noqa: SLF001 - as above
    return value if value is None or name.endswith("_id") else column.to_python(value)


def model_of(move: AccountMove) -> type[Model]:
    """Return the model of a moved row."""
    return apps.get_model(move.row_type)
