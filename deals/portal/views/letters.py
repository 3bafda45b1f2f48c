"""The letter in which a customer names this partner: bringing it, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from deals.claims import LetterForm, letter_download
from deals.queries.deals import deal_of
from deals.queries.letters import letter_of, letters_for
from deals.services.letters import OPEN_TO_LETTERS, upload_letter
from prm.doors import actor_of, portal_page, status_of, version_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@portal_page(registers=True)
def letter(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the letters of a deal, or take one."""
    actor = actor_of(request)
    deal = deal_of(actor, public_id)
    if deal is None or deal.holder_id != actor.partner_id:
        raise Http404
    form = LetterForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                upload_letter(
                    registration_id=deal.pk,
                    upload=form.upload,
                    actor=actor,
                    now=timezone.now(),
                    version=version_of(request),
                )
            except DomainError as error:
                status = status_of(error)
                form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
            else:
                messages.success(request, _("The letter was sent. Your channel manager verifies who signed it."))
                return redirect("deals_portal:letter", public_id=public_id)
    letters = letters_for(actor).filter(registration=deal)
    values = {"deal": deal, "form": form, "letters": letters, "may_send": deal.status in OPEN_TO_LETTERS}
    return render(request, "deals/portal/letter.html", values, status=status)


@require_GET
@portal_page(registers=True)
def letter_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give back the letter that this partner brought."""
    found = letter_of(actor_of(request), public_id)
    if found is None:
        raise Http404
    return letter_download(found)
