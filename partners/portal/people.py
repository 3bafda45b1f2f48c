"""The owner's pages of the company's people, and the page behind the link of an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.people import pages
from prm.doors import portal_page, seat_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_GET
@portal_page(owner=True)
def people(request: HttpRequest) -> HttpResponse:
    """List the company's people and who is invited."""
    return pages.listing(request, _place(request))


@require_http_methods(["GET", "POST"])
@portal_page(owner=True)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody to the company."""
    return pages.invite(request, _place(request))


@require_http_methods(["GET", "POST"])
@portal_page(owner=True)
def person(request: HttpRequest, person: UUID) -> HttpResponse:
    """Show one person of the company, and change what they may."""
    return pages.person(request, _place(request), person)


@require_POST
@portal_page(owner=True)
def invitation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send an invitation again, or take it back."""
    return pages.invitation(request, _place(request), public_id)


def _place(request: HttpRequest) -> pages.Place:
    seat = seat_of(request)
    if seat is None:
        raise Http404
    return pages.Place(seat.partner_id, seat.partner_name, base="base_portal.html", door="partners_portal")
