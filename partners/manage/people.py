"""The console's pages of a partner's people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.middleware import VIEW_AS
from partners.models import Membership, Partner
from partners.people import pages
from partners.services.view_as import begin_view_as, end_view_as
from prm.actors import InternalRole
from prm.doors import actor_of, console_page
from prm.errors import DomainError

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


@require_POST
@console_page(roles=MANAGE_PEOPLE)
def view_as(request: HttpRequest, code: str, person: UUID) -> HttpResponse:
    """Begin to look at the portal through somebody's seat."""
    place, actor = _place(request, code), actor_of(request)
    row = get_object_or_404(
        Membership.objects.visible_to(actor), partner_id=place.partner_id, user__public_id=person
    )  # fmt: skip
    try:
        request.session[VIEW_AS] = begin_view_as(membership_id=row.pk, actor=actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
        return redirect(place.url("person", person=person))
    return redirect("partners_portal:home")


@require_POST
@console_page
def end_view(request: HttpRequest) -> HttpResponse:
    """Come back from somebody's seat."""
    kept = request.session.pop(VIEW_AS, None)
    if kept is not None:
        end_view_as(kept=kept, actor=actor_of(request), now=timezone.now())
    return redirect("partners_manage:partners")


def _place(request: HttpRequest, code: str) -> pages.Place:
    found = Partner.objects.visible_to(actor_of(request)).filter(code=code).first()
    if found is None:
        raise Http404
    return pages.Place(found.pk, found.name, base="base_console.html", door="partners_manage", code=code)
