"""A partner's deals as a list, on the page and as CSV."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.models import Family, RegistrationStatus
from deals.portal.board import MOST_CARDS, columns_of
from deals.portal.home import may_register
from deals.queries.deals import DealRow, deal_row, deals_of, room_of
from deals.queries.rules import program_with_rules
from prm import formats
from prm.doors import actor_of, portal_page, program_of
from prm.spreadsheets import safe_text
from prm.ui.states import state_of
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpRequest

    from prm.actors import Actor

COLUMNS = (
    "reference",
    "customer",
    "website",
    "family",
    "state",
    "stage",
    "expected_mrr",
    "currency",
    "submitted_at",
    "protected_until",
)


@portal_page
def deals(request: HttpRequest) -> HttpResponse:
    """List the partner's registrations with state, protection left and what is due."""
    actor, now, program = actor_of(request), timezone.now(), program_of(request)
    if request.GET.get("view") == "board":
        return _board(request)
    asked = _asked(request)
    page = Paginator(deals_of(actor, **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    families = list(Family.objects.values_list("code", "name"))
    rows = [deal_row(registration, now=now) for registration in page]
    room = room_of(partner_id=actor.partner_id or 0, now=now, program=program)
    values = {
        "page_obj": page,
        "rows": rows,
        "room": room,
        "state_sentence": _sentence(rows, room.used),
        "asked": asked,
        "is_filtered": bool(asked["family"] or asked["words"] or asked["state"] not in {"open", "all"}),
        "states": [("open", _("Open")), ("all", _("All")), *_state_words()],
        "families": [("", _("All")), *families],
        "may_register": may_register(request),
        "may_object": actor_of(request).registers_deals,
        "now": now,
    }
    return render(request, "deals/portal/list.html", values)


def _board(request: HttpRequest) -> HttpResponse:
    """Show the open deals by stage, each with what is left of its protection and what is next."""
    actor, now = actor_of(request), timezone.now()
    program, settings = program_with_rules(now=now)
    request.program = program  # type: ignore[attr-defined] # the page's own head finds it there
    room = room_of(partner_id=actor.partner_id or 0, now=now, program=program)
    values = {
        "columns": columns_of(actor, settings=settings, vendor=program.vendor_name, now=now),
        "most": MOST_CARDS,
        "room": room,
        "may_act": actor.registers_deals,
        "may_register": may_register(request),
        "now": now,
    }
    return render(request, "deals/portal/board.html", values)


@portal_page
def export(request: HttpRequest) -> HttpResponse:
    """Return the same list, as it is filtered and sorted, as CSV."""
    actor, now = actor_of(request), timezone.now()
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="deals.csv"'
    response.write("\ufeff")
    _write(response, actor, _asked(request), now)
    return response


def _write(response: HttpResponse, actor: Actor, asked: dict[str, str], now: datetime) -> None:
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for registration in deals_of(actor, **asked):
        row = deal_row(registration, now=now)
        amount = registration.expected_mrr
        writer.writerow(
            [
                registration.reference,
                safe_text(registration.customer_name),
                safe_text(registration.website),
                safe_text(registration.family.name),
                registration.status,
                safe_text(registration.stage),
                "" if amount is None else f"{amount.normalize():f}",
                registration.currency,
                registration.submitted_at.isoformat() if registration.submitted_at else "",
                row.until.isoformat() if row.until else "",
            ]
        )


def _asked(request: HttpRequest) -> dict[str, str]:
    given = request.GET
    return {
        "state": given.get("state", "open"),
        "family": given.get("family", ""),
        "sort": given.get("sort", "state"),
        "words": given.get("q", "").strip(),
    }


def _state_words() -> list[tuple[str, str]]:
    return [(code, str(state_of("registration", code).word)) for code in RegistrationStatus.values]


def _sentence(rows: Sequence[DealRow], used: int) -> str:
    """Return what is wrong or next, in one sentence."""
    questions = sum(row.code == "returned" for row in rows)
    ending = [row for row in rows if row.code == "ends_soon"]
    if questions:
        return ngettext(
            "%(count)d question waits for your answer.", "%(count)d questions wait for your answer.", questions
        ) % {"count": questions}
    if ending:
        first = min(ending, key=lambda row: row.days_left or 0)
        return _("%(customer)s loses protection on %(day)s.") % {
            "customer": first.registration.customer_name,
            "day": formats.day(first.until) if first.until else "",
        }
    return ngettext("%(count)d deal is open.", "%(count)d deals are open.", used) % {"count": used}
