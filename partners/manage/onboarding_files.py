"""The files of onboarding steps, in the console: looked at, accepted or sent back, added on the partner's behalf."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners.models import OnboardingPaper, OnboardingStep
from partners.onboarding_files import take_files
from partners.services.onboarding_papers import DECIDERS, accept_papers, remove_paper, return_papers
from prm.doors import actor_of, console_page
from prm.downloads import file_download
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@require_POST
@console_page(roles=DECIDERS)
def act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Accept the files of a step, send them back, or add some."""
    rows = OnboardingStep.objects.visible_to(actor_of(request)).select_related("onboarding__partner")
    step = rows.filter(public_id=public_id).first()
    if step is None:
        raise Http404
    try:
        messages.success(request, _act(request, step))
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect("partners_manage:partner", code=step.onboarding.partner.code)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def file(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Give a file back, or on POST remove it."""
    rows = OnboardingPaper.objects.visible_to(actor_of(request)).select_related("step__onboarding__partner")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    if request.method != "POST":
        return file_download(found)
    code = found.step.onboarding.partner.code
    try:
        remove_paper(paper_id=found.pk, actor=actor_of(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("The file was removed."))
    return redirect("partners_manage:partner", code=code)


def _act(request: HttpRequest, step: OnboardingStep) -> str:
    """Do what the form asks for and return the sentence that says so."""
    actor, now, wanted = actor_of(request), timezone.now(), request.POST.get("act", "")
    if wanted == "accept":
        accept_papers(step_id=step.pk, seen=_seen(request), actor=actor, now=now)
        return _("The files are accepted, and the step is done.")
    if wanted == "return":
        reason = request.POST.get("reason", "")[:2000]
        return_papers(step_id=step.pk, seen=_seen(request), reason=reason, actor=actor, now=now)
        return _("The files were sent back. The partner's owners read why.")
    take_files(request, step, now=now)
    return _("The files were added. Accept them when you have looked at them.")


def _seen(request: HttpRequest) -> set[UUID]:
    """Return the files that the page showed; what is no id is none."""
    found = set()
    for text in request.POST.getlist("seen"):
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found
