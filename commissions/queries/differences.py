"""Differences outside the correction window as people decide about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, DecimalField, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from commissions.models import Adjustment, Decision, StandingDifference

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor

MONEY: DecimalField[Decimal, Decimal] = DecimalField(max_digits=20, decimal_places=4)


def standing_differences(actor: Actor, *, undecided_only: bool = True) -> QuerySet[StandingDifference]:
    """Return the differences that ``actor`` may see, the oldest month first.

    Each row has ``amount``: what is earned less what is posted, and less adjustments that wait and settle its key.
    """
    rows = StandingDifference.objects.visible_to(actor)
    if undecided_only:
        rows = rows.undecided()
    return _with_amount(rows).select_related(
        "partner", "subscription__account", "subscription__product", "first_seen_run", "seen_run", "adjustment__run"
    )


def unposted_settlement(difference: StandingDifference) -> Decimal:
    """Return what is still to be settled of a difference; the ``amount`` of :func:`standing_differences`."""
    return _with_amount(StandingDifference.objects.filter(pk=difference.pk)).get().amount


def _with_amount(rows: QuerySet[StandingDifference]) -> QuerySet[StandingDifference]:
    """Add ``amount``. Only kinds of a subscription can lie outside the window, so every key here has one."""
    waiting = (
        Adjustment.objects.pending()
        .filter(
            settles=True,
            partner=OuterRef("partner"),
            subscription=OuterRef("subscription"),
            kind=OuterRef("kind"),
            currency=OuterRef("currency"),
            earned_period=OuterRef("earned_period"),
        )
        .order_by()
        .values("partner")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    settled = Coalesce(Subquery(waiting, output_field=MONEY), Decimal(0), output_field=MONEY)
    amount = F("entitlement") - F("posted") - settled
    return rows.annotate(amount=amount)  # type: ignore[no-redef] # the model names it for readers


@dataclass(frozen=True, slots=True)
class DifferenceFilter:
    """What somebody looks for; empty fields match anything, an empty ``decision`` those that wait (``all``: all)."""

    partner: str = ""
    kind: str = ""
    currency: str = ""
    decision: str = ""


def differences_matching(actor: Actor, wanted: DifferenceFilter) -> QuerySet[StandingDifference]:
    """Return the differences that match, as :func:`standing_differences` gives them."""
    rows = standing_differences(actor, undecided_only=not wanted.decision)
    if wanted.decision in Decision.values:
        rows = rows.filter(decision=wanted.decision)
    if wanted.partner:
        rows = rows.filter(partner__code=wanted.partner)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.currency:
        rows = rows.filter(currency=wanted.currency)
    return rows


def sums_waiting(actor: Actor, wanted: DifferenceFilter) -> tuple[int, list[tuple[str, Decimal]]]:
    """Return how many differences that match wait for a decision, and what they come to by currency. One query."""
    rows = differences_matching(actor, replace(wanted, decision="")).order_by("currency").select_related(None)
    sums = list(rows.values_list("currency").annotate(count=Count("pk"), total=Sum("amount")))
    return sum(count for _code, count, _total in sums), [(code, total) for code, _count, total in sums]
