"""Disputes in the console: what is due first, its entries beside its thread, and one key for each answer."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from commissions.models import DisputeStatus
from commissions.queries.disputes import (
    Counts,
    DisputeFilter,
    counts,
    dispute_of,
    entries_behind,
    queue,
    thread_of,
    title_of,
)
from commissions.queries.explained import explained
from commissions.queries.export import plain_amount
from commissions.services.disputes import ANSWERERS, adjust_dispute, explain_dispute, reply
from partners.models import Partner
from prm import formats
from prm.currencies import CURRENCIES
from prm.doors import actor_of, console_page, status_of, version_of
from prm.downloads import CSV, download
from prm.errors import DomainError
from prm.spreadsheets import safe_text
from prm.ui.states import state_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from commissions.models import Dispute, Entry

LONGEST_QUEUE = 200
"""Rows on the page; the file has all, and the rest come up as these are answered."""

COLUMNS = (
    "number",
    "partner",
    "about",
    "statement",
    "currency",
    "amount",
    "state",
    "outcome",
    "opened_at",
    "due_at",
    "closed_at",
)
STATES = ("going_on", "late", *DisputeStatus.values, "all")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an answer was not taken, and what had been typed."""

    sentence: str = ""
    reason: str = ""
    amount: str = ""
    settles: bool = False
    status: int = 200


@require_GET
@console_page
def disputes(request: HttpRequest) -> HttpResponse:
    """List what waits; on wide screens the first one is open beside it."""
    return _page(request, "")


@require_GET
@console_page
def dispute(request: HttpRequest, number: str) -> HttpResponse:
    """Show one dispute: its thread, and how the amount in question came about."""
    return _page(request, number)


@require_GET
@console_page
def disputes_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered list as a file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    found = queue(actor_of(request), _filter(request.GET), now=timezone.now())
    writer.writerows(_row(one) for one in found.iterator(chunk_size=500))
    return download(text.getvalue(), kind=CSV, name="disputes.csv")


@require_POST
@console_page(roles=tuple(ANSWERERS))
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Answer by an adjustment or a reason, or ask the partner something; then go to the next in the queue."""
    found = _found_or_404(request, number)
    try:
        said = _answer(request, found)
    except DomainError as error:
        status = status_of(error)
        typed = request.POST
        trouble = Trouble(
            str(error.sentence), typed.get("reason", ""), typed.get("amount", ""), "settles" in typed, status
        )
        return _page(request, number, trouble)
    messages.success(request, said)
    following = queue(actor_of(request), DisputeFilter(), now=timezone.now()).filter(status=DisputeStatus.OPEN).first()
    if following is None:
        return redirect("commissions_manage:disputes")
    return redirect("commissions_manage:dispute", number=following.number)


def _answer(request: HttpRequest, found: Dispute) -> str:
    typed, actor, now, version = request.POST, actor_of(request), timezone.now(), version_of(request)
    act, reason, words = typed.get("act", ""), typed.get("reason", ""), {"number": found.number}
    if act == "explain":
        explain_dispute(dispute_id=found.pk, reason=reason, actor=actor, now=now, version=version)
        return _("%(number)s is answered with your reason.") % words
    if act == "ask":
        reply(dispute_id=found.pk, text=reason, actor=actor, now=now, version=version)
        return _("%(number)s waits for the partner; the clock stands still.") % words
    if act == "adjust":
        try:
            amount = formats.parse_number(typed.get("amount", ""))
        except formats.NumberError as error:
            raise DomainError("amount_unfit", str(error), field="amount") from error
        adjust_dispute(
            dispute_id=found.pk,
            amount=amount,
            reason=reason,
            settles="settles" in typed,
            actor=actor,
            now=now,
            version=version,
        )
        shown = formats.money(amount, found.currency)
        return _("%(number)s is answered with %(amount)s on the next statement.") % {**words, "amount": shown}
    raise DomainError("unknown_act", _("Choose one of the answers."))


def _filter(given: Mapping[str, str]) -> DisputeFilter:
    state, partner = given.get("state", "going_on"), given.get("partner", "")
    return DisputeFilter(state if state in STATES else "going_on", "" if "\x00" in partner else partner)


def _found_or_404(request: HttpRequest, number: str) -> Dispute:
    found = dispute_of(actor_of(request), number) if "\x00" not in number else None
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, number: str, trouble: Trouble | None = None) -> HttpResponse:
    actor, now, wanted = actor_of(request), timezone.now(), _filter(request.GET)
    listed = list(queue(actor, wanted, now=now)[:LONGEST_QUEUE])
    shown = _found_or_404(request, number) if number else next(iter(listed), None)
    counted = counts(actor, now=now)
    partners = Partner.objects.visible_to(actor).filter(disputes__isnull=False).distinct().order_by("name")
    trouble = trouble or Trouble()
    values = {
        "rows": [(one, title_of(one, one.subscription, internal=True)) for one in listed],
        "summary": _summary(counted),
        "wanted": wanted,
        "query": request.GET.urlencode(),
        "states": _state_words(),
        "partners": [("", _("All")), *((partner.code, partner.name) for partner in partners)],
        "has_item": bool(number),
        "trouble": trouble,
        "may_answer": actor.has_role(*ANSWERERS),
        "now": now,
        "case": shown,
    }
    if shown is not None:
        values |= {
            "about": title_of(shown, shown.subscription, internal=True),
            "thread": thread_of(shown),
            "entries": _entries(request, shown),
            "can_settle": shown.earned_period is not None and bool(shown.kind),
        }
    response = render(request, "commissions/manage/disputes.html", values, status=trouble.status)
    if request.method == "GET":
        # After an answer htmx follows the redirect itself: the address shall name what is shown.
        name = (
            reverse("commissions_manage:dispute", args=[number]) if number else reverse("commissions_manage:disputes")
        )
        response["HX-Push-Url"] = f"{name}?{query}" if (query := request.GET.urlencode()) else name
    return response


def _entries(request: HttpRequest, shown: Dispute) -> list[tuple[Entry, str, str]]:
    found = []
    for entry in entries_behind(
        actor_of(request),
        partner_id=shown.partner_id,
        currency=shown.currency,
        earned_period=shown.earned_period,
        subscription_id=shown.subscription_id,
        kind=shown.kind,
    ):
        explanation = explained(entry)
        found.append((entry, explanation.formula, " ".join(explanation.sentences)))
    return found


def _summary(counted: Counts) -> str:
    """Return ``7 wait, 1 late, 2 with their partners``."""
    if not counted.owed:
        parts = [_("Nothing waits for an answer")]
    else:
        parts = [ngettext("%(count)d waits", "%(count)d wait", counted.owed) % {"count": counted.owed}]
    if counted.late:
        parts.append(_("%(count)d late") % {"count": counted.late})
    if counted.with_partner:
        words = ngettext("%(count)d with its partner", "%(count)d with their partners", counted.with_partner)
        parts.append(words % {"count": counted.with_partner})
    return ", ".join(parts)


def _state_words() -> list[tuple[str, str]]:
    return [
        ("going_on", _("Open")),
        ("late", _("Late")),
        *((code, str(state_of("dispute", code).word)) for code in DisputeStatus.values),
        ("all", _("All")),
    ]


def _row(one: Dispute) -> tuple[str, ...]:
    return (
        one.number,
        one.partner.code,
        safe_text(title_of(one, one.subscription, internal=True)),
        one.statement.number if one.statement else "",
        one.currency,
        plain_amount(one.amount, CURRENCIES.get(one.currency, 2)),
        one.status,
        one.outcome,
        *(at.isoformat() if at else "" for at in (one.opened_at, one.due_at, one.closed_at)),
    )
