"""What a reviewer of a run reads: totals, who it touches, what it warns of, its entries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum

from commissions.kinds import KIND_ORDER, Kind
from commissions.models import Entry, Run, RunStatus, RunWarning
from partners.models import Partner

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a run by kind and currency; a missing pair earned nothing."""

    currencies: tuple[str, ...]
    kinds: tuple[str, ...]
    by_kind: dict[tuple[str, str], Decimal]
    total: dict[str, Decimal]
    true_ups: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a run reaches."""

    entries: int
    true_ups: int
    partners: int
    customers: int
    statements: int


def runs_visible_to(actor: Actor) -> QuerySet[Run]:
    """Return all runs, newest first, to internal people; a partner reads statements, not runs."""
    return Run.objects.select_related("calculated_by", "decided_by") if actor.is_internal else Run.objects.none()


def totals_by_run(runs: Iterable[Run]) -> dict[int, list[tuple[str, Decimal]]]:
    """Return for each run its (currency, sum), sorted by currency."""
    sums = (
        Entry.objects.filter(run_id__in=[run.pk for run in runs])
        .values_list("run_id", "currency")
        .annotate(amount=Sum("amount"))
        .order_by("run_id", "currency")
    )
    found: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for run_id, currency, amount in sums:
        found[run_id].append((currency, amount))
    return found


def totals_of(run: Run) -> Totals:
    """Return the run's sums."""
    sums = list(
        Entry.objects.filter(run=run)
        .values_list("kind", "currency")
        .annotate(corrected=Sum("amount", filter=Q(is_true_up=True), default=Decimal(0)), posted=Sum("amount"))
        .order_by()
    )
    total: dict[str, Decimal] = defaultdict(Decimal)
    true_ups: dict[str, Decimal] = defaultdict(Decimal)
    for _kind, currency, corrected, amount in sums:
        total[currency] += amount
        true_ups[currency] += corrected
    return Totals(
        currencies=tuple(sorted(total)),
        kinds=tuple(sorted({kind for kind, *_rest in sums}, key=KIND_ORDER.__getitem__)),
        by_kind={(kind, currency): amount for kind, currency, _corrected, amount in sums},
        total=dict(total),
        true_ups=dict(true_ups),
    )


def sums_of(runs: Sequence[int]) -> dict[str, Decimal]:
    """Return what runs have posted together, by currency."""
    sums = Entry.objects.filter(run_id__in=runs).values_list("currency").annotate(amount=Sum("amount")).order_by()
    return dict(sums)


def reach_of(run: Run) -> Reach:
    """Return how many entries, partners, customers and statements the run has (or will have)."""
    entries = Entry.objects.filter(run=run)
    found = entries.aggregate(
        entries=Count("id"),
        true_ups=Count("id", filter=Q(is_true_up=True)),
        partners=Count("partner_id", distinct=True),
        customers=Count("subscription__account_id", distinct=True),
    )
    return Reach(**found, statements=entries.order_by().values("partner_id", "currency").distinct().count())


def warnings_of(run: Run) -> QuerySet[RunWarning]:
    """Return what the run warns of, by code, with partner and customer."""
    return run.warnings.select_related("partner", "subscription__account", "subscription__product").order_by(
        "code", "partner__name", "id"
    )


def held_amounts(run: Run, partners: Sequence[int]) -> dict[int, list[tuple[str, Decimal]]]:
    """Return what the run posts for some partners, by currency."""
    sums = (
        Entry.objects.filter(run=run, partner_id__in=partners)
        .values_list("partner_id", "currency")
        .annotate(amount=Sum("amount"))
        .order_by("partner_id", "currency")
    )
    found: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for partner_id, currency, amount in sums:
        found[partner_id].append((currency, amount))
    return found


def partner_sums(runs: Sequence[int], partners: Sequence[int]) -> dict[tuple[int, str], Decimal]:
    """Return what runs have posted for some partners, by partner and currency."""
    sums = (
        Entry.objects.filter(run_id__in=runs, partner_id__in=partners)
        .values_list("partner_id", "currency")
        .annotate(amount=Sum("amount"))
        .order_by()
    )
    return {(partner_id, currency): amount for partner_id, currency, amount in sums}


def names_of(partners: Sequence[int]) -> dict[int, Partner]:
    """Return partners by id."""
    return Partner.objects.in_bulk(partners)


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What a reviewer looks for among a run's entries; empty fields match anything."""

    partner: str = ""
    kind: str = ""
    currency: str = ""
    true_up: str = ""
    subscription: str = ""


def entries_of(run: Run, actor: Actor, wanted: EntryFilter) -> QuerySet[Entry]:
    """Return a run's entries that match, in the order of the export."""
    entries = Entry.objects.visible_to(actor).filter(run=run)
    if wanted.partner:
        entries = entries.filter(partner__code=wanted.partner)
    if wanted.kind in Kind.values:
        entries = entries.filter(kind=wanted.kind)
    if wanted.currency:
        entries = entries.filter(currency=wanted.currency)
    if wanted.true_up in {"yes", "no"}:
        entries = entries.filter(is_true_up=wanted.true_up == "yes")
    if wanted.subscription:
        entries = entries.filter(subscription__external_id=wanted.subscription)
    return entries.select_related("run", "partner", "subscription__account", "subscription__product").order_by(
        "earned_period", "partner__code", "subscription__external_id", "kind", "currency", "id"
    )


def partners_in(run: Run) -> QuerySet[Partner]:
    """Return the partners that a run touches, for its filter."""
    return Partner.objects.filter(pk__in=Entry.objects.filter(run=run).values("partner_id")).order_by("name")


def next_period() -> date | None:
    """Return the month after the last approved one, or None before the first."""
    last = Run.objects.filter(status=RunStatus.APPROVED).order_by("-period").values_list("period", flat=True).first()
    if last is None:
        return None
    return last.replace(year=last.year + last.month // 12, month=last.month % 12 + 1)
