"""Batches of payouts: the list, what the next one would do, preparing it, and one batch with all that became of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from commissions.manage.files import csv_file, plain
from commissions.manage.payouts import words
from commissions.manage.tabs import MONEY, tabs
from commissions.models import PaymentFile, PayoutBatch, PayoutStatus
from commissions.queries.payouts import (
    batch_totals,
    batches,
    carried_forward_of,
    contradictions_of,
    outlook,
    payouts_of,
    reasons_to_hold,
)
from commissions.services.payout_batches import prepare_payouts
from prm.calendar_days import program_today
from prm.doors import actor_of, console_page, today_of
from prm.errors import DomainError
from prm.ui.states import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from commissions.models import Payout
    from commissions.queries.payouts import Outlook

A_PAGE, MOST_SHOWN = 25, 100
SILENT_SECONDS = 60
"""After so long without a payout being taken the page says so."""

PREVIEW_HEADS = (
    "partner", "name", "currency", "payable", "withheld", "net", "method", "paid", "reasons",
)  # fmt: skip
BATCH_HEADS = (
    "payout", "partner", "name", "currency", "gross", "withheld", "net", "provider", "state", "submitted", "paid",
    "closed", "reference", "reason", "key",
)  # fmt: skip
AMOUNTS = frozenset({"payable", "withheld", "net", "gross"})


class CountedPages(Paginator):  # type: ignore[type-arg] # Django's is no generic where it runs
    """Pages of rows whose number is known already."""

    def __init__(self, rows: Any, count: int) -> None:
        super().__init__(rows, A_PAGE)
        self.known = count

    @property
    def count(self) -> int:
        """Return the number that was given."""
        return self.known


@require_GET
@console_page(roles=MONEY)
def board(request: HttpRequest) -> HttpResponse:
    """List the batches, each with how far it is."""
    page = Paginator(batches(actor_of(request)), A_PAGE).get_page(request.GET.get("page"))
    shown: list[Any] = list(page.object_list)
    open_count = sum(one.waiting_count + one.under_way_count for one in shown)
    values = {
        "tabs": tabs(request, "payouts"),
        "page": page,
        "open_count": open_count,
        "contradictions": contradictions_of(actor_of(request))[:MOST_SHOWN],
    }
    return render(request, "commissions/manage/payouts/board.html", values)


@require_http_methods(["GET", "POST"])
@console_page(roles=MONEY)
def prepare(request: HttpRequest) -> HttpResponse:
    """Show what a batch of a day would pay and carry forward, and prepare exactly that."""
    day = _day(request)
    rows = outlook(on=day)
    paid = [row for row in rows if row.is_paid]
    if request.method != "POST":
        return _preview(request, day, rows)
    if request.POST.get("seen") != words.fingerprint(paid):
        sentence = _("The balances are not the ones that you saw. Look at them again; nothing was prepared.")
        return _preview(request, day, rows, problem=sentence, status=409)
    try:
        batch = prepare_payouts(as_of=day, actor=actor_of(request), now=timezone.now())
    except DomainError as error:
        return _preview(request, day, rows, problem=str(error.sentence), status=422)
    if batch is None:
        return _preview(request, day, rows, problem=_("There is nothing to pay on this day."), status=422)
    messages.success(
        request, _("Batch %(number)s is prepared. Nothing is sent before it is submitted.") % {"number": batch}
    )
    return redirect("commissions_manage:payout_batch", number=batch.number)


def _day(request: HttpRequest) -> date:
    """Return the day that was asked for, or today."""
    text = (request.POST if request.method == "POST" else request.GET).get("as_of", "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today_of(request)


def _preview(
    request: HttpRequest, day: date, rows: list[Outlook], *, problem: str = "", status: int = 200
) -> HttpResponse:
    paid, carried = [row for row in rows if row.is_paid], [row for row in rows if not row.is_paid]
    totals = words.totals_of(paid)
    values = {
        "title": words.payouts_of_day(day),
        "day": day,
        "is_past": day < today_of(request),
        "paid": paid[:MOST_SHOWN],
        "more_paid": max(0, len(paid) - MOST_SHOWN),
        "carried": [(row, words.whys(row)) for row in carried[:MOST_SHOWN]],
        "carried_count": len(carried),
        "more_carried": max(0, len(carried) - MOST_SHOWN),
        "totals": totals,
        "state": words.outlook_sentence(totals, len(carried)),
        "seen": words.fingerprint(paid),
        "problem": problem,
    }
    return render(request, "commissions/manage/payouts/prepare.html", values, status=status)


@require_GET
@console_page(roles=MONEY)
def preview_csv(request: HttpRequest) -> HttpResponse:
    """Give what a batch of a day would do as a file: who is paid, who is not and why."""
    day = _day(request)
    return csv_file(
        f"payouts-preview-{day:%Y-%m-%d}.csv", PREVIEW_HEADS, _preview_lines(outlook(on=day)), amounts=AMOUNTS
    )


def _preview_lines(rows: list[Outlook]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield (
            row.partner_code,
            row.partner_name,
            row.currency,
            plain(row.payable, row.currency),
            plain(row.withheld if row.is_paid else None, row.currency),
            plain(row.net if row.is_paid else None, row.currency),
            row.method_kind,
            "yes" if row.is_paid else "no",
            ";".join(row.reasons),
        )


@require_GET
@console_page(roles=MONEY)
def batch(request: HttpRequest, number: int) -> HttpResponse:
    """Show one batch: totals by currency, every payout with its state, what was carried forward."""
    return show_batch(request, find_batch(request, number))


def find_batch(request: HttpRequest, number: int) -> PayoutBatch:
    """Return the batch with that number, or raise 404."""
    return get_object_or_404(batches(actor_of(request)), number=number)


def show_batch(request: HttpRequest, found: PayoutBatch, *, problem: str = "", status: int = 200) -> HttpResponse:
    """Render the page of a batch that ``find_batch`` found; ``problem`` says why something was not done."""
    actor = actor_of(request)
    wanted = request.GET.get("state", "")
    totals = batch_totals(found)
    rows = payouts_of(actor).filter(batch=found).order_by("number")
    if wanted in PayoutStatus.values:
        rows = rows.filter(status=wanted)
    known = sum(total.payouts for total in totals if wanted not in PayoutStatus.values or total.status == wanted)
    page = CountedPages(rows, known).get_page(request.GET.get("page"))
    carried_rows = carried_forward_of(actor).filter(batch=found)
    carried_count: int = found.carried_count  # type: ignore[attr-defined] # of ``batches``
    carried = CountedPages(carried_rows, carried_count).get_page(request.GET.get("carried"))
    values: dict[str, Any] = {
        "batch": found,
        "title": words.payouts_of_day(found.as_of),
        "page": page,
        "rows": _rows(request, found, list(page.object_list)),
        "totals": totals,
        "waiting": sum(total.payouts for total in totals if total.status == PayoutStatus.PREPARED),
        "carried_page": carried,
        "carried": [(row, words.whys_of_batch(row)) for row in carried.object_list],
        "files": list(PaymentFile.objects.visible_to(actor).filter(batch=found).order_by("pk")),
        "wanted": wanted,
        "states": [("", _("All")), *((code, state_of("payout", code).word) for code in PayoutStatus.values)],
        "sending": sending(found, request.GET.get("sent", "")),
        "problem": problem,
    }
    return render(request, "commissions/manage/payouts/batch.html", values, status=status)


def _rows(request: HttpRequest, found: PayoutBatch, rows: list[Payout]) -> list[tuple[Payout, str, list[words.Why]]]:
    """Return payouts with their state, and for those that wait why they would not be sent today."""
    prepared = [row for row in rows if row.status == PayoutStatus.PREPARED]
    holds = reasons_to_hold(prepared, on=found.pay_on(today_of(request)))
    return [(row, state_of_payout(row), words.whys_held(row, holds.get(row.pk, ()))) for row in rows]


def sending(found: PayoutBatch, sent: str) -> dict[str, Any] | None:
    """Return how a submission asked for at ``sent`` (seconds of the epoch) gets on; None once it is over.

    ``silent`` says that nothing was taken for a minute.
    """
    if not sent.isdecimal():
        return None
    untouched = found.payouts.filter(status=PayoutStatus.PREPARED, attempts=0).select_related("partner")
    holds = reasons_to_hold(list(untouched), on=found.pay_on(program_today(timezone.now())))
    # What is held back is not on its way: waiting for it would never end.
    if not (left := sum(not reasons for reasons in holds.values())):
        return None
    since = timezone.now().timestamp() - int(sent[:12])
    return {"batch": found, "left": left, "sent": sent, "silent": since > SILENT_SECONDS}


def state_of_payout(payout: Payout) -> str:
    """Return the code of a payout's chip: one that was sent and not answered is not merely prepared."""
    return "unanswered" if payout.status == PayoutStatus.PREPARED and payout.attempts else payout.status


@require_GET
@console_page(roles=MONEY)
def batch_csv(request: HttpRequest, number: int) -> HttpResponse:
    """Give the payouts of a batch as a file."""
    found = find_batch(request, number)
    rows = payouts_of(actor_of(request)).filter(batch=found).order_by("number").iterator(chunk_size=2000)
    return csv_file(f"payouts-{found}.csv", BATCH_HEADS, map(_batch_line, rows), amounts=AMOUNTS)


def _batch_line(row: Payout) -> tuple[str, ...]:
    return (
        str(row),
        row.partner.code,
        row.partner.name,
        row.currency,
        plain(row.gross, row.currency),
        plain(row.withheld, row.currency),
        plain(row.net, row.currency),
        row.provider,
        state_of_payout(row),
        *(at.isoformat(timespec="seconds") if at else "" for at in (row.submitted_at, row.paid_at, row.closed_at)),
        row.provider_reference,
        row.reason,
        row.idempotency_key.hex,
    )
