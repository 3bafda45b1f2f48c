"""Wins that a person decides: late ones, and slips that are undone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from deals.queries.awards import late_wins_for
from deals.queries.decisions import case_of
from deals.services.deciding_wins import accept_late_win, refuse_late_win, undo_win
from deals.services.decisions import DECIDERS
from prm.doors import actor_of, console_page, version_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@console_page
def late_wins(request: HttpRequest) -> HttpResponse:
    """Show the wins that were reported after the protection had ended."""
    return _page(request)


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
    actor = actor_of(request)
    rows = list(late_wins_for(actor)[:100])
    values = {
        "rows": rows,
        "summary": ngettext("%(count)d waits for a decision.", "%(count)d wait for a decision.", len(rows))
        % {"count": len(rows)},
        "may_decide": actor.has_role(*DECIDERS),
        "error": error,
        "typed_for": typed[0],
        "typed": typed[1],
        "now": timezone.now(),
    }
    return render(request, "deals/manage/late_wins.html", values, status=status)
