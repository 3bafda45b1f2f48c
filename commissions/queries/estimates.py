"""What a deal would earn, by the rule choice of the policy: the partner's plan and tier of a day, held for good."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.db.models import F, Q

from commissions.kinds import Kind
from commissions.models import Plan, PlanAssignment, Rule
from commissions.policy import facts as policy
from commissions.policy.rounding import round_half_away
from commissions.policy.terms import rule_for
from commissions.policy.weights import Weight
from deals.models import CreditRole
from partners.models import TierAssignment
from prm.actors import Actor
from prm.estimates import Asked, Estimate
from prm.models import Currency

YEAR = 12
ME, DEAL = "partner", "deal"


def estimate_of(actor: Actor, asked: Asked) -> Estimate | None:
    """Return the estimate, None where neither an upfront nor a recurring rule pays. Four queries at most.

    The deal counts as one whole subscription, sourced by the partner alone, without a product: rules of one product
    are left out. Caps and clawback are left out too.
    """
    if asked.mrr <= 0 or not actor.partner_id:
        return None
    plan, tier = _terms(actor, asked)
    minor = Currency.objects.filter(code=asked.currency).values_list("minor_units", flat=True).first()
    if plan is None or minor is None:
        return None
    facts = policy.Facts(
        partners={ME: policy.Partner(ME, tiers=(policy.Span(tier),) if tier else ())},
        plans={plan.code: policy.Plan(plan.code)},
        rules=_rules(plan, asked),
        subscriptions=(),
        minor_units={asked.currency: minor},
        default_plan=plan.code,
    )
    upfront = _rate(facts, asked, Kind.UPFRONT, 1)
    recurring = [_rate(facts, asked, Kind.RECURRING, month) for month in range(1, YEAR + 2)]
    if upfront is None and not any(recurring):
        return None
    first, later = recurring[:YEAR], recurring[YEAR]
    return Estimate(
        upfront=None if upfront is None else _amount(asked, upfront, minor),
        upfront_rate=upfront,
        first_year=sum((_amount(asked, rate or Decimal(0), minor) for rate in first), Decimal(0)),
        first_rate=first[0] if len(set(first)) == 1 else None,
        later=None if later is None else _amount(asked, later, minor),
        later_rate=later,
    )


def _terms(actor: Actor, asked: Asked) -> tuple[Plan | None, str]:
    """Return plan and tier's code on the day."""
    mine = {"partner_id": actor.partner_id, "valid__contains": asked.on}
    held = PlanAssignment.objects.visible_to(actor).filter(**mine).values("plan")
    plans = Plan.objects.filter(Q(pk__in=held) | Q(is_default=True)).annotate(own=Q(pk__in=held)).order_by("-own")
    tier = TierAssignment.objects.visible_to(actor).filter(**mine).values_list("tier__code", flat=True).first()
    return plans.first(), tier or ""


def _rules(plan: Plan, asked: Asked) -> tuple[policy.Rule, ...]:
    rows = (
        Rule.objects.filter(plan=plan, kind__in=[Kind.UPFRONT, Kind.RECURRING], retired_at=None, product=None)
        .filter(valid__contains=asked.on)
        .annotate(of_family=F("family__code"), of_tier=F("tier__code"))
    )
    return tuple(
        policy.Rule(
            plan=plan.code,
            kind=rule.kind,
            rate=rule.rate or Decimal(0),
            family=rule.of_family or "",
            tier=rule.of_tier or "",
            role=rule.role,
            currency=rule.currency,
            age_from=rule.age_from,
            age_until=rule.age_until,
        )
        for rule in rows
    )


def _rate(facts: policy.Facts, asked: Asked, kind: str, month: int) -> Decimal | None:
    """Return the rate of a customer month, per cent."""
    began = asked.on.replace(day=1)
    later = began.month + month - 2
    period = began.replace(year=began.year + later // YEAR, month=later % YEAR + 1)
    deal = policy.Subscription(DEAL, "", asked.family, asked.currency, began, {began: asked.mrr})
    rule = rule_for(facts, deal, Weight(ME, kind, CreditRole.SOURCED, period, Decimal(0), 1))
    return None if rule is None else rule.rate


def _amount(asked: Asked, rate: Decimal, minor: int) -> Decimal:
    return round_half_away(Fraction(rate) * Fraction(asked.mrr) / 100, minor)
