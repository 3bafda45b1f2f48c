"""The list of runs, the page of one, and how its calculation is getting on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect

from commissions.manage.months import month_choices, state_of_runs
from commissions.manage.review import may_approve, partner_rows, review
from commissions.manage.tabs import tabs
from commissions.manage.waiting import is_calculating, may_calculate, may_calculate_again, waiting_values
from commissions.models import RunStatus
from commissions.queries.changes import changes_of
from commissions.queries.review import runs_to_review, runs_visible_to, totals_by_run
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, program_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from commissions.models import Run
    from prm.actors import Actor

A_PAGE = 25


@require_GET
@console_page
def runs(request: HttpRequest) -> HttpResponse:
    """List the runs, and offer to calculate the next one."""
    actor = actor_of(request)
    page = Paginator(runs_visible_to(actor), A_PAGE).get_page(request.GET.get("page"))
    totals = {pk: dict(sums) for pk, sums in totals_by_run(page.object_list).items()}
    currencies = sorted({code for sums in totals.values() for code in sums})
    waiting = next((run for run in page.object_list if run.status == RunStatus.CALCULATED), None)
    choices = month_choices(today=timezone.localdate())
    values = {
        "tabs": tabs(request, "runs"),
        "page": page,
        "currencies": currencies,
        "rows": [(run, [(code, totals.get(run.pk, {}).get(code)) for code in currencies]) for run in page.object_list],
        "state": state_of_runs(page.object_list, choices),
        "choices": choices,
        "waiting": waiting,
        "may_calculate": _may_calculate_beside(waiting, request),
    }
    return render(request, "commissions/manage/runs.html", values)


def _may_calculate_beside(waiting: Run | None, request: HttpRequest) -> bool:
    """Whether the list offers to calculate: with a run waiting, as that run's own page does."""
    actor = actor_of(request)
    if waiting is None or not actor.has_role(InternalRole.FINANCE):
        return may_calculate(actor)
    four_eyes, run = program_of(request).four_eyes, runs_to_review(actor).get(pk=waiting.pk)
    return may_calculate_again(actor, approves=may_approve(run, actor, four_eyes=four_eyes), four_eyes=four_eyes)


@require_GET
@console_page
def run(request: HttpRequest, number: int) -> HttpResponse:
    """Show a run: what it posts, why it differs, what to look at, and the decision."""
    return show_run(request, number)


@require_GET
@console_page
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """Answer the page that waits: the same box, or the way to the finished run."""
    found = find_run(actor_of(request), number)
    if not is_calculating(found):
        return HttpResponseClientRedirect(reverse("commissions_manage:run", args=[number]))
    return render(request, "commissions/manage/_progress.html", waiting_values(found, actor_of(request)))


@require_GET
@console_page
def changes(request: HttpRequest, number: int) -> HttpResponse:
    """Show every partner's change against the month before."""
    found = find_run(actor_of(request), number)
    if found.status == RunStatus.DRAFT:
        raise Http404
    changed = changes_of(found)
    page = Paginator(changed.by_partner, A_PAGE).get_page(request.GET.get("page"))
    values = {"run": found, "before": changed.before, "page": page, "rows": partner_rows(list(page.object_list))}
    return render(request, "commissions/manage/changes.html", values)


def find_run(actor: Actor, number: int) -> Run:
    """Return the run with that number, or raise 404."""
    return get_object_or_404(runs_visible_to(actor), number=number)


def show_run(request: HttpRequest, number: int, *, problem: str = "", status: int = 200) -> HttpResponse:
    """Render the page of a run; ``problem`` says why a decision was not taken."""
    actor = actor_of(request)
    run = get_object_or_404(runs_to_review(actor), number=number)
    if is_calculating(run):
        values = {"run": run, "problem": problem, **waiting_values(run, actor)}
        return render(request, "commissions/manage/calculating.html", values, status=status)
    four_eyes = program_of(request).four_eyes
    reviewed = review(run, actor, currency=request.GET.get("currency", ""), four_eyes=four_eyes)
    values = reviewed | {
        "problem": problem,
        "may_recalculate": run.status == RunStatus.CALCULATED
        and may_calculate_again(actor, approves=reviewed["verdict"].may_approve, four_eyes=four_eyes),
    }
    return render(request, "commissions/manage/run.html", values, status=status)
