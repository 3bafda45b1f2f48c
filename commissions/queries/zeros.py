"""Why a customer of a partner earned nothing in a month: the run's own rows of months without pay, and what ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Exists, F, OuterRef, Subquery

from commissions.models import Entry
from commissions.queries.leakage import LeakageFilter, leakage_of
from commissions.queries.reasons import held_sentence
from deals.models import Credit, MrrChange

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from prm.actors import Actor

ENDED = "ended"

COLUMNS = ("subscription_id", "public_id", "customer", "product", "mrr", "changed_on", "grows", "reason", "because")


@dataclass(frozen=True, slots=True)
class ZeroReason:
    """One customer without commission: ``code`` says why, ``sentence`` in words, ``on`` since when it had ended."""

    subscription_id: int
    public_id: UUID
    customer: str
    product: str
    code: str
    sentence: str = ""
    on: date | None = None
    amount: Decimal = Decimal(0)


def zeros_of(actor: Actor, *, month: date, currency: str) -> list[ZeroReason]:
    """Return the partner's credited customers for which ``month`` posted nothing, where the reason is certain.

    A customer that had ended by the month's first day is named in that month alone. Of one that pays, the last run
    that looked at it says why, as it does in the leakage report.
    """
    if not (actor.is_partner and actor.sees_money):
        return []
    silent = _silent(actor, month, currency)
    ended = [_ended(credit) for credit in silent if not credit["reason"] and _has_just_ended(credit, month)]
    return [*ended, *(_unpaid(credit) for credit in silent if credit["reason"])]


def _silent(actor: Actor, month: date, currency: str) -> list[dict[str, Any]]:
    """Return own credits of the month on subscriptions without an entry of it, with the MRR on its first day.

    ``reason`` is what the leakage report says of the month, ``because`` what keeps the partner on hold.
    """
    following = (month + timedelta(days=32)).replace(day=1)
    same = OuterRef("subscription_id")
    entries = Entry.objects.visible_to(actor).filter(subscription_id=same)
    changes = MrrChange.objects.filter(subscription_id=same)
    level = changes.filter(effective_on__lte=month).order_by("-effective_on")
    unpaid = leakage_of(actor, month=month, wanted=LeakageFilter()).filter(subscription_id=same)
    found = (
        Credit.objects.visible_to(actor)
        .filter(share__gt=0, valid__overlap=(month, following), subscription__started_on__lt=following)
        .filter(~Exists(entries.filter(run__period=month)), ~Exists(entries.filter(earned_period=month)))
        .filter(subscription__currency=currency)
        .annotate(mrr=Subquery(level.values("mrr")[:1]), changed_on=Subquery(level.values("effective_on")[:1]))
        .annotate(grows=Exists(changes.filter(effective_on__gt=month, effective_on__lt=following, mrr__gt=0)))
        .annotate(reason=Subquery(unpaid.values("reason")[:1]))
        .annotate(because=Subquery(unpaid.values("held_because")[:1]))  # type: ignore[misc] # annotated by the report
        .annotate(customer=F("subscription__account__name"), product=F("subscription__product__name"))
        .annotate(public_id=F("subscription__public_id"))
        .order_by("subscription_id", "-valid_from")
        .distinct("subscription_id")
    )
    return [cast("dict[str, Any]", row) for row in found.values(*COLUMNS)]


def _has_just_ended(credit: dict[str, Any], month: date) -> bool:
    """Whether the customer's MRR fell to 0 in the month before, or on this month's first day, and stayed there."""
    before = (month - timedelta(days=1)).replace(day=1)
    return credit["mrr"] == 0 and credit["changed_on"] > before and not credit["grows"]


def _ended(credit: dict[str, Any]) -> ZeroReason:
    return _zero(credit, code=ENDED, on=credit["changed_on"])


def _unpaid(credit: dict[str, Any]) -> ZeroReason:
    return _zero(credit, code=credit["reason"], sentence=held_sentence(credit["reason"], credit["because"]))


def _zero(credit: dict[str, Any], *, code: str, sentence: str = "", on: date | None = None) -> ZeroReason:
    return ZeroReason(
        subscription_id=credit["subscription_id"],
        public_id=credit["public_id"],
        customer=credit["customer"],
        product=credit["product"],
        code=code,
        sentence=sentence,
        on=on,
    )
