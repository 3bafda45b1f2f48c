"""Why a customer of a partner earned nothing in a month: only reasons that facts and run say outright."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Exists, F, OuterRef, Subquery

from commissions.models import Entry, RunStatus, RunWarning
from deals.models import Credit, MrrChange

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from django.db.models import QuerySet

    from prm.actors import Actor

NO_RULE = "no_rule"
"""Code of the run's warning about a partner's credited customers that no rule pays."""

ENDED = "ended"

COLUMNS = (
    "subscription_id",
    "public_id",
    "customer",
    "product",
    "currency",
    "share",
    "mrr",
    "changed_on",
    "grows",
    "unruled",
)


@dataclass(frozen=True, slots=True)
class ZeroReason:
    """One customer without commission: ``code`` says why, ``on`` since when."""

    subscription_id: int
    public_id: UUID
    customer: str
    product: str
    share: Decimal
    code: str
    on: date | None = None
    amount: Decimal = Decimal(0)


def zeros_of(actor: Actor, *, month: date, currency: str) -> list[ZeroReason]:
    """Return the partner's credited customers for which ``month`` earned nothing, where the reason is certain.

    A customer that had ended by the month's first day is named in that month alone. A paying customer is named
    when the run counted exactly these as covered by no rule; a doubtful one is left out.
    """
    if not (actor.is_partner and actor.sees_money):
        return []
    silent = _credited_without_entry(actor, month)
    ended = [_reason(credit, ENDED) for credit in silent if _has_just_ended(credit, month)]
    paying = [credit for credit in silent if credit["mrr"] or credit["grows"]]
    unruled = [_reason(credit, NO_RULE) for credit in paying if credit["unruled"] == len(paying)]
    shown = {credit["subscription_id"] for credit in silent if credit["currency"] == currency}
    return [reason for reason in (*ended, *unruled) if reason.subscription_id in shown]


def _credited_without_entry(actor: Actor, month: date) -> list[dict[str, Any]]:
    """Return own credits of the month on subscriptions without an entry of it, with the MRR on its first day."""
    following = (month + timedelta(days=32)).replace(day=1)
    entries = Entry.objects.visible_to(actor).filter(subscription_id=OuterRef("subscription_id"))
    changes = MrrChange.objects.filter(subscription_id=OuterRef("subscription_id"))
    level = changes.filter(effective_on__lte=month).order_by("-effective_on")
    found = (
        Credit.objects.visible_to(actor)
        .filter(share__gt=0, valid__overlap=(month, following), subscription__started_on__lt=following)
        .filter(~Exists(entries.filter(run__period=month)), ~Exists(entries.filter(earned_period=month)))
        .annotate(mrr=Subquery(level.values("mrr")[:1]), changed_on=Subquery(level.values("effective_on")[:1]))
        .annotate(grows=Exists(changes.filter(effective_on__gt=month, effective_on__lt=following, mrr__gt=0)))
        .annotate(customer=F("subscription__account__name"), product=F("subscription__product__name"))
        .annotate(currency=F("subscription__currency"), public_id=F("subscription__public_id"))
        .annotate(unruled=Subquery(_unruled(actor, month)))
        .order_by("subscription_id", "-valid_from")
        .distinct("subscription_id")
    )
    return [cast("dict[str, Any]", row) for row in found.values(*COLUMNS)]


def _has_just_ended(credit: dict[str, Any], month: date) -> bool:
    """Whether the customer's MRR fell to 0 in the month before, or on this month's first day, and stayed there."""
    before = (month - timedelta(days=1)).replace(day=1)
    return credit["mrr"] == 0 and credit["changed_on"] > before and not credit["grows"]


def _unruled(actor: Actor, month: date) -> QuerySet[RunWarning, Any]:
    """Return how many paying customers of this partner the month's run found without any rule."""
    found = RunWarning.objects.filter(
        code=NO_RULE, partner_id=actor.partner_id or 0, run__period=month, run__status=RunStatus.APPROVED
    )
    return found.order_by("-run__number").values("data__count")[:1]


def _reason(credit: dict[str, Any], code: str) -> ZeroReason:
    return ZeroReason(
        subscription_id=credit["subscription_id"],
        public_id=credit["public_id"],
        customer=credit["customer"],
        product=credit["product"],
        share=credit["share"],
        code=code,
        on=credit["changed_on"] if code == ENDED else None,
    )
