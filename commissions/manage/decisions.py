"""What people do to a run: have it calculated, approve it, reject it. Each form works twice without harm."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commissions.manage.runs import find_run, show_run
from commissions.models import RunStatus
from commissions.services.progress import note_progress
from commissions.services.runs import approve_run, ask_for_run, reject_run
from prm import formats
from prm.actors import InternalRole
from prm.celery import app
from prm.doors import actor_of, console_page
from prm.errors import DomainError, StaleError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from commissions.models import Run

MONTH = re.compile("[12][0-9]{3}-(0[1-9]|1[0-2])")


@require_POST
@console_page(roles=(InternalRole.CHANNEL_MANAGER, InternalRole.FINANCE))
def calculate(request: HttpRequest) -> HttpResponse:
    """Open the run of ``period`` (YYYY-MM) and have a worker calculate it."""
    try:
        period = _month(request.POST.get("period", ""))
        run = ask_for_run(period=period, actor=actor_of(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.sentence))
        return redirect("commissions_manage:runs")
    note_progress(number=run.number, state="queued", now=timezone.now())
    app.send_task(
        "commissions.calculate_run",
        kwargs={"number": run.number, "period": period.isoformat(), "user_id": actor_of(request).user_id},
    )
    return redirect("commissions_manage:run", number=run.number)


def _month(text: str) -> date:
    if not MONTH.fullmatch(text):
        raise DomainError("bad_month", _("Choose a month."), field="period")
    return date.fromisoformat(f"{text}-01")


@require_POST
@console_page(roles=(InternalRole.FINANCE,))
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """Approve the entries whose digest the form carries; a second press of the button finds it done."""
    actor = actor_of(request)
    run, digest = find_run(actor, number), request.POST.get("digest", "")
    if run.status == RunStatus.APPROVED and run.digest == digest and run.decided_by_id == actor.user_id:
        return redirect("commissions_manage:run", number=number)
    try:
        approved = approve_run(run=run, actor=actor, now=timezone.now(), expected_digest=digest)
    except StaleError as error:
        run = find_run(actor, number)
        return show_run(request, number, problem=_since(run, str(error.sentence)), status=409)
    except DomainError as error:
        return show_run(request, number, problem=str(error.sentence), status=422)
    messages.success(request, _("%(month)s is approved.") % {"month": formats.month(approved.period)})
    return redirect("commissions_manage:run", number=number)


@require_http_methods(["GET", "POST"])
@console_page(roles=(InternalRole.FINANCE,))
def reject(request: HttpRequest, number: int) -> HttpResponse:
    """Reject the run with a reason."""
    actor = actor_of(request)
    run = find_run(actor, number)
    reason = request.POST.get("reason", "")
    if request.method != "POST":
        return render(request, "commissions/manage/reject.html", {"run": run, "reason": "", "problem": ""})
    try:
        reject_run(run=run, actor=actor, now=timezone.now(), reason=reason)
    except StaleError as error:
        run = find_run(actor, number)
        return show_run(request, number, problem=_since(run, str(error.sentence)), status=409)
    except DomainError as error:
        values = {"run": run, "reason": reason, "problem": error.sentence}
        return render(request, "commissions/manage/reject.html", values, status=422)
    messages.success(request, _("The run is rejected. Nothing was posted."))
    return redirect("commissions_manage:run", number=number)


def _since(run: Run, sentence: str) -> str:
    """Add who decided in the meantime, and when."""
    if run.decided_at is None:
        return sentence
    done = {
        RunStatus.APPROVED: _("%(person)s approved it on %(at)s."),
        RunStatus.REJECTED: _("%(person)s rejected it on %(at)s."),
    }.get(RunStatus(run.status), "")
    return " ".join((sentence, done % {"person": run.decided_label, "at": formats.moment(run.decided_at)}))
