"""The files of a deal: added by its partner, given to those who may see it, as downloads and never as pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals.models import Attachment
from deals.portal.forms import FilesForm
from deals.queries.deals import deal_of
from deals.queries.papers import attachment_of
from deals.services.attachments import attach, remove_attachment
from prm.doors import actor_of, portal_page
from prm.downloads import file_download
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@require_POST
@portal_page(registers=True)
def add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Attach files to a deal."""
    deal = deal_of(actor_of(request), public_id)
    if deal is None:
        raise Http404
    form = FilesForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("deals_portal:deal", public_id=public_id)
    uploads = form.cleaned_data["papers"]
    try:
        attach(registration_id=deal.pk, uploads=uploads, actor=actor_of(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, _("The files were attached."))
    return redirect("deals_portal:deal", public_id=public_id)


@portal_page
def file(request: HttpRequest, public_id: UUID, file_id: UUID) -> HttpResponseBase:
    """Give a file back, or on POST remove it from a draft."""
    found = attachment_of(actor_of(request), public_id, file_id)
    if found is None:
        raise Http404
    if request.method == "POST":
        return _remove(request, found)
    return file_download(found)


def _remove(request: HttpRequest, attachment: Attachment) -> HttpResponse:
    try:
        remove_attachment(attachment=attachment, actor=actor_of(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.sentence))
    return redirect("deals_portal:edit", public_id=attachment.registration.public_id)
