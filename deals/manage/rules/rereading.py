"""A past decision read again, under the rules of its day and under those of today."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from deals.manage.findings import told
from deals.manage.rules import words
from deals.policy import Outcome
from deals.policy.wording import HEADINGS
from deals.queries.decisions import case_of
from deals.queries.rereading import reread
from prm.doors import actor_of, console_page, program_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from deals.queries.rereading import Reread

MOMENTS = {"submission": gettext_lazy("At submission"), "decision": gettext_lazy("At the decision")}


@require_GET
@console_page
def rereading(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what each evaluation of a registration found, on which facts, under which version."""
    case = case_of(actor_of(request), public_id)
    if case is None:
        raise Http404
    found = reread(case, now=timezone.now(), program=program_of(request))
    values = {"case": case, "evaluations": [_shown(entry) for entry in found]}
    return render(request, "deals/manage/rules/rereading.html", values)


def _shown(entry: Reread) -> dict[str, object]:
    evaluation, partner = entry.evaluation, entry.facts.partner
    outcome = Outcome(evaluation.outcome)
    today = entry.today.outcome(auto_approve=partner.auto_approve, wait=evaluation.waits_by_choice)
    return {
        "evaluation": evaluation,
        "moment": MOMENTS.get(evaluation.moment, evaluation.moment),
        "version": entry.version,
        "outcome": words.OUTCOMES[outcome],
        "tone": words.OUTCOME_TONES[outcome],
        "findings": zip(told(entry.findings), entry.findings, strict=True),
        "agrees": entry.agrees,
        "today": words.OUTCOMES[today],
        "today_tone": words.OUTCOME_TONES[today],
        "today_findings": [(_(HEADINGS[f.code]), f.code, f.severity) for f in entry.today.findings],
        "same": today is outcome,
    }
