"""The console's page of partner satisfaction: results over time, waves, and people who may be called."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from partners.kpis.survey_tables import lines_of_waves, table_of
from partners.manage.survey_forms import FollowUpForm, OpenSurveyForm
from partners.manage.survey_words import CUT_WORDS, chart_of, finding, state_sentence
from partners.models import PsatWave
from partners.policy.surveys import CUTS, ONBOARDING, OPEN_DAYS, PARTNER
from partners.queries.surveys import closed_waves, comments_of, follow_ups, preview_of_wave, waves_with_progress
from partners.services.surveys.answers import finish_follow_up
from partners.services.surveys.waves import close_wave, open_wave
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, status_of, today_of
from prm.downloads import CSV, download
from prm.errors import DomainError
from prm.metrics import metric_of
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from prm.metrics import Value

COLUMNS = (
    "wave", "opened_on", "closed_on", "cut", "group", "satisfied", "answers", "psat", "low", "high", "mean",
    "invited", "response_rate", "people", "shown",
)  # fmt: skip
ADMIN = (InternalRole.ADMIN,)
CALLERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
PAGE_SIZE = 25
RECENT = 12
"""Waves and follow-ups that the page lists."""


@require_GET
@console_page
def results(request: HttpRequest) -> HttpResponse:
    """Show what partners' people think, over time and by one cut; never fewer than five together."""
    actor, today = actor_of(request), today_of(request)
    cut = request.GET.get("cut", "")
    cut = cut if cut in {*CUTS, PARTNER} else CUTS[0]
    series = ONBOARDING if request.GET.get("series") == ONBOARDING else ""
    table = table_of(on=today, series=series, cut=cut)
    page = Paginator(table.groups, PAGE_SIZE).get_page(request.GET.get("page"))
    chosen = next((group for group in table.groups if group.code == request.GET.get("group")), None)
    values = {
        "table": table,
        "chosen": chosen,
        "cut": cut,
        "series": series,
        "cuts": list(CUT_WORDS.items()),
        "serieses": [("", _("Half-yearly")), (ONBOARDING, _("30 days after activation"))],
        "state": state_sentence(table.total),
        "chart": chart_of(table, chosen),
        "finding": finding(table),
        "metric": metric_of("psat_onboarding" if series else "psat"),
        "waves": list(waves_with_progress(on=today)[:RECENT]),
        "page": page,
        "comments": comments_of(table.results[-1]) if table.results else [],
        "follow_ups": list(follow_ups(actor).filter(done_at__isnull=True)[:RECENT]),
        "done": list(follow_ups(actor).filter(done_at__isnull=False)[:RECENT]),
        "may_open": actor.has_role(*ADMIN),
    }
    return render(request, "partners/satisfaction.html", values)


@require_GET
@console_page
def results_csv(request: HttpRequest) -> HttpResponse:
    """Download every figure of every closed wave that may be shown; hidden ones say so."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    waves = [wave for series in ("", ONBOARDING) for wave in closed_waves(on=today_of(request), series=series)]
    found = lines_of_waves(waves)
    for wave in waves:
        for cut, code, value in found[wave.pk]:
            head = (wave.code, wave.opened_on, wave.closes_on or "", cut, safe_text(code))
            writer.writerow((*head, *_cells(value)))
    return download(text.getvalue(), kind=CSV, name="satisfaction.csv")


def _cells(value: Value) -> tuple[object, ...]:
    if value.value is None:
        return ("",) * 9 + ("false",)
    mean, response = value.part("mean").value, value.part("response_rate").value
    invited, people = value.part("invited").n, value.part("people").n
    share, low, high, mean_text, rate = (
        f"{number or 0:.6f}" for number in (value.value, value.low, value.high, mean, response)
    )
    return (f"{value.numerator}", value.n, share, low, high, mean_text, invited, rate, people, "true")


@require_http_methods(["GET", "POST"])
@console_page(roles=ADMIN)
def open_survey(request: HttpRequest) -> HttpResponse:
    """Say whom a survey would ask, and open it."""
    today = today_of(request)
    begins = {"code": f"{today:%Y}-h{1 if today.month <= 6 else 2}", "closes_on": today + timedelta(days=OPEN_DAYS)}  # noqa: PLR2004 - half a year
    form = OpenSurveyForm(request.POST or None, initial=begins)

    def act() -> str:
        opened = open_wave(**form.cleaned_data, actor=actor_of(request), now=timezone.now())
        return _("The survey is open; %(count)s invitations go out by mail.") % {"count": opened.invited}

    values = {"form": form, "preview": preview_of_wave(on=today)}
    return _asked(request, form, act, "partners/survey_open.html", values)


@require_http_methods(["GET", "POST"])
@console_page(roles=ADMIN)
def close_survey(request: HttpRequest, wave: str) -> HttpResponse:
    """Ask whether an open survey shall close today, and close it."""
    found = get_object_or_404(PsatWave, code=wave, opened_at__isnull=False)
    error, status = "", 200
    if request.method == "POST":
        try:
            close_wave(code=wave, actor=actor_of(request), now=timezone.now())
        except DomainError as refused:
            error, status = str(refused.sentence), status_of(refused)
        else:
            messages.success(request, _("The survey is closed. Its figures are shown now."))
            return redirect("partners_manage:satisfaction")
    values = {"wave": found, "error": error, "is_open": not found.is_closed(today_of(request))}
    return render(request, "partners/survey_close.html", values, status=status)


@require_http_methods(["GET", "POST"])
@console_page(roles=CALLERS)
def follow_up(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show who may be called and why, and write what came of it."""
    actor = actor_of(request)
    found = follow_ups(actor).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    form = FollowUpForm(request.POST or None)

    def act() -> str:
        finish_follow_up(public_id=public_id, note=form.cleaned_data["note"], actor=actor, now=timezone.now())
        return _("Written down.")

    return _asked(request, form, act, "partners/survey_follow_up.html", {"form": form, "it": found})


def _asked(
    request: HttpRequest,
    form: OpenSurveyForm | FollowUpForm,
    act: Callable[[], str],
    template: str,
    values: dict[str, object],
) -> HttpResponse:
    """Do what a valid form asks for and go back to the results, else show the form with what is wrong."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                messages.success(request, act())
            except DomainError as refused:
                status = status_of(refused)
                form.add_error(refused.field if refused.field in form.fields else None, str(refused.sentence))
            else:
                return redirect("partners_manage:satisfaction")
    return render(request, template, values, status=status)
