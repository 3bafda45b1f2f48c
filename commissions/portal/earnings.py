"""Earnings: twelve months by kind, one month by customer, one customer by entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from commissions.kinds import KIND_ORDER, Kind
from commissions.portal import months, words
from commissions.portal.disputes import ask_about, ask_query
from commissions.portal.files import entries_file
from commissions.portal.parts import sums_by_currency
from commissions.queries import earnings as queries
from commissions.queries.explained import explained
from commissions.queries.statements import balances_and_month
from prm.doors import actor_of, portal_page, today_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from commissions.models import Entry, Statement
    from commissions.queries.earnings import CustomerRow, KeyHistory, KindSum
    from commissions.queries.zeros import ZeroReason
    from prm.actors import Actor

ROWS_A_PAGE = 50


@dataclass(frozen=True)
class Choice:
    """Which month and currency the page shows, out of what there is."""

    sums: list[KindSum]
    pending: list[KindSum]
    currency: str
    currencies: list[str]
    month: date
    last: date

    @property
    def query(self) -> str:
        """The address of this choice."""
        return query_of(self.month, self.currency)

    @property
    def is_pending(self) -> bool:
        """Whether the month waits for approval and nothing of it has been posted."""
        posted = {one.month for one in self.sums if one.currency == self.currency}
        return self.month not in posted and any(one.month == self.month for one in self.pending)


@dataclass(frozen=True)
class Line:
    """A row of the month as the page prints it; ``details`` are there when it is open."""

    row: CustomerRow
    kinds: str
    href: str
    is_open: bool = False
    why: str = ""
    ask: str = ""
    details: list[Detail] = field(default_factory=list)

    @property
    def share(self) -> Decimal | None:
        """The share as a fraction."""
        return None if self.row.share is None else self.row.share / 100


@dataclass(frozen=True)
class Detail:
    """An entry with its explanation and what its key was posted before."""

    entry: Entry
    formula: str
    text: str
    earlier: tuple[Entry, ...]
    ask: str

    @property
    def is_of_another_month(self) -> bool:
        """Whether it was earned in another month than the one that posted it."""
        return self.entry.earned_period != self.entry.run.period


def query_of(month: date, currency: str) -> str:
    """Return the query string of a month in a currency."""
    return urlencode({"month": f"{month:%Y-%m}", "currency": currency})


@require_GET
@portal_page(money=True)
def earnings(request: HttpRequest) -> HttpResponse:
    """Show the months and the chosen one's customers."""
    return _page(request, "")


@require_GET
@portal_page(money=True)
def earnings_row(request: HttpRequest, key: str) -> HttpResponse:
    """Show the same with one row open; to htmx that row alone."""
    if request.htmx and not request.htmx.history_restore_request:  # type: ignore[attr-defined]
        return _fragment(request, key)
    return _page(request, key)


@require_GET
@portal_page(money=True)
def earnings_csv(request: HttpRequest) -> HttpResponse:
    """Give the month's entries as a file."""
    actor = actor_of(request)
    choice = _choose(actor, request)
    entries = queries.month_entries(actor, month=choice.month, currency=choice.currency)
    return entries_file(entries, name=f"earnings-{choice.month:%Y-%m}-{choice.currency}.csv")


def _choose(actor: Actor, request: HttpRequest) -> Choice:
    """Return what the address asks for, or the last approved month in the currency that the partner earns most in."""
    sums, pending = queries.earned_and_pending(actor)
    currencies = sorted({one.currency for one in (*sums, *pending)})
    counts = {code: sum(1 for one in (*sums, *pending) if one.currency == code) for code in currencies}
    wanted = request.GET.get("currency", "")
    currency = wanted if wanted in currencies else max(currencies, key=lambda code: counts[code], default="")
    of_currency = [one.month for one in sums if one.currency == currency]
    waiting = [one.month for one in pending if one.currency == currency]
    today = timezone.localdate().replace(day=1)
    latest = max([*of_currency, *waiting], default=today)
    month = _asked_month(request) or max(of_currency, default=latest)
    return Choice(
        sums=sums,
        pending=pending,
        currency=currency,
        currencies=currencies,
        month=month,
        last=latest if months.shift(latest, 1 - months.MONTHS) <= month <= latest else month,
    )


def _asked_month(request: HttpRequest) -> date | None:
    text = request.GET.get("month", "")
    if not text:
        return None
    if not months.MONTH.fullmatch(text):
        raise Http404
    return date.fromisoformat(f"{text}-01")


def _page(request: HttpRequest, open_key: str) -> HttpResponse:
    actor = actor_of(request)
    choice = _choose(actor, request)
    rows = queries.month_rows(actor, month=choice.month, currency=choice.currency)
    number = _page_of(rows, open_key) if open_key else request.GET.get("page", "1")
    page = Paginator(rows, ROWS_A_PAGE).get_page(number)
    owed, of_month = balances_and_month(actor, month=choice.month, currency=choice.currency)
    parts = _month_parts(choice)
    posted = parts if choice.is_pending else [(row.key, row.amount) for row in rows]
    values = {
        "choice": choice,
        "state": words.state_sentence(owed, choice.pending),
        "figure": _figure(choice),
        "total": sum((amount for _name, amount in posted), Decimal(0)),
        "note": words.row_note(rows),
        "page": page,
        "lines": [_line(actor, row, choice, is_open=row.key == open_key) for row in page.object_list],
        "balances": owed,
        "pending": sums_by_currency(choice.pending),
        "this_month": today_of(request).replace(day=1),
        "month_parts": parts,
        "statement": _statement_of_month(of_month),
        "clawbacks": _clawbacks(actor, choice),
        "previous": query_of(months.shift(choice.month, -1), choice.currency),
        "next": query_of(months.shift(choice.month, 1), choice.currency) if choice.month < choice.last else "",
        "months_away": (months.shift(choice.month, -1), months.shift(choice.month, 1)),
    }
    response = render(request, "commissions/portal/earnings.html", values)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _page_of(rows: Sequence[CustomerRow], key: str) -> int:
    position = next((i for i, row in enumerate(rows) if row.key == key), None)
    if position is None:
        raise Http404
    return position // ROWS_A_PAGE + 1


def _fragment(request: HttpRequest, key: str) -> HttpResponse:
    actor = actor_of(request)
    choice = _choose(actor, request)
    row = queries.row_of(queries.month_rows(actor, month=choice.month, currency=choice.currency), key)
    if row is None:
        raise Http404
    line = _line(actor, row, choice, is_open=True)
    response = render(request, "commissions/portal/_row.html", {"line": line, "choice": choice})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _line(actor: Actor, row: CustomerRow, choice: Choice, *, is_open: bool) -> Line:
    entries = (
        queries.row_entries(actor, row, month=choice.month, currency=choice.currency)
        if is_open and row.zero is None
        else []
    )
    return Line(
        row=row,
        kinds=words.kinds_in_words(row.kinds),
        href=f"{reverse('commissions_portal:earnings_row', args=[row.key])}?{choice.query}#row-{row.key}",
        is_open=is_open,
        why=words.zero_sentence(row.zero) if row.zero else "",
        ask=_ask_why(row.zero, choice) if row.zero else "",
        details=[_detail(history) for history in entries],
    )


def _ask_why(zero: ZeroReason, choice: Choice) -> str:
    query = ask_query(month=choice.month, subscription=zero.public_id)
    return f"{reverse('commissions_portal:ask')}?{query}"


def _detail(history: KeyHistory) -> Detail:
    explanation = explained(history.entry)
    return Detail(
        history.entry, explanation.formula, " ".join(explanation.sentences), history.earlier, ask_about(history.entry)
    )


def _figure(choice: Choice) -> months.MonthsChart | None:
    if not choice.currency:
        return None
    of_currency = [one for one in choice.sums if one.currency == choice.currency]
    waiting = [one for one in choice.pending if one.currency == choice.currency]
    return months.draw(
        months.twelve_months(of_currency, waiting, last=choice.last),
        currency=choice.currency,
        selected=choice.month,
        href=lambda month: f"?{query_of(month, choice.currency)}",
    )


def _month_parts(choice: Choice) -> list[tuple[str, Decimal]]:
    """Return the month's sums by kind, pending ones when nothing is posted yet."""
    source = choice.pending if choice.is_pending else choice.sums
    found = [one for one in source if one.month == choice.month and one.currency == choice.currency]
    return [(str(Kind(one.kind).label), one.amount) for one in sorted(found, key=lambda one: KIND_ORDER[one.kind])]


def _statement_of_month(found: Sequence[Statement]) -> dict[str, Any] | None:
    """Return opening and closing of a month's statements, oldest first."""
    if not found:
        return None
    return {
        "all": found,
        "opening": found[0].opening,
        "closing": found[-1].closing,
        "true_ups": sum((one.true_up for one in found), Decimal(0)),
        "adjustments": sum((one.adjustments for one in found), Decimal(0)),
        "paid": sum((one.paid for one in found), Decimal(0)),
    }


def _clawbacks(actor: Actor, choice: Choice) -> list[str]:
    if not any(one.taken_back for one in choice.sums if one.currency == choice.currency):
        return []  # nothing was ever taken back, which the sums know already
    found = queries.clawbacks_of(actor, month=choice.month, currency=choice.currency)
    return [words.clawback_sentence(entry) for entry in found]
