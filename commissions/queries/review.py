"""What a reviewer of a run reads: totals, who it touches, what it warns of, its entries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from commissions.kinds import KIND_ORDER, Kind
from commissions.models import Entry, Run, RunStatus, RunWarning
from commissions.queries.approval import last_approved
from commissions.queries.leakage import leakage
from partners.models import Partner

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.db.models import QuerySet

    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a run by kind and currency, and how far it reaches; a missing pair earned nothing.

    ``statements`` is how many its approval issues: one per partner and currency. ``adjustments`` are those approved
    with it, by currency: how many, and what they come to. ``parked`` is how many inputs could not be computed.
    """

    currencies: tuple[str, ...]
    kinds: tuple[str, ...]
    by_kind: dict[tuple[str, str], Decimal]
    total: dict[str, Decimal]
    true_ups: dict[str, Decimal]
    entries: int
    corrections: int
    partners: int
    customers: int
    statements: int
    adjustments: tuple[tuple[str, int, Decimal], ...] = ()
    parked: int = 0


TOTALS = """
SELECT e.kind, e.currency, sum(e.amount), coalesce(sum(e.amount) FILTER (WHERE e.is_true_up), 0),
       count(*), count(*) FILTER (WHERE e.is_true_up), count(DISTINCT e.partner_id),
       count(DISTINCT s.account_id), count(DISTINCT (e.partner_id, e.currency))
FROM commissions_entry e
LEFT JOIN deals_subscription s ON s.id = e.subscription_id
WHERE e.run_id = %s
GROUP BY GROUPING SETS ((e.kind, e.currency), ())
UNION ALL
SELECT 'adjustment', a.currency, sum(a.amount), 0, count(*), 0, 0, 0, 0
FROM commissions_adjustment a WHERE a.run_id = %s GROUP BY a.currency
UNION ALL
SELECT 'parked', '', 0, 0, count(*), 0, 0, 0, 0 FROM commissions_parkedpartner p WHERE p.run_id = %s
ORDER BY 1, 2
"""


def runs_visible_to(actor: Actor) -> QuerySet[Run]:
    """Return all runs, newest first, to internal people; a partner reads statements, not runs."""
    return Run.objects.select_related("based_on", "calculation") if actor.is_internal else Run.objects.none()


def runs_to_review(actor: Actor) -> QuerySet[Run]:
    """Return the same with ``unpaid_count``, the rows of the leakage report of its month, and ``last_approved_id``."""
    rows = leakage(actor).filter(run__period=OuterRef("period")).order_by().values("run__period")
    return runs_visible_to(actor).annotate(
        unpaid_count=Coalesce(Subquery(rows.annotate(rows=Count("pk")).values("rows")), 0),
        last_approved_id=Subquery(last_approved().values("pk")[:1]),
    )


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
    """Return the run's sums and reach."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, [run.pk, run.pk, run.pk])
        rows = cursor.fetchall()
    sums = [row for row in rows if row[0] not in {None, "adjustment", "parked"}]
    reach = next((row[4:] for row in rows if row[0] is None), (0, 0, 0, 0, 0))
    total: dict[str, Decimal] = defaultdict(Decimal)
    true_ups: dict[str, Decimal] = defaultdict(Decimal)
    for row in sums:
        total[row[1]] += row[2]
        true_ups[row[1]] += row[3]
    return Totals(
        currencies=tuple(sorted(total)),
        kinds=tuple(sorted({row[0] for row in sums}, key=KIND_ORDER.__getitem__)),
        by_kind={(row[0], row[1]): row[2] for row in sums},
        total=dict(total),
        true_ups=dict(true_ups),
        entries=reach[0],
        corrections=reach[1],
        partners=reach[2],
        customers=reach[3],
        statements=reach[4],
        parked=sum(row[4] for row in rows if row[0] == "parked"),
        adjustments=tuple((row[1], row[4], row[2]) for row in rows if row[0] == "adjustment"),
    )


def warnings_of(run: Run) -> QuerySet[RunWarning]:
    """Return what the run warns of, by code, with partner and customer."""
    return run.warnings.select_related("partner", "subscription__account", "subscription__product").order_by(
        "code", "partner__name", "id"
    )


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


def run_currencies(run: Run) -> list[str]:
    """Return the currencies of a run, for its filter."""
    return sorted(Entry.objects.filter(run=run).order_by().values_list("currency", flat=True).distinct())
