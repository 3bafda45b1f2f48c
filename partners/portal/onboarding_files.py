"""The files of onboarding steps, in the portal: sent and removed by owners, given back as downloads."""

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
from partners.services.onboarding_papers import remove_paper
from prm.doors import actor_of, denied, portal_page
from prm.downloads import file_download
from prm.errors import DomainError, NotAllowedError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@require_POST
@portal_page
def add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send files in for a step."""
    step = OnboardingStep.objects.visible_to(actor_of(request)).filter(public_id=public_id).first()
    if step is None:
        raise Http404
    try:
        take_files(request, step, now=timezone.now())
    except NotAllowedError as refusal:
        return denied(request, str(refusal.sentence))
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("The files were sent. We look at them and tell you."))
    return redirect("partners_portal:onboarding")


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def file(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Give a file back, or on POST remove it."""
    found = OnboardingPaper.objects.visible_to(actor_of(request)).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    if request.method != "POST":
        return file_download(found)
    try:
        remove_paper(paper_id=found.pk, actor=actor_of(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("The file was removed."))
    return redirect("partners_portal:onboarding")
