"""A partner's timeline in the console: by kind, in pages, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from partners.models import Partner
from partners.timelines import timeline_file, timeline_values
from prm.doors import actor_of, console_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_GET
@console_page
def activity(request: HttpRequest, code: str) -> HttpResponse:
    """Show what happened at a partner."""
    partner = _partner(request, code)
    values = timeline_values(request, partner_id=partner.pk)
    return render(request, "partners/activity_console.html", {**values, "partner": partner})


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
