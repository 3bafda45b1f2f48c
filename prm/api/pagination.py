"""Lists by signed cursors: stable while rows come and go, and the same cost on every page.

A cursor carries the filters, the ordering, and the last row's sort value and key, signed: a client hands
it back as it came, and cannot make one up.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from prm.api.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

SALT = "prm.api.cursor"
DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 200
RESERVED = ("cursor", "limit", "ordering")


class ListQuery(serializers.Serializer[Any]):
    """The parameters of a list. Subclasses add filters; ``lookups`` maps each to a lookup of the ORM."""

    lookups: ClassVar[Mapping[str, str]] = {}
    orderings: ClassVar[Mapping[str, str]] = {"id": "pk"}
    """Allowed values of ``ordering`` and the (indexed) column of each; ``-`` before one reverses it."""
    default_ordering: ClassVar[str] = "id"
    internal: ClassVar[frozenset[str]] = frozenset()
    """Filters and orderings that a partner's key does not have: they would tell what it may not see."""

    @classmethod
    def narrow(cls, queryset: QuerySet[Any], filters: Mapping[str, Any]) -> QuerySet[Any]:
        """Apply the filters that were given."""
        given = {lookup: filters[name] for name, lookup in cls.lookups.items() if name in filters}
        return queryset.filter(**given)

    limit = serializers.IntegerField(
        min_value=1, max_value=MAXIMUM_LIMIT, required=False, help_text="Rows on a page (50)."
    )
    cursor = serializers.CharField(
        max_length=4000, required=False, help_text="`next` of the page before; carries filters and ordering."
    )
    ordering = serializers.CharField(max_length=64, required=False, help_text="Sort column.")

    def validate_ordering(self, value: str) -> str:
        """Allow the listed orderings alone."""
        if value.removeprefix("-") not in self.orderings:
            allowed = ", ".join(sorted(self.orderings))
            raise serializers.ValidationError(
                _("Lists can be ordered by: %(names)s (or reversed: -name).") % {"names": allowed}
            )
        return value


class MicrosecondEncoder(DjangoJSONEncoder):
    """JSON that keeps microseconds: a truncated instant would show rows twice."""

    def default(self, o: Any) -> Any:
        """Return instants and dates in ISO 8601, in full."""
        return o.isoformat() if isinstance(o, date) else super().default(o)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after the row with this sort value and key; nothing before the first page."""

    filters: dict[str, str]
    ordering: str
    value: Any = None
    key: int | None = None


def bad_parameters(errors: dict[str, Any]) -> Refusal:
    """Return the refusal that names each wrong parameter."""
    entries = [
        {"parameter": name, "code": str(getattr(message, "code", "invalid")), "detail": str(message)}
        for name, messages in errors.items()
        for message in messages
    ]
    return Refusal(HTTPStatus.BAD_REQUEST, "invalid_parameter", _("A parameter is not valid."), errors=entries)


def read_query(
    query: type[ListQuery], given: QueryDict, *, hidden: frozenset[str] = frozenset()
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the parameters as given (once each) and as understood.

    Raises ``Refusal`` (400) for an unknown, repeated or invalid one: a misspelt filter must not answer
    with the whole list.
    """
    known = query().fields
    errors: dict[str, Any] = {}
    for name in given:
        if name not in known or name in hidden:
            errors[name] = [serializers.ErrorDetail(_("There is no such parameter."), "unknown")]
        elif len(given.getlist(name)) > 1:
            errors[name] = [serializers.ErrorDetail(_("The parameter is given twice."), "repeated")]
    if given.get("ordering", "").removeprefix("-") in hidden:
        errors["ordering"] = [serializers.ErrorDetail(_("There is no such ordering."), "unknown")]
    if errors:
        raise bad_parameters(errors)
    raw = {name: str(given[name]) for name in given}
    return raw, _understood(query, raw)


def _understood(query: type[ListQuery], raw: dict[str, str]) -> dict[str, Any]:
    bound = query(data=raw)
    if not bound.is_valid():
        raise bad_parameters(bound.errors)
    return dict(bound.validated_data)


def paginate(
    queryset: QuerySet[Any], query: type[ListQuery], given: QueryDict, *, hidden: frozenset[str] = frozenset()
) -> tuple[list[Any], str | None]:
    """Return one page of ``queryset`` as ``given`` asks for, and the cursor of the next page.

    ``hidden`` are parameters that this reader does not have. One query, of ``limit`` + 1 rows, whatever the page.
    """
    raw, values = read_query(query, given, hidden=hidden)
    limit = values.get("limit", DEFAULT_LIMIT)
    position = _position(query, raw, values)
    queryset = query.narrow(queryset, _understood(query, position.filters))
    column, descending = _column(query, position.ordering)
    rows = list(_after(queryset, column, position, descending=descending)[: limit + 1])
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    last = rows[-1]
    value = None if column == "pk" else _value_of(last, column)
    cursor = Position(position.filters, position.ordering, value, _key_of(last))
    return rows, _sign(query, cursor)


def position_of(query: type[ListQuery], given: QueryDict, *, of: str) -> tuple[Position, int]:
    """Return where a page begins of rows that stand in no table, and how many it has; ``value`` counts those before.

    ``of`` names what they are rows of: a cursor of others is refused.
    """
    raw, values = read_query(query, given)
    return _position(query, raw, {"ordering": of, **values}), values.get("limit", DEFAULT_LIMIT)


def cursor_of(query: type[ListQuery], position: Position) -> str:
    """Return the cursor of a later page of such rows."""
    return _sign(query, position)


def _sign(query: type[ListQuery], position: Position) -> str:
    state = [position.ordering, position.filters, position.value, position.key]
    plain = json.loads(json.dumps(state, cls=MicrosecondEncoder))
    return str(signing.dumps(plain, salt=f"{SALT}:{query.__qualname__}", compress=True))


def _column(query: type[ListQuery], ordering: str) -> tuple[str, bool]:
    return query.orderings[ordering.removeprefix("-")], ordering.startswith("-")


def _value_of(row: Any, column: str) -> Any:
    for name in column.split("__"):
        row = getattr(row, name)
    return row


def _key_of(row: Any) -> int:
    """Return the last part of the primary key: unique by itself in every list."""
    key = row.pk
    return int(key[-1] if isinstance(key, tuple) else key)


def _key_column(queryset: QuerySet[Any]) -> str:
    return str(queryset.model._meta.pk_fields[-1].attname)  # noqa: SLF001 - Django's documented API


def _after(queryset: QuerySet[Any], column: str, position: Position, *, descending: bool) -> QuerySet[Any]:
    """Order by ``column`` (empty values last) and key, and begin after ``position``."""
    key = _key_column(queryset)
    step = "lt" if descending else "gt"
    key_order = f"-{key}" if descending else key
    if column == "pk":
        queryset = queryset.order_by(key_order)
        return queryset if position.key is None else queryset.filter(**{f"{key}__{step}": position.key})
    sort = F(column).desc(nulls_last=True) if descending else F(column).asc(nulls_last=True)
    queryset = queryset.order_by(sort, key_order)
    if position.key is None:
        return queryset
    further = Q(**{f"{key}__{step}": position.key})
    if position.value is None:
        return queryset.filter(further, **{f"{column}__isnull": True})
    # The first condition alone lets the index begin at the right place.
    rest = Q(**{f"{column}__{step}e": position.value}) & (Q(**{f"{column}__{step}": position.value}) | further)
    if queryset.model._meta.get_field(column).null:  # noqa: SLF001 - Django's documented API
        rest |= Q(**{f"{column}__isnull": True})
    return queryset.filter(rest)


def _position(query: type[ListQuery], raw: dict[str, str], values: dict[str, Any]) -> Position:
    """Return where to begin; filters and ordering beside a cursor must be those of the cursor."""
    filters = {name: value for name, value in raw.items() if name not in RESERVED}
    if "cursor" not in raw:
        return Position(filters, values.get("ordering", query.default_ordering))
    try:
        ordering, kept, value, key = signing.loads(raw["cursor"], salt=f"{SALT}:{query.__qualname__}")
    except signing.BadSignature as error:
        raise _bad_cursor() from error
    if (filters and filters != kept) or values.get("ordering", ordering) != ordering:
        raise _bad_cursor()
    return Position(kept, ordering, value, key)


def _bad_cursor() -> Refusal:
    sentence = _("The cursor belongs to another list, filter or ordering, or is none of ours.")
    return Refusal(
        HTTPStatus.BAD_REQUEST,
        "invalid_cursor",
        sentence,
        errors=[{"parameter": "cursor", "code": "invalid", "detail": sentence}],
    )
