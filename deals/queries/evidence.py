"""Gathers the facts that the rules of engagement judge.

The same queries are asked whatever the answer, so that the live verdict takes the same time for every
cause (deal rules, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, Subquery

from deals.models import (
    LIVE_STATUSES,
    UNDECIDED_STATUSES,
    Account,
    Credit,
    CreditRole,
    Family,
    MrrChange,
    NamedAccount,
    Registration,
    RegistrationStatus,
    Subscription,
)
from deals.policy import (
    Facts,
    Incumbent,
    NamedPolicy,
    OwnRecord,
    PartnerFacts,
    Rival,
    RuleSettings,
)
from deals.queries.rules import day_of
from partners.models import Partner, Territory, Tier
from prm.models import FxRate, Program

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from django.db.models import QuerySet

NOBODY = 0
"""Stands for “no such customer” in queries; no row has this id."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about what. ``registration_id`` and ``place`` leave a registration itself out."""

    partner_id: int
    family: Family
    account: Account | None
    country: str = ""
    is_identified: bool = True
    doubt: str = ""
    expected_mrr: Decimal | None = None
    currency: str = ""
    registration_id: int = NOBODY
    place: int | None = None


def tiers_of(*, partner_id: int, day: date) -> QuerySet[Tier]:
    """Return the tier that a partner holds on ``day``, as a set of one or none."""
    return Tier.objects.filter(assignments__partner_id=partner_id, assignments__valid__contains=day)


def tier_of(*, partner_id: int, day: date) -> Tier | None:
    """Return the tier that a partner holds on ``day``."""
    return tiers_of(partner_id=partner_id, day=day).first()


def live_count(*, partner_id: int, but: int = NOBODY) -> int:
    """Return how many live registrations a partner holds, ``but`` one."""
    return Registration.objects.live().filter(holder_id=partner_id).exclude(pk=but).count()


def gather(question: Question, *, settings: RuleSettings, now: datetime, program: Program) -> Facts:
    """Return the facts about ``question`` at ``now``. Nine queries, whatever is found."""
    today = day_of(now, program)
    account = question.account
    account_id = account.pk if account else NOBODY
    records = _records(question, account_id, settings, now=now, today=today)
    named = NamedAccount.objects.filter(account_id=account_id).first()
    return Facts(
        partner=_partner(question, today),
        country=(account.country if account else "") or question.country,
        segment=account.segment if account else "",
        family=question.family.name,
        is_identified=question.is_identified,
        is_certain=not question.doubt,
        doubt=question.doubt,
        expected_mrr=_in_base_currency(question, program, today),
        minimum_mrr=program.minimum_expected_mrr,
        own_live=_own_live(question, records),
        own_closed=_own_closed(question, records),
        protected=_protected(question, records, now),
        rivals_pending=_rivals_pending(question, records),
        incumbents=(
            *_unbilled_wins(question, records),
            *_paying(question, account_id, today),
        ),
        named_policy=NamedPolicy(named.policy) if named else NamedPolicy.NONE,
        named_owner=named.owner_email if named else "",
    )


def _partner(question: Question, today: date) -> PartnerFacts:
    partner = Partner.objects.only("status").get(pk=question.partner_id)
    tier = tier_of(partner_id=question.partner_id, day=today)
    territories = Territory.objects.filter(partner_id=question.partner_id)
    return PartnerFacts(
        status=partner.status,
        territories=tuple(territories.order_by("pk").values_list("country", "segment")),
        live_count=live_count(partner_id=question.partner_id, but=question.registration_id),
        live_cap=tier.live_cap if tier else None,
    )


def _records(
    question: Question, account_id: int, settings: RuleSettings, *, now: datetime, today: date
) -> list[Registration]:
    """Return every registration on the customer and family that a rule may want, first in line first."""
    recently_closed = Q(
        holder_id=question.partner_id,
        status__in=(RegistrationStatus.REJECTED, RegistrationStatus.EXPIRED),
    ) & (
        Q(decided_at__gt=now - timedelta(days=settings.cool_off_days))
        | Q(closed_on__gt=today - timedelta(days=settings.cool_off_days))
    )
    unbilled = Q(
        status=RegistrationStatus.WON,
        closed_on__gt=today - timedelta(days=settings.unbilled_win_days),
    )
    return list(
        Registration.objects.filter(account_id=account_id, family=question.family)
        .filter(Q(status__in=LIVE_STATUSES) | recently_closed | unbilled)
        .exclude(pk=question.registration_id)
        .select_related("holder")
        .order_by("place", "pk")
    )


def _own_live(question: Question, records: Iterable[Registration]) -> OwnRecord | None:
    own = (r for r in records if r.holder_id == question.partner_id and r.status in LIVE_STATUSES)
    return next((OwnRecord(r.reference, r.status, r.submitted_at) for r in own), None)


def _own_closed(question: Question, records: Iterable[Registration]) -> OwnRecord | None:
    closed = [
        r
        for r in records
        if r.holder_id == question.partner_id and r.status in {RegistrationStatus.REJECTED, RegistrationStatus.EXPIRED}
    ]
    if not closed:
        return None
    last = closed[-1]
    ended = last.protected.upper if last.protected else None
    return OwnRecord(last.reference, last.status, ended or last.closed_on or last.decided_at)


def _protected(question: Question, records: Iterable[Registration], now: datetime) -> Rival | None:
    for record in records:
        if (
            record.status == RegistrationStatus.APPROVED
            and record.exclusive
            and record.holder_id != question.partner_id
            and record.protected
            and (record.protected.upper is None or record.protected.upper > now)
        ):
            return _rival(record)
    return None


def _rivals_pending(question: Question, records: Iterable[Registration]) -> tuple[Rival, ...]:
    """Return the undecided ones of others that stand before ``question.place`` (all, if it has none)."""
    return tuple(
        _rival(record)
        for record in records
        if record.status in UNDECIDED_STATUSES
        and record.holder_id != question.partner_id
        and (question.place is None or (record.place or 0) < question.place)
    )


def _rival(record: Registration) -> Rival:
    return Rival(
        reference=record.reference,
        partner=record.holder.name,
        since=record.submitted_at,
        place=record.place,
        until=record.protected.upper if record.protected else None,
    )


def _unbilled_wins(question: Question, records: Iterable[Registration]) -> tuple[Incumbent, ...]:
    return tuple(
        Incumbent(
            reference=record.reference,
            since=record.closed_on,
            partners=(record.holder.name,),
            includes_asker=record.holder_id == question.partner_id,
        )
        for record in records
        if record.status == RegistrationStatus.WON
    )


def _paying(question: Question, account_id: int, today: date) -> tuple[Incumbent, ...]:
    """Return the subscriptions of the family for which the customer pays today, with who is credited."""
    level = MrrChange.objects.filter(subscription=OuterRef("pk"), effective_on__lte=today).order_by("-effective_on")
    paying = list(
        Subscription.objects.filter(account_id=account_id, product__family=question.family)
        .annotate(level=Subquery(level.values("mrr")[:1]))
        .filter(level__gt=0)
        .order_by("started_on", "pk")
    )
    credited: dict[int, dict[int, str]] = {}
    for credit in Credit.objects.filter(
        subscription__in=[subscription.pk for subscription in paying] or [NOBODY],
        role=CreditRole.SOURCED,
        share__gt=0,
        valid__contains=today,
    ).select_related("partner"):
        credited.setdefault(credit.subscription_id, {})[credit.partner_id] = credit.partner.name
    return tuple(
        Incumbent(
            reference=subscription.external_id,
            since=subscription.started_on,
            partners=tuple(credited.get(subscription.pk, {}).values()),
            includes_asker=question.partner_id in credited.get(subscription.pk, {}),
        )
        for subscription in paying
    )


def _in_base_currency(question: Question, program: Program, today: date) -> Decimal | None:
    """Return the expected MRR in the program's currency at the last closing rate; nothing without one."""
    if question.expected_mrr is None or question.currency in {"", program.base_currency}:
        return question.expected_mrr
    rates = {"EUR": Decimal(1)}
    for rate in FxRate.objects.filter(
        currency__in=(question.currency, program.base_currency), month__lte=today
    ).order_by("month"):
        rates[rate.currency] = rate.per_eur
    if not {question.currency, program.base_currency} <= rates.keys():
        return None
    return question.expected_mrr / rates[question.currency] * rates[program.base_currency]
