"""Commission as a pure function of facts: the rules of the commission page, one function each.

The engine computes the same in SQL (``commissions.batch``); a property test compares the two entry for entry.
Dates are plain, ranges half-open ``[from, until)`` with None for an open end, a period is the first day of its
month, shares and rates are per cent, money is exact.
"""

from __future__ import annotations

from calendar import isleap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple


class Key(NamedTuple):
    """For what an amount is owed."""

    partner: str
    subscription: str
    kind: str
    currency: str
    earned_period: date


@dataclass(frozen=True, slots=True)
class Span:
    """A value that holds on ``[from_on, until_on)``."""

    value: str
    from_on: date | None = None
    until_on: date | None = None

    def contains(self, day: date) -> bool:
        """Whether the value holds on ``day``."""
        return (self.from_on is None or self.from_on <= day) and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class Credit:
    """``share`` per cent of a subscription, in a role, on the days of its span."""

    partner: str
    role: str
    share: Decimal
    from_on: date | None = None
    until_on: date | None = None

    def contains(self, day: date) -> bool:
        """Whether the credit holds on ``day``."""
        return Span("", self.from_on, self.until_on).contains(day)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription with its MRR changes (day → level), credits and collections (period → billed, paid)."""

    id: str
    product: str
    family: str
    currency: str
    started_on: date
    changes: Mapping[date, Decimal]
    credits: tuple[Credit, ...] = ()
    collections: Mapping[date, tuple[Decimal, Decimal]] = field(default_factory=dict)

    def mrr_on(self, day: date) -> Decimal:
        """Return the level on ``day``: the last change up to it; nothing counts before ``started_on``."""
        if day < self.started_on:
            return Decimal(0)
        known = [on for on in self.changes if on <= day]
        return self.changes[max(known)] if known else Decimal(0)

    @property
    def days_alive(self) -> int | None:
        """Return the days from ``started_on`` until the MRR first falls to 0, or None while it lives."""
        ends = [on for on, mrr in self.changes.items() if mrr == 0 and on > self.started_on]
        return (min(ends) - self.started_on).days if ends else None


@dataclass(frozen=True, slots=True)
class Plan:
    """Terms around the rules."""

    code: str
    basis: str = "contracted"
    clawback: str = "none"
    clawback_days: int = 0
    cap: Decimal | None = None
    cap_currency: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a plan pays; an empty field matches anything. ``rate`` is per cent, or a SPIFF's flat amount."""

    plan: str
    kind: str
    rate: Decimal
    product: str = ""
    family: str = ""
    tier: str = ""
    role: str = ""
    currency: str = ""
    age_from: int = 1
    age_until: int | None = None
    from_on: date | None = None
    until_on: date | None = None
    threshold: Decimal | None = None
    minimum_mrr: Decimal | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the rule is in force on ``day``."""
        return Span("", self.from_on, self.until_on).contains(day)

    @property
    def specificity(self) -> tuple[bool, ...]:
        """Return what decides between matching rules: product over family, then tier, role, currency."""
        return (bool(self.product), bool(self.family), bool(self.tier), bool(self.role), bool(self.currency))


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner's tiers, plans and parents over time."""

    code: str
    tiers: tuple[Span, ...] = ()
    plans: tuple[Span, ...] = ()
    parents: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that commission is a function of."""

    partners: Mapping[str, Partner]
    plans: Mapping[str, Plan]
    rules: tuple[Rule, ...]
    subscriptions: tuple[Subscription, ...]
    minor_units: Mapping[str, int]
    default_plan: str | None = None
    first_period: date | None = None


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


KIND_ORDER = ("recurring", "upfront", "spiff", "expansion", "renewal", "override", "accelerator")


def entitlements(facts: Facts, through: date) -> dict[Key, Decimal]:
    """Return what the facts say each partner has earned, for every period up to ``through``; zeros left out."""
    earned: dict[Key, Decimal] = {}
    for subscription in facts.subscriptions:
        uncapped = _uncapped(facts, subscription, through)
        earned.update(_capped(facts, subscription, uncapped))
    earned.update(_accelerators(facts, through))
    return {key: amount for key, amount in earned.items() if amount}


def round_half_away(value: Fraction, minor: int) -> Decimal:
    """Round to the minor unit, half away from zero: a reversal is the exact negative."""
    units = abs(value) * 10**minor
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Decimal(-whole if value < 0 else whole).scaleb(-minor)


def month_of(day: date) -> date:
    """Return the first day of the month of ``day``."""
    return day.replace(day=1)


def next_month(period: date) -> date:
    """Return the first day of the month after ``period``."""
    return date(period.year + period.month // 12, period.month % 12 + 1, 1)


def customer_age(subscription: Subscription, period: date) -> int:
    """Return whole calendar months from the month of ``started_on`` to the period; the first is 1."""
    started = subscription.started_on
    return 12 * (period.year - started.year) + period.month - started.month + 1


def reference_day(subscription: Subscription, period: date) -> date:
    """Return the day whose tier, plan and rules apply: the later of the period's first day and the start."""
    return max(period, subscription.started_on)


def plan_on(facts: Facts, partner: str, day: date) -> Plan | None:
    """Return the plan of ``partner`` on ``day``, or the program's default."""
    held = next((span.value for span in facts.partners[partner].plans if span.contains(day)), facts.default_plan)
    return facts.plans[held] if held is not None else None


def rule_for(facts: Facts, subscription: Subscription, weight: Weight) -> Rule | None:
    """Return the one rule that applies: of those that match on the reference day, the most specific."""
    day = reference_day(subscription, weight.period)
    plan = plan_on(facts, weight.partner, day)
    tier = next((span.value for span in facts.partners[weight.partner].tiers if span.contains(day)), "")
    age = customer_age(subscription, weight.period)
    matching = [
        rule
        for rule in facts.rules
        if plan is not None
        and rule.plan == plan.code
        and rule.kind == weight.kind
        and rule.holds_on(day)
        and rule.age_from <= age
        and (rule.age_until is None or age < rule.age_until)
        and rule.product in {"", subscription.product}
        and rule.family in {"", subscription.family}
        and rule.tier in {"", tier}
        and rule.role in {"", weight.role}
        and rule.currency in {"", subscription.currency}
    ]
    return max(matching, key=lambda rule: rule.specificity, default=None)


def _uncapped(facts: Facts, subscription: Subscription, through: date) -> dict[Key, Decimal]:
    """Add up the roles of each key, apply clawback and basis, round once."""
    products: dict[tuple[str, str, date, int], Fraction] = defaultdict(Fraction)
    for weight in _weights(facts, subscription, through):
        if facts.first_period is not None and weight.period < facts.first_period:
            continue
        rule = rule_for(facts, subscription, weight)
        if rule is not None and _minimum_met(rule, weight):
            products[weight.partner, weight.kind, weight.period, weight.days] += Fraction(rule.rate) * Fraction(
                weight.total
            )
    minor = facts.minor_units[subscription.currency]
    return {
        Key(partner, subscription.id, kind, subscription.currency, period): round_half_away(
            product
            / (days * 100 * 100)
            * _kept(facts, subscription, partner, kind, period)
            * _collected(facts, subscription, partner, kind, period),
            minor,
        )
        for (partner, kind, period, days), product in products.items()
    }


def _weights(facts: Facts, subscription: Subscription, through: date) -> Iterator[Weight]:
    """Yield what every kind applies its rate to. A new kind gets its function here."""
    yield from _recurring(subscription, through)
    yield from _upfront(subscription, through)
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


def _upfront(subscription: Subscription, through: date) -> Iterator[Weight]:
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


def _minimum_met(rule: Rule, weight: Weight) -> bool:
    """Whether a SPIFF's minimum MRR is met; tested after the choice of the rule, with no fallback to another."""
    return rule.minimum_mrr is None or weight.mrr is None or weight.mrr >= rule.minimum_mrr


def _accelerators(facts: Facts, through: date) -> dict[Key, Decimal]:
    """Return the bonus on each partner's new MRR of a month, per currency; no basis, clawback, age or cap applies."""
    new_mrr: dict[tuple[str, str, date], Fraction] = defaultdict(Fraction)
    for subscription in facts.subscriptions:
        for weight in _upfront(subscription, through):
            if weight.role == "sourced" and (facts.first_period is None or weight.period >= facts.first_period):
                new_mrr[weight.partner, subscription.currency, weight.period] += Fraction(weight.total) / 100
    return {
        Key(partner, "", "accelerator", currency, period): round_half_away(
            _bracketed(_brackets(facts, partner, currency, period), total), facts.minor_units[currency]
        )
        for (partner, currency, period), total in new_mrr.items()
    }


def _brackets(facts: Facts, partner: str, currency: str, period: date) -> list[Rule]:
    """Return the accelerator's rules in order of threshold: the tier's own if it has any, else the general ones."""
    plan = plan_on(facts, partner, period)
    tier = next((span.value for span in facts.partners[partner].tiers if span.contains(period)), "")
    matching = [
        rule
        for rule in facts.rules
        if plan is not None
        and (rule.plan, rule.kind, rule.currency) == (plan.code, "accelerator", currency)
        and rule.holds_on(period)
        and rule.tier in {"", tier}
    ]
    of_tier = [rule for rule in matching if rule.tier]
    return sorted(of_tier or matching, key=lambda rule: rule.threshold or Decimal(0))


def _bracketed(brackets: list[Rule], total: Fraction) -> Fraction:
    """Apply each rate to the part above its threshold and up to the next one's."""
    edges: list[Fraction | None] = [Fraction(rule.threshold or 0) for rule in brackets[1:]]
    earned = Fraction(0)
    for rule, upper in zip(brackets, [*edges, None], strict=False):
        reached = total if upper is None else min(total, upper)
        earned += max(Fraction(0), reached - Fraction(rule.threshold or 0)) * Fraction(rule.rate) / 100
    return earned


def _kept(facts: Facts, subscription: Subscription, partner: str, kind: str, period: date) -> Fraction:
    """Clawback: the part of a one-off kind that is kept when the customer left early."""
    plan = plan_on(facts, partner, reference_day(subscription, period))
    alive = subscription.days_alive
    if (
        plan is None
        or kind not in {"upfront", "spiff"}
        or plan.clawback == "none"
        or alive is None
        or alive >= plan.clawback_days
    ):
        return Fraction(1)
    return Fraction(0) if plan.clawback == "full" else Fraction(alive, plan.clawback_days)


def _collected(facts: Facts, subscription: Subscription, partner: str, kind: str, period: date) -> Fraction:
    """Basis ``collected``: paid ÷ billed of the month, clamped to 0…1; 0 when nothing is recorded or billed."""
    plan = plan_on(facts, partner, reference_day(subscription, period))
    if plan is None or plan.basis != "collected" or kind == "spiff":
        return Fraction(1)
    billed, paid = subscription.collections.get(period, (Decimal(0), Decimal(0)))
    if billed <= 0:
        return Fraction(0)
    return min(Fraction(1), max(Fraction(0), Fraction(paid) / Fraction(billed)))


def _capped(facts: Facts, subscription: Subscription, uncapped: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """Limit each entitlement, in order of period and then of kinds, to what its plan's cap leaves."""
    used: dict[str, Decimal] = defaultdict(Decimal)
    result: dict[Key, Decimal] = {}
    for key in sorted(uncapped, key=lambda k: (k.earned_period, KIND_ORDER.index(k.kind))):
        amount = uncapped[key]
        plan = plan_on(facts, key.partner, reference_day(subscription, key.earned_period))
        if key.kind != "override":
            if plan is not None and plan.cap is not None and plan.cap_currency in {"", subscription.currency}:
                cap = round_half_away(Fraction(plan.cap), facts.minor_units[subscription.currency])
                amount = min(amount, max(Decimal(0), cap - used[key.partner]))
            used[key.partner] += amount
        result[key] = amount
    return result
