"""Who is paid next and who is not, with the reason; the same rows that ``prepare_payouts`` acts on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from commissions.models import (
    CarriedForward,
    Payout,
    PayoutBatch,
    PayoutContradiction,
    PayoutStatus,
    Plan,
    PlanAssignment,
)
from commissions.models.payouts import OPEN
from commissions.policy.payouts import Balance, minimum_for, reasons_to_carry_forward
from commissions.queries.ledger import payables
from partners.models import Partner, PartnerStatus
from partners.queries.payees import account_and_form_of, readiness_of_balances
from prm.currencies import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from decimal import Decimal

    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    from prm.actors import Actor

REASONS: dict[str, str | _StrPromise] = {
    "negative": _("The balance is negative; it is offset against later earnings."),
    "below_minimum": _("The balance is below the minimum payout of the plan."),
    "partner_not_active": _("The partner is not active."),
    "payout_under_way": _("Another payout in this currency is under way."),
    "no_payout_method": _("There is no payout method for this currency."),
    "method_unverified": _("The payout method has not been verified yet."),
    "no_tax_form": _("There is no tax form."),
    "tax_form_unverified": _("The tax form has not been verified yet."),
    "tax_form_expired": _("The tax form has expired."),
    "all_withheld": _("After withholding nothing is left to pay."),
}
"""Why a balance is carried forward: a sentence that a partner may read, by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a batch of a day would do with one balance: pay it, or carry it forward for ``reasons``.

    Amounts are in units of ``currency``; ``rate`` is in per cent; ``minimum`` is None where the plan has none for it.
    """

    partner_id: int
    partner_code: str
    partner_name: str
    plan_code: str
    currency: str
    payable: Decimal
    minimum: Decimal | None
    rate: Decimal
    withheld: Decimal
    method_id: int | None
    method_kind: str
    reasons: tuple[str, ...]

    @property
    def is_paid(self) -> bool:
        """Whether it would be paid."""
        return not self.reasons

    @property
    def net(self) -> Decimal:
        """Return what reaches the partner."""
        return self.payable - self.withheld


def outlook(*, on: date, partner_ids: Iterable[int] | None = None) -> list[Outlook]:
    """Return what a batch of day ``on`` would do with every balance that is not zero, by partner and currency.

    Seven queries, however many balances.
    """
    balances = payables(partner_ids)
    owners = {row.partner_id for row in balances}
    partners = _with_plans(owners, on)
    under_way = set(Payout.objects.filter(partner__in=owners, status__in=OPEN).values_list("partner_id", "currency"))
    ready = readiness_of_balances([(row.partner_id, row.currency) for row in balances], on=on)
    found = []
    for row in balances:
        partner, plan = partners[row.partner_id]
        readiness = ready[row.partner_id, row.currency]
        balance = Balance(
            payable=row.amount,
            minimum=_minimum(plan, row.currency),
            partner_is_active=partner.status == PartnerStatus.ACTIVE,
            under_way=(row.partner_id, row.currency) in under_way,
            missing=readiness.reasons,
            rate=readiness.withholding_rate,
            minor=CURRENCIES[row.currency],
        )
        found.append(
            Outlook(
                partner_id=row.partner_id,
                partner_code=partner.code,
                partner_name=partner.name,
                plan_code=plan.code if plan else "",
                currency=row.currency,
                payable=row.amount,
                minimum=balance.minimum,
                rate=balance.rate,
                withheld=balance.withheld,
                method_id=readiness.method_id,
                method_kind=readiness.method_kind,
                reasons=reasons_to_carry_forward(balance),
            )
        )
    return found


def _minimum(plan: Plan | None, currency: str) -> Decimal | None:
    if plan is None:
        return None
    return minimum_for(currency, minimum=plan.minimum_payout, minimum_currency=plan.minimum_currency)


def _with_plans(partner_ids: set[int], on: date) -> dict[int, tuple[Partner, Plan | None]]:
    """Return partners with their plan on a day; one without an assignment is on the default plan. Two queries."""
    plans = Plan.objects.in_bulk()
    default = next((plan for plan in plans.values() if plan.is_default), None)
    held = PlanAssignment.objects.filter(partner=OuterRef("pk"), valid__contains=on).values("plan")
    partners: QuerySet[Any] = Partner.objects.filter(pk__in=partner_ids).annotate(on_plan=Subquery(held))
    return {partner.pk: (partner, plans.get(partner.on_plan, default)) for partner in partners}


HELD: dict[str, str | _StrPromise] = {
    **REASONS,
    "method_replaced": _("The payout account is another one since the payout was prepared."),
}
"""Why a payout that was prepared is not sent, by code."""


def reasons_to_hold(payouts: Sequence[Payout], *, on: date) -> dict[int, tuple[str, ...]]:
    """Return why prepared payouts, read with their partners, must not be sent on day ``on``; most have no reason.

    What was looked at when they were prepared is looked at again by the same rule: the partner, the account to which
    the payout goes, and the tax form may be others on the day of payment. Two queries, however many payouts.
    """
    if not payouts:
        return {}
    standing = account_and_form_of([(row.partner_id, row.currency) for row in payouts], on=on)
    found = {}
    for row in payouts:
        method, missing = standing[row.partner_id, row.currency]
        reasons = [] if row.partner.status == PartnerStatus.ACTIVE else ["partner_not_active"]
        if method is not None and method.id != row.method_id:
            reasons.append("method_replaced")
        found[row.pk] = (*reasons, *missing)
    return found


@dataclass(frozen=True, slots=True)
class BatchTotal:
    """What a batch pays in one currency and state."""

    currency: str
    status: str
    payouts: int
    net: Decimal


def batches(actor: Actor) -> QuerySet[PayoutBatch]:
    """Return the batches that ``actor`` may see, newest first, each with how many payouts it has in which state."""
    carried = CarriedForward.objects.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(n=Count("pk"))
    states = {
        "waiting_count": [PayoutStatus.PREPARED],
        "under_way_count": [PayoutStatus.SUBMITTED],
        "paid_count": [PayoutStatus.PAID],
        "not_paid_count": [PayoutStatus.FAILED, PayoutStatus.RETURNED],
    }
    counts = {name: Count("payouts", filter=Q(payouts__status__in=found)) for name, found in states.items()}
    rows = PayoutBatch.objects.visible_to(actor).annotate(payout_count=Count("payouts"), **counts)
    return rows.annotate(carried_count=Coalesce(Subquery(carried.values("n")), 0)).order_by("-number")


def batch_totals(batch: PayoutBatch) -> list[BatchTotal]:
    """Return what a batch pays by currency and state; sums never cross currencies."""
    rows = (
        Payout.objects.filter(batch=batch)
        .values_list("currency", "status")
        .annotate(payouts=Count("pk"), total=Sum("net"))
        .order_by("currency", "status")
    )
    return [BatchTotal(*row) for row in rows]


def payouts_of(actor: Actor) -> QuerySet[Payout]:
    """Return the payouts that ``actor`` may see, newest first."""
    return Payout.objects.visible_to(actor).select_related("partner", "batch", "method").order_by("-number")


def contradictions_of(actor: Actor) -> QuerySet[PayoutContradiction]:
    """Return what providers say against our books and nobody has settled, the oldest first."""
    rows = PayoutContradiction.objects.visible_to(actor).unsettled()
    return rows.select_related("payout__batch", "payout__partner")


def carried_forward_of(actor: Actor) -> QuerySet[CarriedForward]:
    """Return what batches carried forward, as far as ``actor`` may see it, newest batch first."""
    rows = CarriedForward.objects.visible_to(actor)
    return rows.select_related("partner", "batch").order_by("-batch__number", "partner__code", "currency")
