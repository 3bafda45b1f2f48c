"""The console's pages of a partner's people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.models import Partner
from partners.people import pages
from prm.actors import InternalRole
from prm.doors import actor_of, console_page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

MANAGE_PEOPLE = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)


@require_GET
@console_page(roles=MANAGE_PEOPLE)
def people(request: HttpRequest, code: str) -> HttpResponse:
    """List a partner's people and who is invited."""
    return pages.listing(request, _place(request, code))


@require_http_methods(["GET", "POST"])
@console_page(roles=MANAGE_PEOPLE)
def invite(request: HttpRequest, code: str) -> HttpResponse:
    """Invite somebody to the partner."""
    return pages.invite(request, _place(request, code))


@require_http_methods(["GET", "POST"])
@console_page(roles=MANAGE_PEOPLE)
def person(request: HttpRequest, code: str, person: UUID) -> HttpResponse:
    """Show one person of the partner, and change what they may."""
    return pages.person(request, _place(request, code), person)


@require_POST
@console_page(roles=MANAGE_PEOPLE)
def invitation(request: HttpRequest, code: str, public_id: UUID) -> HttpResponse:
    """Send an invitation again, or take it back."""
    return pages.invitation(request, _place(request, code), public_id)


def _place(request: HttpRequest, code: str) -> pages.Place:
    found = Partner.objects.visible_to(actor_of(request)).filter(code=code).first()
    if found is None:
        raise Http404
    return pages.Place(found.pk, found.name, base="base_console.html", door="partners_manage", code=code)
