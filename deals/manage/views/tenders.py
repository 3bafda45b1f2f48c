"""Tenders: those that run, their bidders, and closing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.manage.asking import listing_of
from deals.manage.console import beside
from deals.manage.sheets import sheet
from deals.manage.views.case import program_of
from deals.models import RegistrationStatus
from deals.queries.tenders import bidders_of, tender_of, tenders_for
from deals.services.decisions import DECIDERS
from deals.services.tenders import close_tender
from prm.doors import actor_of, console_page, denied
from prm.errors import DomainError
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from deals.models import Registration, Tender

CAN_WIN = (RegistrationStatus.APPROVED, RegistrationStatus.WON)


COLUMNS = ("customer", "family", "reason", "opened_at", "opened_by", "bidders", "closed_at", "winner", "outcome")


@console_page
def tenders(request: HttpRequest) -> HttpResponse:
    """List tenders, the running ones on top."""
    now, asked = timezone.now(), listing_of(request.GET, state="all")
    _program, settings = program_of(request, now=now)
    page = Paginator(tenders_for(actor_of(request), **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    values = {
        "page_obj": page,
        "asked": asked,
        "states": [("all", _("All")), ("open", _("Open")), ("closed", _("Closed"))],
        "is_filtered": bool(asked["words"]) or asked["state"] in {"open", "closed"},
        "beside": beside(request, now=now, settings=settings),
    }
    return render(request, "deals/manage/tenders.html", values)


@console_page
def tenders_csv(request: HttpRequest) -> HttpResponse:
    """Return the same list, as it is filtered and sorted, as CSV."""
    rows = (
        (
            found.account.name,
            found.family.name,
            found.reason,
            found.opened_at,
            found.opened_by or "",
            found.bidders,
            found.closed_at,
            found.winner.holder.name if found.winner else "",
            found.outcome,
        )
        for found in tenders_for(actor_of(request), **listing_of(request.GET, state="all"))
    )
    return sheet("tenders.csv", COLUMNS, rows)


@console_page
def tender(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one tender, or close it."""
    actor = actor_of(request)
    found = tender_of(actor, public_id)
    if found is None:
        raise Http404
    bidders = list(bidders_of(found))
    may_close = actor.has_role(*DECIDERS) and found.closed_at is None
    values: dict[str, object] = {"tender": found, "bidders": bidders, "may_close": may_close, "error": ""}
    if request.method == "POST":
        if not actor.has_role(*DECIDERS):
            return denied(request, _("Your roles do not include this. An administrator can add one."))
        try:
            _close(request, found, bidders)
        except DomainError as error:
            return render(request, "deals/manage/tender.html", {**values, "error": str(error.sentence)}, status=422)
        messages.success(request, _("The tender is closed."))
        return redirect("deals_manage:tender", public_id=public_id)
    return render(request, "deals/manage/tender.html", values)


def _close(request: HttpRequest, found: Tender, bidders: list[Registration]) -> None:
    chosen = request.POST.get("winner", "")
    winner = next((b.pk for b in bidders if str(b.public_id) == chosen and b.status in CAN_WIN), None)
    if chosen and winner is None:
        raise DomainError("not_a_bidder", _("That registration is no bidder of this tender."), field="winner")
    close_tender(
        tender_id=found.pk,
        winner_id=winner,
        reason=request.POST.get("text", ""),
        actor=actor_of(request),
        now=timezone.now(),
    )
