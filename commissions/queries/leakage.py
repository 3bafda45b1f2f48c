"""The leakage report: customers with MRR in a month for which nothing is posted, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from commissions.kinds import Kind
from commissions.models import Entry, ParkedPartner, Run, RunScope, RunStatus, Unpaid

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from django.db.models import QuerySet

    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class LeakageFilter:
    """What the list is narrowed to; empty for everything. ``partner`` is a code."""

    reason: str = ""
    partner: str = ""


@dataclass(frozen=True, slots=True)
class LeakageSum:
    """The MRR without commission for one reason in one currency; never added across currencies."""

    currency: str
    reason: str
    count: int
    mrr: Decimal


def leakage(actor: Actor) -> QuerySet[Unpaid]:
    """Return the months without pay that ``actor`` may see, of every month.

    A subscription's row is the one of the last run of the month that looked at it: a repeated run looks at what has
    changed alone. What a later correction has posted for the month is no leak any more. ``held_because`` is what the
    database said of the input that keeps the row's partner on hold.
    """
    states = [RunStatus.APPROVED, RunStatus.CALCULATED] if actor.is_internal else [RunStatus.APPROVED]
    looked = RunScope.objects.filter(run=OuterRef("pk"), subscription=OuterRef(OuterRef("subscription")))
    later = Run.objects.filter(
        Q(computed_from__lte=F("period")) | Exists(looked),
        period=OuterRef("run__period"),
        number__gt=OuterRef("run__number"),
        status__in=states,
    )
    posted = (
        Entry.objects.filter(
            subscription=OuterRef("subscription"),
            earned_period=OuterRef("run__period"),
            partner=Coalesce(OuterRef("partner"), F("partner")),
            run__status=RunStatus.APPROVED,
        )
        .exclude(kind=Kind.OVERRIDE)
        .order_by()
        .values("partner")
        .annotate(total=Sum("amount"))
        .exclude(total=0)
    )
    rows = Unpaid.objects.visible_to(actor).filter(run__status__in=states)
    held = ParkedPartner.objects.filter(run=OuterRef("run"), partner=OuterRef("partner")).order_by("pk")
    return (
        rows.filter(~Exists(later), ~Exists(posted))
        .annotate(held_because=Subquery(held.values("reason")[:1]))
        .select_related("run", "partner", "subscription__account", "subscription__product")
    )


def leakage_of(actor: Actor, *, month: date, wanted: LeakageFilter) -> QuerySet[Unpaid]:
    """Return one month's rows, the largest MRR first in each currency."""
    rows = leakage(actor).filter(run__period=month)
    if wanted.reason:
        rows = rows.filter(reason=wanted.reason)
    if wanted.partner:
        rows = rows.filter(partner__code=wanted.partner)
    return rows.order_by("subscription__currency", "-mrr", "pk")


def leakage_sums(rows: QuerySet[Unpaid]) -> list[LeakageSum]:
    """Return the sums of these rows per currency and reason.

    A customer that two partners are credited on has two rows; its MRR stands in each, prorated to its credited days.
    """
    sums = (
        rows.order_by()
        .values("subscription__currency", "reason")
        .annotate(count=Count("pk"), sum_of_mrr=Sum("mrr"))
        .order_by("subscription__currency", "-sum_of_mrr", "reason")
    )
    return [LeakageSum(row["subscription__currency"], row["reason"], row["count"], row["sum_of_mrr"]) for row in sums]


def latest_month(actor: Actor) -> date | None:
    """Return the last month that has a report to ``actor``."""
    states = [RunStatus.APPROVED, RunStatus.CALCULATED] if actor.is_internal else [RunStatus.APPROVED]
    run = Run.objects.filter(status__in=states).order_by("-period", "-number").first()
    return run.period if run else None
