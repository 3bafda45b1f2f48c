"""Computes a day from the facts, into the rollups or into work tables of the same shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deals.queries.rollups.days import Days
from deals.queries.rollups.steps import OF_PARTNERS, STEPS
from deals.queries.rollups.sums import SUMS
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True, slots=True)
class Tables:
    """Where the sums of a day stand."""

    money: str
    customers: str
    segments: str
    influence: str
    shared_customers: str
    shared_terms: str

    def into(self, statement: str) -> str:
        """Return a statement about these tables."""
        return statement.format(
            money=self.money,
            customers=self.customers,
            segments=self.segments,
            influence=self.influence,
            shared_customers=self.shared_customers,
            shared_terms=self.shared_terms,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the tables' names."""
        return (
            self.money, self.customers, self.segments, self.influence, self.shared_customers, self.shared_terms,
        )  # fmt: skip


KEPT = Tables(
    "deals_moneyrollup", "deals_customerrollup", "deals_segmentrollup", "deals_influencerollup",
    "deals_sharedcustomerrollup", "deals_sharedtermrollup",
)  # fmt: skip
"""What is rolled up."""

WORK = Tables("day_money", "day_customers", "day_segments", "day_influence", "day_shared_customers", "day_shared_terms")
"""The same of one day, computed for whoever asks, and gone with the transaction."""

DROP_WORK = "DROP TABLE IF EXISTS {names}"
ANALYZED = ("mrr_position", "mrr_weight")
"""The large ones: the planner is to know their size."""

LIKE_KEPT = "CREATE TEMP TABLE {work} ON COMMIT DROP AS SELECT * FROM {kept} WITH NO DATA"


def facts_on(cursor: CursorWrapper, day: date, *, partners: Sequence[int] | None = None) -> dict[str, Any]:
    """Make the work tables of a day, of all subscriptions or of the customers of ``partners``; return its parameters.

    The caller's transaction holds them.
    """
    parameters: dict[str, Any] = {**Days(day).parameters, "base": Program.current().base_currency}
    narrowed = "" if partners is None else OF_PARTNERS
    parameters["partners"] = list(partners or ())
    cursor.execute(DROP_WORK.format(names=", ".join(name for name, _statement in STEPS)))
    for name, statement in STEPS:
        cursor.execute(statement.replace("{only}", narrowed), parameters)
        if name in ANALYZED:
            cursor.execute(f"ANALYZE {name}")
    return parameters


def sum_up(cursor: CursorWrapper, parameters: dict[str, Any], tables: Tables) -> None:
    """Write the sums of the work tables into ``tables``."""
    cursor.execute(DROP_WORK.format(names="mrr_piece"))
    for statement in SUMS:
        cursor.execute(tables.into(statement), parameters)


def compute_aside(cursor: CursorWrapper, day: date) -> Tables:
    """Compute the sums of a day for this transaction alone."""
    cursor.execute(DROP_WORK.format(names=", ".join(WORK.names)))
    for work, kept in zip(WORK.names, KEPT.names, strict=True):
        cursor.execute(LIKE_KEPT.format(work=work, kept=kept))
    sum_up(cursor, facts_on(cursor, day), WORK)
    return WORK
