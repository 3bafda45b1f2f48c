"""How the console's lists are sorted: a key in the address, ``-key`` turns it round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import F, Model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.db.models.expressions import OrderBy

Row = TypeVar("Row", bound=Model)


def ordered(rows: QuerySet[Row], sort: str, sorts: Mapping[str, str], *otherwise: str | OrderBy) -> QuerySet[Row]:
    """Return ``rows`` sorted by the column of ``sort``, empty ones last; without a known one as ``otherwise`` says."""
    column = sorts.get(sort.removeprefix("-"))
    if column is None:
        return rows.order_by(*otherwise)
    turned: Any = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    return rows.order_by(turned, "-pk")
