"""Computes a day from the facts, into the rollups or into work tables of the same shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deals.queries.rollups.days import Days
from deals.queries.rollups.steps import OF_PARTNERS, STEPS
from deals.queries.rollups.sums import SUMS
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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
MADE = re.compile(r"CREATE TEMP TABLE (?P<name>\w+) ON COMMIT DROP AS")


def facts_on(
    cursor: CursorWrapper, day: date, *, partners: Sequence[int] | None = None, base: str = ""
) -> dict[str, Any]:
    """Make the work tables of a day, of all subscriptions or of the customers of ``partners``; return its parameters.

    The caller's transaction holds them. ``base`` is the program's currency, where the caller knows it already.
    """
    parameters = _parameters(day, partners or (), base)
    cursor.execute(";".join(_facts(narrowed=partners is not None)), parameters)
    return parameters


def sum_up(cursor: CursorWrapper, parameters: dict[str, Any], tables: Tables) -> None:
    """Write the sums of the work tables into ``tables``."""
    cursor.execute(";".join(_sums(tables)), parameters)


def answers_aside(
    cursor: CursorWrapper, asked: Sequence[tuple[date, str, Mapping[str, Any]]], *, base: str
) -> list[Any]:
    """Compute the sums of each of several days for this transaction alone, and ask its statement about each.

    All of it goes to the database in one way; a statement is about the work tables, and has the day's parameters
    beside those given. Returns the first column of each answer.
    """
    made = [LIKE_KEPT.format(work=work, kept=kept) for work, kept in zip(WORK.names, KEPT.names, strict=True)]
    steps = [DROP_WORK.format(names=", ".join(WORK.names)), *made, *_facts(narrowed=False), *_sums(WORK)]
    bound = [
        cursor.mogrify(
            ";".join([*(_filled_again(steps) if at else steps), statement]),
            {**given, **_parameters(day, given["partners"], base)},
        )
        for at, (day, statement, given) in enumerate(asked)
    ]
    cursor.execute(";".join(bound))
    answers = []
    while cursor.nextset():  # what makes a table answers nothing, and the first statement does
        if cursor.description:
            answers.append(cursor.fetchone()[0])
    return answers


def _parameters(day: date, partners: Sequence[int], base: str) -> dict[str, Any]:
    currency = base or Program.current().base_currency
    return {**Days(day).parameters, "base": currency, "partners": list(partners)}


def _facts(*, narrowed: bool) -> Iterator[str]:
    yield DROP_WORK.format(names=", ".join(name for name, _statement in STEPS))
    for name, statement in STEPS:
        yield statement.replace("{only}", OF_PARTNERS if narrowed else "")
        if name in ANALYZED:
            yield f"ANALYZE {name}"


def _filled_again(steps: Sequence[str]) -> Iterator[str]:
    """Yield the same for the tables that are there already, emptied.

    A table that is made and dropped keeps its locks until the transaction ends: a year's would be some hundreds.
    """
    names = [found["name"] for step in steps if (found := MADE.search(step))]
    yield f"TRUNCATE {', '.join(names)}"
    for step in steps:
        if not step.startswith("DROP TABLE") and not step.rstrip().endswith("WITH NO DATA"):
            yield MADE.sub(r"INSERT INTO \g<name>", step)


def _sums(tables: Tables) -> Iterator[str]:
    yield DROP_WORK.format(names="mrr_piece")
    for statement in SUMS:
        yield tables.into(statement)
