"""Disputes as their two sides read them: lists, the thread, and the entries in question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from commissions.kinds import Kind
from commissions.models import Dispute, DisputeMessage, DisputeStatus, Entry, RunStatus
from commissions.models.disputes import GOING_ON
from commissions.queries.explained import with_tier_names
from prm import formats

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

    from commissions.queries.subjects import Subject
    from deals.models import Subscription
    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class DisputeFilter:
    """What a list shows: ``state`` is a status, ``going_on`` (the default), ``late`` or ``all``."""

    state: str = "going_on"
    partner: str = ""

    @property
    def is_default(self) -> bool:
        """Whether nothing was chosen."""
        return self == DisputeFilter()


def disputes_to_read(actor: Actor) -> QuerySet[Dispute]:
    """Return the disputes that ``actor`` may see with what a row shows."""
    return Dispute.objects.visible_to(actor).select_related(
        "partner", "run", "statement", "subscription__account", "subscription__product"
    )


def queue(actor: Actor, wanted: DisputeFilter, *, now: datetime) -> QuerySet[Dispute]:
    """Return disputes for the console: due first, then what waits for its partner, then what was closed last."""
    found = disputes_to_read(actor)
    if wanted.partner:
        found = found.filter(partner__code=wanted.partner)
    if wanted.state == "going_on":
        found = found.filter(status__in=GOING_ON)
    elif wanted.state == "late":
        found = found.filter(status=DisputeStatus.OPEN, due_at__lte=now)
    elif wanted.state in DisputeStatus.values:
        found = found.filter(status=wanted.state)
    return found.order_by(F("due_at").asc(nulls_last=True), F("closed_at").desc(nulls_first=True), "opened_at", "pk")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are owed an answer, how many of them are late, and how many wait for their partner."""

    owed: int
    late: int
    with_partner: int


def counts(actor: Actor, *, now: datetime) -> Counts:
    """Return the counts of what is going on."""
    owed = Q(status=DisputeStatus.OPEN)
    row = Dispute.objects.visible_to(actor).aggregate(
        owed=Count("pk", filter=owed),
        late=Count("pk", filter=owed & Q(due_at__lte=now)),
        with_partner=Count("pk", filter=Q(status=DisputeStatus.WAITING_FOR_PARTNER)),
    )
    return Counts(**row)


def dispute_of(actor: Actor, number: str) -> Dispute | None:
    """Return one dispute by its number."""
    return disputes_to_read(actor).filter(number=number).first()


def open_disputes(actor: Actor) -> QuerySet[Dispute]:
    """Return the actor's disputes that are going on."""
    return disputes_to_read(actor).filter(status__in=GOING_ON)


def same_question(actor: Actor, subject: Subject) -> Dispute | None:
    """Return the dispute about the same that is still open."""
    found = open_disputes(actor)
    if subject.earned_period is None:
        return found.filter(statement=subject.statement, earned_period__isnull=True).first()
    if subject.subscription_id is None:
        found = found.filter(subscription__isnull=True)
    else:
        found = found.filter(subscription_id=subject.subscription_id)
    return found.filter(
        kind=subject.kind,
        currency=subject.currency,
        earned_period=subject.earned_period,
    ).first()


def thread_of(dispute: Dispute) -> list[DisputeMessage]:
    """Return the messages, oldest first, with the adjustments that answered."""
    return list(dispute.messages.select_related("adjustment__run").order_by("pk"))


def entries_behind(
    actor: Actor,
    *,
    partner_id: int,
    currency: str,
    earned_period: date | None,
    subscription_id: int | None,
    kind: str,
) -> list[Entry]:
    """Return the approved entries of a key, oldest run first; nothing for a whole statement."""
    if earned_period is None:
        return []
    kinds = Q(kind=kind) if kind else ~Q(kind=Kind.OVERRIDE)
    return list(
        with_tier_names(Entry.objects.visible_to(actor))
        .filter(kinds, run__status=RunStatus.APPROVED, partner_id=partner_id, currency=currency)
        .filter(earned_period=earned_period, subscription=subscription_id)
        .select_related("run", "partner", "subscription__account", "subscription__product")
        .order_by("run__number", "id")
    )


def title_of(subject: Dispute | Subject, subscription: Subscription | None, *, internal: bool = False) -> str:
    """Name what is asked about. A partner paid an override is told no customer of the partners below it."""
    if subject.earned_period is None:
        return _("Statement %(number)s") % {"number": subject.statement.number if subject.statement else "–"}
    hidden = subject.kind == Kind.OVERRIDE and not internal
    values = {
        "kind": Kind(subject.kind).label if subject.kind else "",
        "month": formats.month(subject.earned_period),
        "customer": subscription.account.name if subscription is not None and not hidden else "",
    }
    if not values["customer"]:
        return _("%(kind)s of %(month)s") % values
    if not subject.kind:
        return _("%(customer)s in %(month)s") % values
    return _("%(customer)s, %(kind)s of %(month)s") % values
