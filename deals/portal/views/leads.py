"""A partner's leads: the inbox with its clock, one lead, and the three answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from deals.models import Lead, LeadStatus
from deals.portal.home import may_register
from deals.queries.leads import current_offer, held_lead, inbox_of, registered_of
from deals.services.leads import accept_lead, convert_lead, decline_lead
from prm.doors import actor_of, portal_page, status_of, version_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

SHOWN = 25
"""Registered leads on the page; the deals' list has them all."""


@portal_page
def leads(request: HttpRequest) -> HttpResponse:
    """List what waits for an answer or a registration, and what came of the others."""
    actor = actor_of(request)
    held = inbox_of(actor)
    values = {
        "rows": [(lead, current_offer(lead)) for lead in held],
        "registered": registered_of(actor)[:SHOWN],
        "state": _sentence(held),
        "may_act": may_register(request),
        "now": timezone.now(),
    }
    return render(request, "deals/portal/leads.html", values)


@portal_page
def lead(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one lead; the contact is read once it was accepted."""
    return _page(request, public_id)


@require_POST
@portal_page(registers=True)
def act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Accept, decline or register."""
    found = held_lead(actor_of(request), public_id)
    if found is None:
        raise Http404
    try:
        return _do(request, found)
    except DomainError as error:
        status = status_of(error)
        return _page(request, public_id, error=str(error.sentence), status=status)


def _do(request: HttpRequest, found: Lead) -> HttpResponse:
    actor, now, version = actor_of(request), timezone.now(), version_of(request)
    name = request.POST.get("act", "")
    if name == "accept":
        accept_lead(lead_id=found.pk, actor=actor, now=now, version=version)
        messages.success(request, _("The lead is yours. Register it when you have spoken to the customer."))
        return redirect("deals_portal:lead", public_id=found.public_id)
    if name == "decline":
        decline_lead(lead_id=found.pk, actor=actor, now=now, version=version, reason=request.POST.get("reason", ""))
        messages.success(request, _("Thank you. The lead goes to somebody else."))
        return redirect("deals_portal:leads")
    if name == "convert":
        made = convert_lead(lead_id=found.pk, actor=actor, now=now, version=version)
        messages.success(request, _("The deal is registered and protected."))
        return redirect("deals_portal:deal", public_id=made.public_id)
    raise DomainError("unknown_act", _("Choose one of the actions on the page."))


def _page(request: HttpRequest, public_id: UUID, *, error: str = "", status: int = 200) -> HttpResponse:
    found = held_lead(actor_of(request), public_id)
    if found is None:
        raise Http404
    offer = current_offer(found)
    values = {
        "lead": found,
        "offer": offer,
        "may_act": may_register(request) and found.status in {LeadStatus.OFFERED, LeadStatus.ACCEPTED},
        "knows_contact": found.status != LeadStatus.OFFERED,
        "error": error,
        "reason": request.POST.get("reason", "") if error else "",
        "now": timezone.now(),
    }
    return render(request, "deals/portal/lead.html", values, status=status)


def _sentence(held: Sequence[Lead]) -> str:
    waiting = sum(1 for lead in held if lead.status == LeadStatus.OFFERED)
    accepted = len(held) - waiting
    if not held:
        return _("Nothing waits for you.")
    parts = []
    if waiting:
        parts.append(
            ngettext("%(count)d waits for your answer", "%(count)d wait for your answer", waiting) % {"count": waiting}
        )
    if accepted:
        parts.append(ngettext("%(count)d to register", "%(count)d to register", accepted) % {"count": accepted})
    return ", ".join(parts) + "."
