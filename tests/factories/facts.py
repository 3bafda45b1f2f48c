"""Writes the policy's facts (``commissions.policy``) into the database, so that both sides compute the same program."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection

from commissions.models import Entry, Plan, PlanAssignment, Rule, Run
from commissions.policy import Key
from commissions.services.runs import approve_run, calculate_run
from deals.models import Account, Collection, Credit, Family, MrrChange, Product, Subscription
from partners.models import ParentAssignment, Partner, Tier, TierAssignment
from prm.actors import OPERATOR
from prm.models import Program

if TYPE_CHECKING:
    from commissions.policy import Facts
    from commissions.policy import Subscription as SubscriptionFacts

NOW = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
"""A moment after every month that the tests approve."""


def install(facts: Facts) -> None:
    """Replace the program in the database by ``facts``; posted entries stay."""
    for model in (Collection, Credit, MrrChange, ParentAssignment, TierAssignment, PlanAssignment, Rule):
        model.objects.all().delete()
    Program.objects.update(first_period=facts.first_period)
    partners = {code: _partner(code) for code in facts.partners}
    plans = {code: _plan(facts, code) for code in facts.plans}
    for partner in facts.partners.values():
        row = partners[partner.code]
        for span in partner.tiers:
            TierAssignment.objects.create(
                partner=row, tier=_tier(span.value), valid_from=span.from_on, valid_until=span.until_on
            )
        for span in partner.plans:
            PlanAssignment.objects.create(
                partner=row, plan=plans[span.value], valid_from=span.from_on, valid_until=span.until_on
            )
        for span in partner.parents:
            ParentAssignment.objects.create(
                partner=row, parent=partners[span.value], valid_from=span.from_on, valid_until=span.until_on
            )
    for subscription in facts.subscriptions:
        _subscription(subscription, partners)
    _rules(facts, plans)


def run_month(period: date) -> Run:
    """Calculate and approve the run of ``period``."""
    run = calculate_run(period=period, actor=OPERATOR, now=NOW)
    return approve_run(run=run, actor=OPERATOR, now=NOW)


def posted() -> dict[Key, Decimal]:
    """Return what all approved runs have posted, by key, without zeros."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.code, coalesce(s.external_id, ''), e.kind, e.currency, e.earned_period, sum(e.amount)"
            " FROM commissions_entry e"
            " JOIN commissions_run r ON r.id = e.run_id AND r.status = 'approved'"
            " JOIN partners_partner p ON p.id = e.partner_id LEFT JOIN deals_subscription s ON s.id = e.subscription_id"
            " GROUP BY 1, 2, 3, 4, 5 HAVING sum(e.amount) <> 0"
        )
        return {Key(*row[:5]): row[5] for row in cursor.fetchall()}


def entries_of(run: Run) -> list[tuple[str, str, str, str, Decimal]]:
    """Return a run's entries as (earned period, partner, subscription, kind, amount), sorted."""
    return sorted(
        (
            f"{e.earned_period:%Y-%m}",
            e.partner.code,
            e.subscription.external_id if e.subscription else "",
            e.kind,
            e.amount,
        )
        for e in Entry.objects.filter(run=run).select_related("partner", "subscription")
    )


def _partner(code: str) -> Partner:
    return Partner.objects.get_or_create(
        code=code, defaults={"name": code.upper(), "type": "reseller", "status": "active"}
    )[0]


def _plan(facts: Facts, code: str) -> Plan:
    plan = facts.plans[code]
    return Plan.objects.update_or_create(
        code=code,
        defaults={
            "name": code,
            "basis": plan.basis,
            "clawback": plan.clawback,
            "clawback_days": plan.clawback_days,
            "cap_per_subscription": plan.cap,
            "cap_currency": plan.cap_currency,
            "is_default": code == facts.default_plan,
        },
    )[0]


def _tier(code: str) -> Tier:
    known = Tier.objects.filter(code=code).first()
    return known or Tier.objects.create(code=code, name=code.title(), rank=Tier.objects.count() + 1)


def _product(code: str, family: str) -> Product:
    return Product.objects.get_or_create(code=code, defaults={"name": code, "family": _family(family)})[0]


def _family(code: str) -> Family:
    return Family.objects.get_or_create(code=code, defaults={"name": code})[0]


def _subscription(facts: SubscriptionFacts, partners: dict[str, Partner]) -> None:
    row = Subscription.objects.update_or_create(
        source_system="csv",
        external_id=facts.id,
        defaults={
            "account": Account.objects.get_or_create(name=f"Customer of {facts.id}")[0],
            "product": _product(facts.product, facts.family),
            "currency": facts.currency,
            "started_on": facts.started_on,
        },
    )[0]
    MrrChange.objects.bulk_create(
        MrrChange(subscription=row, effective_on=on, mrr=mrr) for on, mrr in facts.changes.items()
    )
    Credit.objects.bulk_create(
        Credit(
            subscription=row,
            partner=partners[credit.partner],
            role=credit.role,
            share=credit.share,
            valid_from=credit.from_on,
            valid_until=credit.until_on,
        )
        for credit in facts.credits
    )
    Collection.objects.bulk_create(
        Collection(subscription=row, month=month, billed=billed, paid=paid)
        for month, (billed, paid) in facts.collections.items()
    )


def _rules(facts: Facts, plans: dict[str, Plan]) -> None:
    for rule in facts.rules:
        Rule.objects.create(
            plan=plans[rule.plan],
            kind=rule.kind,
            rate=None if rule.kind == "spiff" else rule.rate,
            amount=rule.rate if rule.kind == "spiff" else None,
            threshold=rule.threshold,
            minimum_mrr=rule.minimum_mrr,
            product=_product(rule.product, "f") if rule.product else None,
            family=_family(rule.family) if rule.family else None,
            tier=_tier(rule.tier) if rule.tier else None,
            role=rule.role,
            currency=rule.currency,
            age_from=rule.age_from,
            age_until=rule.age_until,
            valid_from=rule.from_on,
            valid_until=rule.until_on,
        )
