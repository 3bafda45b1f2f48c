"""The console's way to end an onboarding that leads nowhere, and to open it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from partners.manage.forms import ClosingForm
from partners.models import Onboarding
from partners.services.onboarding_closing import close_onboarding, reopen_onboarding
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, status_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MANAGERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)


@require_http_methods(["GET", "POST"])
@console_page(roles=MANAGERS)
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for the reason, and close."""
    found = _found(request, code)
    form, status = ClosingForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                close_onboarding(
                    partner_id=found.partner_id, actor=actor_of(request), now=timezone.now(), **form.cleaned_data
                )
            except DomainError as refusal:
                form.add_error(refusal.field or None, str(refusal.sentence))
                status = status_of(refusal)
            else:
                messages.success(request, _("The onboarding of %(partner)s is closed.") % {"partner": found.partner})
                return redirect("partners_manage:partner", code=code)
    values = {"partner": found.partner, "form": form}
    return render(request, "partners/onboarding_close.html", values, status=status)


@require_POST
@console_page(roles=MANAGERS)
def reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Open it again."""
    found = _found(request, code)
    try:
        reopen_onboarding(partner_id=found.partner_id, actor=actor_of(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("The onboarding of %(partner)s goes on.") % {"partner": found.partner})
    return redirect("partners_manage:partner", code=code)


def _found(request: HttpRequest, code: str) -> Onboarding:
    rows = Onboarding.objects.visible_to(actor_of(request)).filter(partner__code=code, ended_on=None)
    found = rows.select_related("partner").first()
    if found is None:
        raise Http404
    return found
