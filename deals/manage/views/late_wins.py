"""Wins that a person decides: late ones, and slips that are undone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from deals.manage.asking import listing_of
from deals.manage.console import beside
from deals.manage.sheets import sheet
from deals.manage.views.case import program_of
from deals.queries.awards import late_wins_for
from deals.queries.decisions import case_of
from deals.services.deciding_wins import accept_late_win, refuse_late_win, undo_win
from deals.services.decisions import DECIDERS
from prm.doors import actor_of, console_page, version_of
from prm.errors import DomainError
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from deals.models import LateWin

COLUMNS = (
    "registration",
    "customer",
    "partner",
    "family",
    "reported_by",
    "reported_at",
    "due_at",
    "decision",
    "decided_at",
    "reason",
)


@console_page
def late_wins(request: HttpRequest) -> HttpResponse:
    """Show the wins that were reported after the protection had ended."""
    return _page(request)


@console_page
def late_wins_csv(request: HttpRequest) -> HttpResponse:
    """Return the same list, as it is filtered and sorted, as CSV."""
    rows = (
        (
            late.registration.reference,
            late.registration.account.name if late.registration.account else late.registration.company,
            late.registration.holder.name,
            late.registration.family.name,
            late.reported_by,
            late.reported_at,
            late.due_at,
            late.decision,
            late.decided_at,
            late.reason,
        )
        for late in late_wins_for(actor_of(request), **listing_of(request.GET, state="waiting", sort="due"))
    )
    return sheet("late-wins.csv", COLUMNS, rows)


@require_POST
@console_page(roles=tuple(DECIDERS))
def decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let a late win of a registration count, or not."""
    actor, now, given = actor_of(request), timezone.now(), request.POST
    late = late_wins_for(actor).filter(registration__public_id=public_id).first()
    if late is None:
        raise Http404
    reason = given.get("text", "")
    try:
        if given.get("act") == "accept":
            accept_late_win(late_win_id=late.pk, actor=actor, now=now, reason=reason)
            messages.success(request, _("Won: %(partner)s is credited.") % {"partner": late.registration.holder})
        else:
            refuse_late_win(late_win_id=late.pk, actor=actor, now=now, reason=reason)
            messages.success(request, _("It counts for nobody; the partner reads your reason."))
    except DomainError as error:
        return _page(request, error=str(error.sentence), typed=(str(public_id), reason), status=422)
    return redirect("deals_manage:late_wins")


@console_page(roles=tuple(DECIDERS))
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask why, and undo a win."""
    case = case_of(actor_of(request), public_id)
    if case is None:
        raise Http404
    error, status = "", 200
    if request.method == "POST":
        try:
            undo_win(
                registration_id=case.pk,
                actor=actor_of(request),
                now=timezone.now(),
                version=version_of(request),
                reason=request.POST.get("text", ""),
            )
        except DomainError as refused:
            error, status = str(refused.sentence), 422
        else:
            messages.success(request, _("The win was undone."))
            return redirect("deals_manage:registration", public_id=public_id)
    values = {"case": case, "error": error, "typed": request.POST.get("text", "")}
    return render(request, "deals/manage/undo_win.html", values, status=status)


def _page(
    request: HttpRequest, *, error: str = "", typed: tuple[str, str] = ("", ""), status: int = 200
) -> HttpResponse:
    actor, now, asked = actor_of(request), timezone.now(), listing_of(request.GET, state="waiting", sort="due")
    _program, settings = program_of(request, now=now)
    page = Paginator(late_wins_for(actor, **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    count = page.paginator.count
    is_queue = asked["state"] not in {"decided", "all"}
    waits = ngettext("%(count)d waits for a decision.", "%(count)d wait for a decision.", count)
    listed = ngettext("%(count)d late win", "%(count)d late wins", count)
    values = {
        "page_obj": page,
        "rows": [(late, _told(late)) for late in page],
        "asked": asked,
        "states": [("waiting", _("Waiting")), ("decided", _("Decided")), ("all", _("All"))],
        "sorts": [("due", _("Due first")), ("customer", _("Customer")), ("partner", _("Partner"))],
        "is_filtered": bool(asked["words"]) or not is_queue,
        "summary": (waits if is_queue else listed) % {"count": count},
        "beside": beside(request, now=now, settings=settings),
        "may_decide": actor.has_role(*DECIDERS),
        "error": error,
        "typed_for": typed[0],
        "typed": typed[1],
        "now": now,
    }
    return render(request, "deals/manage/late_wins.html", values, status=status)


def _told(late: LateWin) -> dict[str, object] | None:
    """Return what a report without a subscription says was sold."""
    if late.sale is None:
        return None
    told = late.sale
    values = {"mrr": Decimal(told["mrr"]), "started_on": date.fromisoformat(told["started_on"])}
    return {"product": told["product"], "currency": told["currency"], **values}
