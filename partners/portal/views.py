"""Home and company of a partner's person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from partners.middleware import CHOSEN_SEAT
from partners.models import PartnerStatus
from partners.portal.onboarding import text_in_the_way
from partners.portal.words import state_sentence
from partners.queries.people import colleagues
from partners.queries.standing import companies
from prm.doors import actor_of, portal_page, seat_of, today_of
from prm.needs import needs_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from prm.doors import Seat


@portal_page
def home(request: HttpRequest) -> HttpResponse:
    """Show what needs the person; everything else on the page is a panel of the app that knows it."""
    if text_in_the_way(request):
        return redirect("partners_portal:agreement")
    seat, needs = _seat(request), needs_of(request)
    values = {
        "needs": needs,
        "state": state_sentence(needs=needs, since=seat.since, now=timezone.now()),
        "suspended": seat.partner_status == PartnerStatus.SUSPENDED,
        "may_register": actor_of(request).registers_deals and seat.partner_status == PartnerStatus.ACTIVE,
    }
    return render(request, "partners/home.html", values)


@portal_page
def company(request: HttpRequest) -> HttpResponse:
    """Show what the program knows of the company: standing, people and their roles, territories."""
    actor, seat = actor_of(request), _seat(request)
    today = today_of(request)
    values = {
        "partner": companies(actor=actor, on=today).get(pk=seat.partner_id),
        "people": colleagues(actor=actor, partner_id=seat.partner_id),
        "sees_money": actor.sees_money,
        "manages_people": actor.owns_portal,
    }
    return render(request, "partners/company.html", values)


@require_POST
@portal_page(after_termination=True, before_acceptance=True)
def switch(request: HttpRequest) -> HttpResponse:
    """Change to another partner of the same person; ``membership`` names the seat."""
    seat = _seat(request)
    wanted = request.POST.get("membership", "")
    if wanted not in {str(each.membership_id) for each in (seat, *seat.others)}:
        raise Http404
    request.session[CHOSEN_SEAT] = int(wanted)
    return redirect("/")


def _seat(request: HttpRequest) -> Seat:
    """Return the seat behind ``portal_page``, which lets in nobody without one."""
    seat = seat_of(request)
    if seat is None:
        raise Http404
    return seat
