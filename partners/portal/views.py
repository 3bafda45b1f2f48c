"""Home and account of a partner's person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from partners.middleware import CHOSEN_SEAT
from prm.doors import portal_page, seat_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@portal_page
def home(request: HttpRequest) -> HttpResponse:
    """Show what needs the person, what changed, and money."""
    return render(request, "partners/home.html")


@require_POST
@portal_page(after_termination=True)
def switch(request: HttpRequest) -> HttpResponse:
    """Change to another partner of the same person; ``membership`` names the seat."""
    seat = seat_of(request)
    assert seat is not None  # noqa: S101 - portal_page lets in nobody without one
    wanted = request.POST.get("membership", "")
    if wanted not in {str(each.membership_id) for each in (seat, *seat.others)}:
        raise Http404
    request.session[CHOSEN_SEAT] = int(wanted)
    return redirect("/")
