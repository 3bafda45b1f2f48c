"""A run: the difference between what is earned and what was posted, within its window (commission rules, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from commissions.policy.entitlement import entitlements, stands
from commissions.policy.facts import Facts, Key


class Difference(NamedTuple):
    """What is earned for a key, and what was posted."""

    entitlement: Decimal
    posted: Decimal


@dataclass(frozen=True, slots=True)
class Posting:
    """What one run does: its entries by key, and the differences that lie before its window."""

    entries: Mapping[Key, Decimal]
    open_items: Mapping[Key, Difference]


def window_opens(
    period: date, *, last_approved: date | None, first_period: date | None, true_up_months: int
) -> date | None:
    """Return the first month whose monthly kinds a run of ``period`` compares; None: from the beginning.

    The earlier of ``period`` − ``true_up_months`` and the month after the last approved one; never before the
    program's first period. The first run compares everything.
    """
    if last_approved is None:
        return first_period
    opens = min(_months_after(period, -true_up_months), _months_after(last_approved, 1))
    return opens if first_period is None else max(opens, first_period)


def post(facts: Facts, posted: Mapping[Key, Decimal], *, period: date, opens: date | None) -> Posting:
    """Return what a run of ``period`` posts, ``posted`` being the sums of what was posted before it."""
    free = entitlements(facts, period)
    bound = free if opens is None else entitlements(facts, period, standing=posted, opens=opens)
    entries, open_items = {}, {}
    for key in free.keys() | bound.keys() | posted.keys():
        was = posted.get(key, Decimal(0))
        if opens is not None and stands(key, opens):
            if free.get(key, Decimal(0)) != was:
                open_items[key] = Difference(free.get(key, Decimal(0)), was)
        elif bound.get(key, Decimal(0)) != was:
            entries[key] = bound.get(key, Decimal(0)) - was
    return Posting(entries, open_items)


def _months_after(month: date, count: int) -> date:
    months = 12 * month.year + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
