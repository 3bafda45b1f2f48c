"""A partner's timeline in the console: by kind, in pages, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from partners.models import Partner
from partners.services.reviews import record_review
from partners.timelines import timeline_file, timeline_values
from prm.actors import InternalRole
from prm.doors import actor_of, console_page
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


MANAGERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)


@require_GET
@console_page
def activity(request: HttpRequest, code: str) -> HttpResponse:
    """Show what happened at a partner."""
    partner = _partner(request, code)
    values = timeline_values(request, partner_id=partner.pk)
    return render(
        request,
        "partners/activity_console.html",
        {**values, "partner": partner, "records": actor_of(request).has_role(*MANAGERS)},
    )


@require_POST
@console_page(roles=MANAGERS)
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Record that a business review was held."""
    partner = _partner(request, code)
    try:
        record_review(
            partner=partner,
            summary=request.POST.get("summary", ""),
            actor=actor_of(request),
            now=timezone.now(),
        )
        messages.success(request, _("The business review is recorded."))
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect("partners_manage:activity", code=code)


@require_GET
@console_page
def activity_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Download it with its filter, all pages."""
    partner = _partner(request, code)
    return timeline_file(request, partner_id=partner.pk, name=f"activity-{partner.code}.csv")


def _partner(request: HttpRequest, code: str) -> Partner:
    found = Partner.objects.visible_to(actor_of(request)).filter(code=code).first()
    if found is None:
        raise Http404
    return found
