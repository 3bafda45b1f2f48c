"""A partner's timeline in the portal: by kind, in pages, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_GET

from partners.timelines import timeline_file, timeline_values
from prm.doors import actor_of, portal_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_GET
@portal_page
def activity(request: HttpRequest) -> HttpResponse:
    """Show what happened at the company."""
    values = timeline_values(request, partner_id=actor_of(request).partner_id or 0)
    return render(request, "partners/activity_portal.html", values)


@require_GET
@portal_page
def activity_csv(request: HttpRequest) -> HttpResponse:
    """Download it with its filter, all pages."""
    return timeline_file(request, partner_id=actor_of(request).partner_id or 0, name="activity.csv")
