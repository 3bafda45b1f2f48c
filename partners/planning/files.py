"""A joint plan as a file: each target beside its figure, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prm.metrics.writing import plain, table_as_csv
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partners.models import PlanVersion
    from partners.queries.plans import Cell, Row

COLUMNS = (
    "partner", "from", "until", "version", "status", "figure", "quarter", "quarter_from", "quarter_until", "target",
    "actual", "n", "currency", "standing",
)  # fmt: skip


def plan_csv(version: PlanVersion, rows: Sequence[Row]) -> str:
    """Return the targets of a version and what was reached; decimals plain, nothing where there is none."""
    return table_as_csv(COLUMNS, (_line(version, row, cell) for row in rows for cell in row.cells))


def _line(version: PlanVersion, row: Row, cell: Cell) -> Iterable[object]:
    plan, value = version.plan, cell.actual
    money = value.currency if value is not None else ""
    return (
        safe_text(plan.partner.code), plan.valid_from, plan.valid_until, version.number, version.status,
        row.metric.code, cell.quarter.number, cell.quarter.begins_on, cell.quarter.ends_on, plain(cell.target),
        plain(value.value if value is not None else None), "" if value is None else value.n, money,
        cell.standing.value if cell.standing is not None else "",
    )  # fmt: skip
