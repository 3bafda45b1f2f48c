"""What each kind applies its rate to: one function a kind (commission rules, section 3)."""

from __future__ import annotations

from calendar import isleap
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from commissions.policy.facts import Credit, Facts, Subscription


@dataclass(frozen=True, slots=True)
class Weight:
    """Σ(mrr · share · days) of one partner in one role, over ``days`` in the month (1 for one-day kinds).

    ``mrr`` is the MRR on the day that a SPIFF looks at.
    """

    partner: str
    kind: str
    role: str
    period: date
    total: Decimal
    days: int
    mrr: Decimal | None = None


def month_of(day: date) -> date:
    """Return the first day of the month of ``day``."""
    return day.replace(day=1)


def next_month(period: date) -> date:
    """Return the first day of the month after ``period``."""
    return date(period.year + period.month // 12, period.month % 12 + 1, 1)


def weights_of(facts: Facts, subscription: Subscription, through: date) -> Iterator[Weight]:
    """Yield what every kind applies its rate to. A new kind gets its function here."""
    yield from _recurring(subscription, through)
    yield from upfront(subscription, through)
    yield from _spiffs(subscription, through)
    yield from _expansion(subscription, through)
    yield from _renewals(subscription, through)
    yield from _overrides(facts, subscription, through)


def _credited_days(subscription: Subscription, through: date) -> Iterator[tuple[date, Credit, Decimal]]:
    """Yield every paying day through the end of ``through`` with each credit that holds on it."""
    day, end = subscription.started_on, next_month(through)
    while day < end:
        mrr = subscription.mrr_on(day)
        if mrr:
            for credit in subscription.credits:
                if credit.share and credit.contains(day):
                    yield day, credit, mrr
        day += timedelta(days=1)


def _recurring(subscription: Subscription, through: date) -> Iterator[Weight]:
    """Yield prorated MRR, per partner and role."""
    sums: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    for day, credit, mrr in _credited_days(subscription, through):
        sums[credit.partner, credit.role, month_of(day)] += mrr * credit.share
    for (partner, role, period), total in sums.items():
        yield Weight(partner, "recurring", role, period, total, (next_month(period) - period).days)


def upfront(subscription: Subscription, through: date) -> Iterator[Weight]:
    """Yield the MRR on the day it started, in the month of that day."""
    day = subscription.started_on
    mrr = subscription.mrr_on(day)
    if mrr and month_of(day) <= through:
        for credit in subscription.credits:
            if credit.share and credit.contains(day):
                yield Weight(credit.partner, "upfront", credit.role, month_of(day), mrr * credit.share, 1)


def _spiffs(subscription: Subscription, through: date) -> Iterator[Weight]:
    """Yield 100 × share where a subscription starts with MRR: the rule's amount × share, after ÷ (100 · 100)."""
    day = subscription.started_on
    mrr = subscription.mrr_on(day)
    if mrr and month_of(day) <= through:
        for credit in subscription.credits:
            if credit.share and credit.contains(day):
                yield Weight(credit.partner, "spiff", credit.role, month_of(day), 100 * credit.share, 1, mrr)


def _expansion(subscription: Subscription, through: date) -> Iterator[Weight]:
    """Yield the month's steps between levels above 0, each at its day's share; never less than nothing."""
    sums: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    for day in subscription.changes:
        before, after = subscription.mrr_on(day - timedelta(days=1)), subscription.mrr_on(day)
        if before and after and month_of(day) <= through:
            for credit in subscription.credits:
                if credit.share and credit.contains(day):
                    sums[credit.partner, credit.role, month_of(day)] += (after - before) * credit.share
    for (partner, role, period), total in sums.items():
        yield Weight(partner, "expansion", role, period, max(Decimal(0), total), 1)


def _renewals(subscription: Subscription, through: date) -> Iterator[Weight]:
    """Yield the MRR on each anniversary, every 12 months after the start; 29 February falls on the 28th."""
    started = subscription.started_on
    for year in range(started.year + 1, through.year + 1):
        leap_day = (started.month, started.day) == (2, 29) and not isleap(year)
        day = date(year, 2, 28) if leap_day else started.replace(year=year)
        mrr = subscription.mrr_on(day)
        if mrr and month_of(day) <= through:
            for credit in subscription.credits:
                if credit.share and credit.contains(day):
                    yield Weight(credit.partner, "renewal", credit.role, month_of(day), mrr * credit.share, 1)


def _overrides(facts: Facts, subscription: Subscription, through: date) -> Iterator[Weight]:
    """Yield the sourced, prorated MRR of partners on the days when their parent is this partner; one level only."""
    sums: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for day, credit, mrr in _credited_days(subscription, through):
        if credit.role == "sourced":
            for span in facts.partners[credit.partner].parents:
                if span.contains(day):
                    sums[span.value, month_of(day)] += mrr * credit.share
    for (parent, period), total in sums.items():
        yield Weight(parent, "override", "sourced", period, total, (next_month(period) - period).days)
