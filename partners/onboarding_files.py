"""What portal and console have in common about the files of a step: what is shown, and what a form may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.models import OnboardingPaper, OnboardingStep, PaperState, reads_papers
from partners.services.onboarding import may_move
from partners.services.onboarding_papers import TAKES_FILES, add_papers
from prm.doors import actor_of
from prm.errors import DomainError
from prm.files.forms import PapersField

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from prm.actors import Actor

TONES = {PaperState.WAITING: "clock", PaperState.ACCEPTED: "check", PaperState.RETURNED: "warning"}


class PapersForm(forms.Form):
    """Files for a step, and which one they replace."""

    papers = PapersField(label=_("Files"))
    replaces = forms.UUIDField(required=False)


def step_with_files(step: OnboardingStep, actor: Actor) -> dict[str, object]:
    """Return a step with its files for a page. Papers are fetched before; those who may not read them get none."""
    papers: list[OnboardingPaper] = list(step.papers.all()) if reads_papers(actor) else []
    goes_on = step.onboarding.closed_at is None and step.onboarding.partner.status in TAKES_FILES
    return {
        "step": step,
        "anchor": f"step-{step.pk}",
        "rows": [(paper, TONES[PaperState(paper.state)]) for paper in papers],
        "standing": [paper for paper in papers if paper.is_standing],
        "wanted": all(not paper.is_standing for paper in papers),
        "sends": step.done_on is None and goes_on and may_move(actor, step),
    }


def take_files(request: HttpRequest, step: OnboardingStep, *, now: datetime) -> list[OnboardingPaper]:
    """Keep what a form sent; raise ``DomainError`` with the form's own sentence where it does not hold."""
    form = PapersForm(request.POST, request.FILES)
    if not form.is_valid():
        raise DomainError("invalid", str(next(iter(form.errors.values()))[0]), field="papers")
    given = form.cleaned_data
    return add_papers(
        step_id=step.pk, uploads=given["papers"], replaces=given["replaces"], actor=actor_of(request), now=now
    )
