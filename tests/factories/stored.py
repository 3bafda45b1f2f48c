"""Reads the program in the database back as the policy's facts: what any change through any door has left."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from commissions.models import Plan as PlanRow
from commissions.models import PlanAssignment
from commissions.models import Rule as RuleRow
from commissions.policy import Credit, Facts, Partner, Plan, Rule, Span, Subscription
from deals.models import Collection, MrrChange
from deals.models import Credit as CreditRow
from deals.models import Subscription as SubscriptionRow
from partners.models import ParentAssignment, TierAssignment
from partners.models import Partner as PartnerRow
from prm.models import Currency, Program

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal

    Dated = TierAssignment | PlanAssignment | ParentAssignment


def stored() -> Facts:
    """Return the facts as they stand; a rule's earlier versions are none."""
    tiers = _spans(TierAssignment.objects.select_related("tier"), "tier")
    plans = _spans(PlanAssignment.objects.select_related("plan"), "plan")
    parents = _spans(ParentAssignment.objects.select_related("parent"), "parent")
    return Facts(
        partners={
            row.code: Partner(row.code, tuple(tiers[row.pk]), tuple(plans[row.pk]), tuple(parents[row.pk]))
            for row in PartnerRow.objects.all()
        },
        plans={row.code: _plan(row) for row in PlanRow.objects.all()},
        rules=tuple(_rule(row) for row in RuleRow.objects.filter(retired_at=None).select_related(*RULE_FIELDS)),
        subscriptions=_subscriptions(),
        minor_units=dict(Currency.objects.values_list("code", "minor_units")),
        default_plan=PlanRow.objects.filter(is_default=True).values_list("code", flat=True).first(),
        first_period=Program.current().first_period,
    )


RULE_FIELDS = ("plan", "product", "family", "tier")


def _spans(rows: Iterable[Dated], value: str) -> dict[int, list[Span]]:
    spans = defaultdict(list)
    for row in rows:
        spans[row.partner_id].append(Span(getattr(row, value).code, row.valid_from, row.valid_until))
    return spans


def _plan(row: PlanRow) -> Plan:
    return Plan(row.code, row.basis, row.clawback, row.clawback_days, row.cap_per_subscription, row.cap_currency)


def _rule(row: RuleRow) -> Rule:
    def code(part: Any) -> str:
        return part.code if part else ""

    rate = row.amount if row.kind == "spiff" else row.rate
    assert rate is not None
    return Rule(
        row.plan.code,
        row.kind,
        rate,
        product=code(row.product),
        family=code(row.family),
        tier=code(row.tier),
        role=row.role,
        currency=row.currency,
        age_from=row.age_from,
        age_until=row.age_until,
        from_on=row.valid_from,
        until_on=row.valid_until,
        threshold=row.threshold,
        minimum_mrr=row.minimum_mrr,
    )


def _subscriptions() -> tuple[Subscription, ...]:
    changes: dict[int, dict[date, Decimal]] = defaultdict(dict)
    for change in MrrChange.objects.all():
        changes[change.subscription_id][change.effective_on] = change.mrr
    credited = defaultdict(list)
    for row in CreditRow.objects.select_related("partner"):
        credited[row.subscription_id].append(
            Credit(row.partner.code, row.role, row.share, row.valid_from, row.valid_until)
        )
    collections: dict[int, dict[date, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for month in Collection.objects.all():
        collections[month.subscription_id][month.month] = (month.billed, month.paid)
    return tuple(
        Subscription(
            id=row.external_id,
            product=row.product.code,
            family=row.product.family.code,
            currency=row.currency,
            started_on=row.started_on,
            changes=changes[row.pk],
            credits=tuple(credited[row.pk]),
            collections=collections[row.pk],
        )
        for row in SubscriptionRow.objects.select_related("product__family")
    )
