"""What commission is a function of.

Dates are plain, ranges half-open ``[from, until)`` with None for an open end, a period is the first day of its
month, shares and rates are per cent, money is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
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
