"""Which plan and which one rule apply (commission rules, section 3, “Which rule”)."""

from __future__ import annotations

from datetime import date

from commissions.policy.facts import Facts, Plan, Rule, Subscription
from commissions.policy.weights import Weight


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


def minimum_met(rule: Rule, weight: Weight) -> bool:
    """Whether a SPIFF's minimum MRR is met; tested after the choice of the rule, with no fallback to another."""
    return rule.minimum_mrr is None or weight.mrr is None or weight.mrr >= rule.minimum_mrr
