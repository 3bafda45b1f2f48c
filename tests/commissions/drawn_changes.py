"""Generated changes of single rows, written past every service, as late corrections are learnt between two runs.

A change is drawn as plain values and carried out on the rows that are there; what the database refuses is no change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.db.models import Model, QuerySet
from hypothesis import strategies as st

from commissions.models import Plan, PlanAssignment, Rule
from deals.models import Collection, Credit, MrrChange, Product, Subscription
from partners.models import ParentAssignment, Partner, Tier, TierAssignment
from prm.months import month_start
from tests.commissions.drawn_programs import days, levels, money, rates

AHEAD = timedelta(days=60)


@dataclass(frozen=True)
class Change:
    """What to do to the row at position ``at`` (counted round) of ``table``: the values to write; None deletes it."""

    table: str
    at: int
    values: tuple[tuple[str, Any], ...] | None
    is_new: bool = False

    def __str__(self) -> str:
        return f"{self.table}[{self.at}] {'+' if self.is_new else ''}{dict(self.values or ())}"

    def carry_out(self) -> None:
        """Write it, in one statement; a refusal of the database leaves everything as it was."""
        rows = _rows(self.table)
        count = rows.count()
        if not count and not self.is_new:
            return
        try:
            with transaction.atomic():
                if self.is_new:
                    rows.model._default_manager.create(**self._resolved())
                    return
                one = rows.model._default_manager.filter(pk=rows[self.at % count].pk)
                if self.values is None:
                    one._raw_delete("default")
                else:
                    one.update(**self._resolved())
        except (DataError, IntegrityError):
            pass

    def _resolved(self) -> dict[str, Any]:
        """Return the values with rows in place of their positions; ``=name`` copies another of the values."""
        resolved: dict[str, Any] = {}
        for name, value in self.values or ():
            if name in ROWS_OF:
                rows = _rows(ROWS_OF[name])
                resolved[name] = rows[value % rows.count()]
            else:
                resolved[name] = value
        return resolved


TABLES: dict[str, type[Model]] = {
    "subscription": Subscription,
    "level": MrrChange,
    "credit": Credit,
    "collection": Collection,
    "tier": TierAssignment,
    "plan": PlanAssignment,
    "parent": ParentAssignment,
    "rule": Rule,
    "terms": Plan,
    "partners": Partner,
    "products": Product,
    "tiers": Tier,
}
ROWS_OF = {
    "subscription": "subscription",
    "partner": "partners",
    "parent": "partners",
    "plan": "terms",
    "tier": "tiers",
    "product": "products",
}


def _rows(table: str) -> QuerySet[Any]:
    rows = TABLES[table]._default_manager.order_by("pk")
    return rows.filter(retired_at=None) if table == "rule" else rows


def _with(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[tuple[str, Any], ...]]:
    """Draw a value for each field."""
    return st.fixed_dictionaries(fields).map(lambda values: tuple(values.items()))


def _one_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[tuple[str, Any], ...]]:
    """Draw a value for one of the fields."""
    return st.one_of(*(_with(**{name: strategy}) for name, strategy in fields.items()))


positions = st.integers(0, 11)
late_days = st.one_of(days, days.map(lambda day: day + AHEAD), days.map(lambda day: day - 3 * AHEAD))
ends = st.one_of(st.none(), late_days)
shares = st.sampled_from([Decimal(0), Decimal(10), Decimal("33.3333"), Decimal(60), Decimal(100)])
roles = st.sampled_from(["sourced", "influenced", "services"])
months = days.map(month_start)

UPDATES: dict[str, st.SearchStrategy[tuple[tuple[str, Any], ...]]] = {
    "subscription": _one_of(started_on=late_days, product=positions),
    "level": _one_of(mrr=levels, effective_on=late_days, subscription=positions),
    "credit": _one_of(
        share=shares, partner=positions, role=roles, valid_from=ends, valid_until=ends, subscription=positions
    ),
    "collection": _one_of(paid=st.one_of(money, money.map(lambda paid: -paid)), billed=money, month=months),
    "tier": _one_of(tier=positions, partner=positions, valid_from=ends, valid_until=ends),
    "plan": _one_of(plan=positions, partner=positions, valid_from=ends, valid_until=ends),
    "parent": _one_of(parent=positions, partner=positions, valid_from=ends, valid_until=ends),
    "rule": _one_of(
        valid_from=ends,
        valid_until=ends,
        age_from=st.integers(1, 14),
        role=st.sampled_from(["", "sourced"]),
        tier=positions,
    ),
    "terms": _one_of(
        basis=st.sampled_from(["contracted", "collected"]),
        clawback=st.sampled_from(["none", "full", "prorated"]),
        clawback_days=st.sampled_from([0, 30, 90]),
        cap_per_subscription=st.one_of(st.none(), st.decimals(min_value=0, max_value=2000, places=3)),
        cap_currency=st.sampled_from(["", "EUR"]),
        is_default=st.booleans(),
        true_up_months=st.sampled_from([0, 1, 2, 120]),
    ),
}
NEW: dict[str, st.SearchStrategy[tuple[tuple[str, Any], ...]]] = {
    "level": _with(subscription=positions, effective_on=late_days, mrr=levels),
    "credit": _with(
        subscription=positions, partner=positions, role=roles, share=shares, valid_from=ends, valid_until=ends
    ),
    "collection": _with(subscription=positions, month=months, billed=money, paid=money),
    "tier": _with(partner=positions, tier=positions, valid_from=ends, valid_until=ends),
    "plan": _with(partner=positions, plan=positions, valid_from=ends, valid_until=ends),
    "parent": _with(partner=positions, parent=positions, valid_from=ends, valid_until=ends),
    "rule": st.one_of(
        _with(
            plan=positions,
            kind=st.sampled_from(["recurring", "upfront", "expansion", "renewal", "override"]),
            rate=rates,
            valid_from=ends,
        ),
        _with(plan=positions, kind=st.just("accelerator"), rate=rates, currency=st.just("EUR"), threshold=money),
        _with(plan=positions, kind=st.just("spiff"), amount=money, currency=st.just("EUR"), minimum_mrr=money),
    ),
}


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Draw an update, a new row, or a deletion."""
    act = draw(st.sampled_from(["update", "update", "new", "delete"]))
    if act == "new":
        table = draw(st.sampled_from(sorted(NEW)))
        return Change(table, 0, draw(NEW[table]), is_new=True)
    if act == "delete":
        table = draw(st.sampled_from(sorted(NEW)))
        return Change(table, draw(positions), None)
    table = draw(st.sampled_from(sorted(UPDATES)))
    return Change(table, draw(positions), draw(UPDATES[table]))


@dataclass(frozen=True)
class Month:
    """What is learnt, and then a run, so many months after the last; 0 repeats its month."""

    changes: tuple[Change, ...]
    later: int


def courses(*, runs: int) -> st.SearchStrategy[tuple[Month, ...]]:
    """Draw what is learnt before each of up to ``runs`` runs after the first."""
    month = st.builds(Month, changes=st.lists(changes(), max_size=3).map(tuple), later=st.sampled_from([0, 1, 1, 2, 4]))
    return st.lists(month, min_size=1, max_size=runs).map(tuple)
