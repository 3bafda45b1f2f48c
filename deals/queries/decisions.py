"""The queue of decisions and everything a person needs to decide: line, evidence, findings, consequences."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Min, OuterRef, Prefetch, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.models import (
    UNDECIDED_STATUSES,
    AccountCandidate,
    AccountDomain,
    MrrChange,
    Registration,
    RegistrationFinding,
    RegistrationStatus,
    Subscription,
)
from deals.policy.wording import HEADINGS
from deals.queries.desk import Desk, Wanted, sieved
from deals.queries.evidence import tier_of
from deals.queries.rules import day_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from deals.models import Account
    from partners.models import Tier
    from prm.actors import Actor
    from prm.models import Program

LONGEST_QUEUE = 100
"""Entries on the page; the rest come up as these are decided."""


MOST_ALIKE = 3
"""Look-alikes beside a decision; the customer's own page has all of them."""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One registration in the queue, with the few words that tell what is special about it."""

    registration: Registration
    mark: str
    icon: str
    tone: str
    stands_in_for: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits: everything counted, the first ones of those that were asked for listed."""

    entries: Sequence[QueueEntry]
    waiting: int
    late: int
    oldest: datetime | None
    wanted: Wanted = field(default_factory=Wanted)


@dataclass(frozen=True, slots=True)
class LineUp:
    """The undecided and protected ones of others on the same customer and family, first in line first."""

    before: Sequence[Registration]
    behind: Sequence[Registration]
    holding: Sequence[Registration]


@dataclass(frozen=True, slots=True)
class Terms:
    """What an approval would grant today."""

    tier: Tier | None
    days: int
    until: datetime


def waiting_for_decision(actor: Actor) -> QuerySet[Registration]:
    """Return the registrations that wait for a decision, what is due first on top."""
    return Registration.objects.visible_to(actor).filter(status=RegistrationStatus.SUBMITTED).order_by("due_at", "pk")


class Figures(Protocol):
    """The figures of the queue where the page has counted them already."""

    @property
    def decisions(self) -> int: ...  # noqa: D102 - told by its name
    @property
    def late(self) -> int: ...  # noqa: D102
    @property
    def oldest(self) -> datetime | None: ...  # noqa: D102


def queue(
    actor: Actor,
    *,
    now: datetime,
    wanted: Wanted | None = None,
    desk: Desk | None = None,
    counted: Figures | None = None,
) -> Queue:
    """Return the queue of decisions with what is late; ``wanted`` is the part of it that is listed."""
    wanted, desk = wanted or Wanted(), desk or Desk()
    everything = Registration.objects.visible_to(actor)
    listed = list(_with_evidence(sieved(everything, wanted=wanted, desk=desk, now=now))[:LONGEST_QUEUE])
    entries = [_entry(registration, desk) for registration in listed]
    if counted is not None:
        return Queue(entries, counted.decisions, counted.late, counted.oldest, wanted)
    figures = everything.filter(status=RegistrationStatus.SUBMITTED).aggregate(
        waiting=Count("pk"), late=Count("pk", filter=Q(due_at__lte=now)), oldest=Min("submitted_at")
    )
    return Queue(entries=entries, wanted=wanted, **figures)


def wanted_registrations(actor: Actor, *, now: datetime, wanted: Wanted, desk: Desk) -> QuerySet[Registration]:
    """Return everything that is asked for, as the queue lists it, for the file."""
    return _with_evidence(sieved(Registration.objects.visible_to(actor), wanted=wanted, desk=desk, now=now))


def latest(findings: Sequence[RegistrationFinding]) -> list[RegistrationFinding]:
    """Return the findings of the last evaluation, in the order of the rules."""
    last = max((finding.evaluated_at for finding in findings), default=None)
    return sorted((f for f in findings if f.evaluated_at == last), key=lambda f: f.pk)


def case_of(actor: Actor, public_id: UUID) -> Registration | None:
    """Return one registration with what a decision reads."""
    found = Registration.objects.visible_to(actor).filter(public_id=public_id)
    return _with_evidence(found.exclude(status=RegistrationStatus.DRAFT)).first()


def _with_evidence(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """Bring what the pages compare: partner, customer, findings, and the customer's ``held_domains``."""
    domains = AccountDomain.objects.filter(account=OuterRef("account")).order_by("pk").values("pk")
    return (
        registrations.select_related("holder", "account", "family", "protected_tier", "submitted_by")
        .prefetch_related(Prefetch("findings", RegistrationFinding.objects.order_by("-evaluated_at", "pk")))
        .annotate(held_domains=ArraySubquery(domains))
    )


def alike(account: Account) -> list[AccountCandidate]:
    """Return the customers that may be the same as ``account``, the most alike first, each ``account`` or ``other``.

    Both come with their ``held`` websites. A person has not said of them yet that they are two.
    """

    def held(side: str) -> ArraySubquery:
        return ArraySubquery(AccountDomain.objects.filter(account=OuterRef(side)).order_by("pk").values("pk"))

    pairs = AccountCandidate.objects.filter(Q(account=account) | Q(other=account), decision="")
    pairs = pairs.annotate(held_first=held("account"), held_second=held("other"))
    return list(pairs.select_related("account", "other").order_by("-score", "pk")[:MOST_ALIKE])


def line_up(registration: Registration) -> LineUp:
    """Return who else stands for the same customer and family."""
    others = list(
        Registration.objects.filter(account=registration.account, family=registration.family)
        .exclude(pk=registration.pk)
        .filter(Q(status__in=UNDECIDED_STATUSES) | Q(status=RegistrationStatus.APPROVED))
        .select_related("holder")
        .order_by("place", "pk")
    )
    undecided = [r for r in others if r.status in UNDECIDED_STATUSES]
    mine = registration.place or 0
    return LineUp(
        before=[r for r in undecided if (r.place or 0) < mine],
        behind=[r for r in undecided if (r.place or 0) > mine],
        holding=[r for r in others if r.status == RegistrationStatus.APPROVED],
    )


def paid_by(registration: Registration, *, today: datetime, program: Program) -> list[Subscription]:
    """Return what the customer pays for today, each with its ``level`` of MRR."""
    level = MrrChange.objects.filter(subscription=OuterRef("pk"), effective_on__lte=day_of(today, program)).order_by(
        "-effective_on"
    )
    return list(
        Subscription.objects.filter(account=registration.account)
        .annotate(level=Subquery(level.values("mrr")[:1]))
        .filter(level__gt=0)
        .select_related("product__family")
        .order_by("started_on", "pk")
    )


def terms_of(registration: Registration, *, now: datetime, program: Program, default_days: int) -> Terms:
    """Return the window that an approval would grant now."""
    tier = tier_of(partner_id=registration.holder_id, day=day_of(now, program))
    days = tier.protection_days if tier else default_days
    return Terms(tier, days, now + timedelta(days=days))


def mark_of(registration: Registration) -> tuple[str, str, str]:
    """Return what is special about it in a few words, with icon and tone."""
    codes = [finding.code for finding in latest(list(registration.findings.all()))]
    if not codes:
        return _("Clean"), "check", "ok"
    if codes == ["rival_pending"]:
        return _(HEADINGS["rival_pending"]), "pause", ""
    if len(codes) == 1:
        return _(HEADINGS.get(codes[0], codes[0])), "warning", "warn"
    words = ngettext("%(count)d finding to review", "%(count)d findings to review", len(codes))
    return words % {"count": len(codes)}, "warning", "warn"


def _entry(registration: Registration, desk: Desk) -> QueueEntry:
    return QueueEntry(registration, *mark_of(registration), desk.stands_in_for(registration))
