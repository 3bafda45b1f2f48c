"""Adds up, takes back, rounds and caps: from weights and rules to what each key has earned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from commissions.policy.accelerator import accelerators
from commissions.policy.facts import Facts, Key, Subscription
from commissions.policy.rounding import round_half_away
from commissions.policy.terms import minimum_met, plan_on, reference_day, rule_for
from commissions.policy.weights import weights_of

KIND_ORDER = ("recurring", "upfront", "spiff", "expansion", "renewal", "override", "accelerator")

MONTHLY_KINDS = frozenset({"recurring", "expansion", "override"})
"""Kinds that the correction window limits; the others are compared over life."""


def entitlements(
    facts: Facts, through: date, *, standing: Mapping[Key, Decimal] | None = None, opens: date | None = None
) -> dict[Key, Decimal]:
    """Return what the facts say each partner has earned, for every period up to ``through``; zeros left out.

    With ``opens``, monthly kinds before that month are left out: there ``standing``, what was posted, stands, also for
    what the caps leave to the others (commission rules, section 4).
    """
    earned: dict[Key, Decimal] = {}
    for subscription in facts.subscriptions:
        amounts = _uncapped(facts, subscription, through)
        stood: dict[Key, Decimal] = {}
        if opens is not None:
            amounts = {key: amount for key, amount in amounts.items() if not stands(key, opens)}
            stood = {
                key: amount
                for key, amount in (standing or {}).items()
                if key.subscription == subscription.id and stands(key, opens)
            }
        earned.update(_capped(facts, subscription, amounts, stood))
    earned.update(accelerators(facts, through))
    return {key: amount for key, amount in earned.items() if amount}


def stands(key: Key, opens: date) -> bool:
    """Whether a key lies before the window that begins with ``opens``: what is posted for it stands."""
    return key.kind in MONTHLY_KINDS and key.earned_period < opens


def _uncapped(facts: Facts, subscription: Subscription, through: date) -> dict[Key, Decimal]:
    """Add up the roles of each key, apply clawback and basis, round once."""
    products: dict[tuple[str, str, date, int], Fraction] = defaultdict(Fraction)
    for weight in weights_of(facts, subscription, through):
        if facts.first_period is not None and weight.period < facts.first_period:
            continue
        rule = rule_for(facts, subscription, weight)
        if rule is not None and minimum_met(rule, weight):
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


def _capped(
    facts: Facts, subscription: Subscription, uncapped: Mapping[Key, Decimal], stood: Mapping[Key, Decimal]
) -> dict[Key, Decimal]:
    """Limit each entitlement, in order of period and then of kinds, to what its plan's cap leaves.

    What ``stood`` uses up the cap in its place of that order, and is itself not limited any more.
    """
    used: dict[str, Decimal] = defaultdict(Decimal)
    result: dict[Key, Decimal] = {}
    for key in sorted({*uncapped, *stood}, key=lambda k: (k.earned_period, KIND_ORDER.index(k.kind))):
        if key in stood:
            if key.kind != "override":
                used[key.partner] += stood[key]
            continue
        amount = uncapped[key]
        plan = plan_on(facts, key.partner, reference_day(subscription, key.earned_period))
        if key.kind != "override":
            if plan is not None and plan.cap is not None and plan.cap_currency in {"", subscription.currency}:
                cap = round_half_away(Fraction(plan.cap), facts.minor_units[subscription.currency])
                amount = min(amount, max(Decimal(0), cap - used[key.partner]))
            used[key.partner] += amount
        result[key] = amount
    return result
