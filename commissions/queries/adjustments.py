"""Adjustments as people look for them, and what is known of the key that one is about."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet, Sum

from commissions.models import Adjustment, Entry, RunStatus, StandingDifference

if TYPE_CHECKING:
    from datetime import date

    from prm.actors import Actor

STATES = {
    "waiting": Q(run__isnull=True, withdrawn_at__isnull=True),
    "in_run": Q(run__isnull=False) & ~Q(run__status=RunStatus.APPROVED),
    "approved": Q(run__status=RunStatus.APPROVED),
    "withdrawn": Q(withdrawn_at__isnull=False),
}
"""Where an adjustment stands: for the next run, in one that is undecided, on a statement, taken back."""


@dataclass(frozen=True, slots=True)
class AdjustmentFilter:
    """What somebody looks for; empty fields match anything. ``run`` is a run's number."""

    partner: str = ""
    currency: str = ""
    state: str = ""
    settles: str = ""
    run: str = ""


def adjustments_of(actor: Actor, wanted: AdjustmentFilter) -> QuerySet[Adjustment]:
    """Return the adjustments that match, the latest first, with everything that a list shows."""
    rows = Adjustment.objects.visible_to(actor)
    if wanted.partner:
        rows = rows.filter(partner__code=wanted.partner)
    if wanted.currency:
        rows = rows.filter(currency=wanted.currency)
    if wanted.state in STATES:
        rows = rows.filter(STATES[wanted.state])
    if wanted.settles in {"yes", "no"}:
        rows = rows.filter(settles=wanted.settles == "yes")
    if wanted.run.isdecimal():
        rows = rows.filter(run__number=int(wanted.run[:9]))
    joined = rows.select_related("partner", "subscription__account", "run", "created_by", "withdrawn_by")
    return joined.order_by("-pk")


def state_of_adjustment(adjustment: Adjustment) -> str:
    """Return the code in ``STATES`` of an adjustment read with its run."""
    if adjustment.withdrawn_at is not None:
        return "withdrawn"
    if adjustment.run is None:
        return "waiting"
    return "approved" if adjustment.run.status == RunStatus.APPROVED else "in_run"


@dataclass(frozen=True, slots=True)
class AdjustmentSum:
    """What adjustments come to in one currency."""

    currency: str
    count: int
    amount: Decimal


def sums_of(rows: QuerySet[Adjustment]) -> list[AdjustmentSum]:
    """Return the sums by currency; what is withdrawn counts as nothing."""
    found = (
        rows.filter(withdrawn_at__isnull=True)
        .order_by("currency")
        .values_list("currency")
        .annotate(count=Count("pk"), amount=Sum("amount"))
    )
    return [AdjustmentSum(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Key:
    """What an amount was earned with; ``subscription`` is None for an accelerator alone."""

    partner: int
    subscription: int | None
    kind: str
    currency: str
    earned_period: date


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a key: posted, waiting to be settled, and earned as the last run that looked at it said.

    ``earned`` is None where no run has posted anything and no difference is on the list.
    """

    posted: Decimal
    waiting: Decimal
    earned: Decimal | None

    @property
    def left(self) -> Decimal | None:
        """Return what would still be to settle."""
        return None if self.earned is None else self.earned - self.posted - self.waiting


def known_of(actor: Actor, key: Key) -> Known:
    """Return what is known of a key, among what ``actor`` may see. Three queries."""
    about = {
        "partner_id": key.partner, "subscription_id": key.subscription, "kind": key.kind, "currency": key.currency,
        "earned_period": key.earned_period,
    }  # fmt: skip
    entries = Entry.objects.visible_to(actor).filter(**about, run__status=RunStatus.APPROVED)
    posted = list(entries.order_by("run__number").values_list("amount", "entitlement"))
    approved = Q(run__status=RunStatus.APPROVED)
    settled = Adjustment.objects.visible_to(actor).filter(**about, settles=True, withdrawn_at__isnull=True)
    sums = settled.aggregate(done=Sum("amount", filter=approved), waiting=Sum("amount", filter=~approved))
    listed = StandingDifference.objects.visible_to(actor).filter(**about).values_list("entitlement", flat=True).first()
    earned = listed if listed is not None else posted[-1][1] if posted else None
    total = sum((amount for amount, _entitlement in posted), Decimal(0))
    return Known(total + (sums["done"] or Decimal(0)), sums["waiting"] or Decimal(0), earned)
