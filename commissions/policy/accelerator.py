"""The accelerator: a bonus on new MRR in marginal brackets; no subscription's own."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

from commissions.policy.facts import Facts, Key, Rule
from commissions.policy.rounding import round_half_away
from commissions.policy.terms import plan_on
from commissions.policy.weights import upfront


def accelerators(facts: Facts, through: date) -> dict[Key, Decimal]:
    """Return the bonus on each partner's new MRR of a month, per currency; no basis, clawback, age or cap applies."""
    new_mrr: dict[tuple[str, str, date], Fraction] = defaultdict(Fraction)
    for subscription in facts.subscriptions:
        for weight in upfront(subscription, through):
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
