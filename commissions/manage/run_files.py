"""Parts of a run as files: sums, changes with their causes, warnings, partners on hold, open differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils import translation
from django.views.decorators.http import require_GET

from commissions.manage import words
from commissions.manage.files import csv_file, plain
from commissions.manage.review import parked_rows
from commissions.manage.runs import find_run
from commissions.models import RunStatus
from commissions.queries.changes import changes_of
from commissions.queries.review import warnings_of
from commissions.queries.totals import run_totals
from prm.doors import actor_of, console_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.http import HttpRequest, HttpResponse

    from commissions.models import Run

AMOUNTS = frozenset({"amount", "before", "posted", "change", "cause_amount", "entitlement", "entries"})


@require_GET
@console_page
def part_csv(request: HttpRequest, number: int, part: str) -> HttpResponse:
    """Give one part of a run as a file, in English as everywhere in the interchange files."""
    run = find_run(actor_of(request), number)
    if part not in PARTS or run.status == RunStatus.DRAFT:
        raise Http404
    heads, rows = PARTS[part]
    with translation.override("en"):
        return csv_file(f"run-{run.number}-{run.period:%Y-%m}-{part}.csv", heads, list(rows(run)), amounts=AMOUNTS)


def _totals(run: Run) -> Iterator[Sequence[str]]:
    for total in run_totals(run):
        yield total.currency, total.kind, plain(total.amount, total.currency), str(total.entries)


def _changes(run: Run) -> Iterator[Sequence[str]]:
    for change in changes_of(run).by_partner:
        start = (change.partner, change.currency)
        sums = [plain(amount, change.currency) for amount in (change.before, change.posted, change.amount)]
        for cause in change.causes:
            yield *start, *sums, words.cause_name(cause), plain(cause.amount, change.currency)
        if not change.causes:
            yield *start, *sums, "", ""


def _warnings(run: Run) -> Iterator[Sequence[str]]:
    for warning in warnings_of(run):
        yield (
            warning.code,
            warning.partner.code if warning.partner else "",
            warning.subscription.external_id if warning.subscription else "",
            str(words.warning_words(warning.code).text),
            str(warning.data.get("count", "")),
        )


def _parked(run: Run) -> Iterator[Sequence[str]]:
    for parked, reason in parked_rows(run):
        subscription = parked.subscription.external_id if parked.subscription else ""
        yield parked.partner.code, parked.partner.name, subscription, reason


def _differences(run: Run) -> Iterator[Sequence[str]]:
    items = run.open_items.select_related("partner", "subscription").order_by("partner__code", "earned_period", "id")
    for item in items:
        yield (
            item.partner.code,
            item.subscription.external_id if item.subscription else "",
            item.kind,
            item.currency,
            f"{item.earned_period:%Y-%m}",
            plain(item.entitlement, item.currency),
            plain(item.posted, item.currency),
            plain(item.entitlement - item.posted, item.currency),
        )


PARTS: dict[str, tuple[tuple[str, ...], Callable[[Run], Iterator[Sequence[str]]]]] = {
    "totals": (("currency", "kind", "amount", "entries"), _totals),
    "changes": (("partner", "currency", "before", "posted", "change", "cause", "cause_amount"), _changes),
    "warnings": (("code", "partner", "subscription", "text", "count"), _warnings),
    "parked": (("partner", "name", "subscription", "reason"), _parked),
    "differences": (
        ("partner", "subscription", "kind", "currency", "earned_period", "entitlement", "posted", "amount"),
        _differences,
    ),
}
