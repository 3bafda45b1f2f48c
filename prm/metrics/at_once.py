"""Several questions of one shape to the database at once: a figure of each month of a year in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import IntegerField, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet


def rows_of_each(questions: Sequence[QuerySet[Any, Any]]) -> list[list[tuple[Any, ...]]]:
    """Return the rows of each question, a ``values_list`` without an order; one query for all of them."""
    if not questions:
        return []
    first, *others = (
        one.annotate(question=Value(number, output_field=IntegerField())) for number, one in enumerate(questions)
    )
    found: list[list[tuple[Any, ...]]] = [[] for _one in questions]
    for *row, number in first.union(*others, all=True) if others else first:
        found[number].append(tuple(row))
    return found


def counted(rows: QuerySet[Any, Any], counts: Mapping[str, Any]) -> QuerySet[Any, Any]:
    """Return a question whose one row are aggregates over ``rows``, in their order."""
    together: QuerySet[Any, Any] = rows.order_by().values(everything=Value(1)).annotate(**counts).values_list(*counts)
    return together
