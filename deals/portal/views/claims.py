"""Handing a deal over to a sub-partner, and correcting what a deal is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.claims import ClaimForm
from deals.models import LIVE_STATUSES, UNDECIDED_STATUSES, RegistrationStatus
from deals.queries.deals import deal_of
from deals.queries.distribution import partner_coded, sub_partners_of
from deals.queries.rules import day_of
from deals.services.changing import change_claim
from deals.services.handover import hand_over as hand_over_registration
from prm.doors import actor_of, portal_page, program_of, status_of, version_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from deals.models import Registration


@portal_page(registers=True)
def hand_over(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Offer the sub-partners of today, or hand the deal over to one."""
    actor, now = actor_of(request), timezone.now()
    deal = _found(request, public_id)
    giver = deal.distributor_id or deal.holder_id
    if giver != actor.partner_id:
        raise Http404
    receivers = [p for p in sub_partners_of(giver, day=day_of(now, program_of(request))) if p.pk != deal.holder_id]
    may_act = bool(receivers) and deal.status in LIVE_STATUSES
    values: dict[str, object] = {"deal": deal, "receivers": receivers, "may_act": may_act, "error": ""}
    if request.method != "POST":
        return render(request, "deals/portal/hand_over.html", values)
    try:
        hand_over_registration(
            registration_id=deal.pk,
            to_partner_id=partner_coded(request.POST.get("to", "")),
            actor=actor,
            now=now,
            version=version_of(request),
            reason=request.POST.get("text", ""),
        )
    except DomainError as error:
        status = status_of(error)
        return render(request, "deals/portal/hand_over.html", {**values, "error": str(error.sentence)}, status=status)
    messages.success(request, _("The deal was handed over. Its queue position and protection were kept."))
    return redirect("deals_portal:deal", public_id=public_id)


@portal_page(registers=True)
def change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Correct the customer or the family of a deal that is not decided yet."""
    deal = _found(request, public_id)
    if deal.holder_id != actor_of(request).partner_id or deal.status not in UNDECIDED_STATUSES:
        raise Http404
    form = ClaimForm(request.POST or None, registration=deal)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = change_claim(
                    registration_id=deal.pk,
                    claim=form.claim,
                    actor=actor_of(request),
                    now=timezone.now(),
                    version=version_of(request),
                    reason=form.cleaned_data["reason"],
                )
            except DomainError as error:
                status = status_of(error)
                form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
            else:
                if changed.status != RegistrationStatus.REJECTED:
                    messages.success(request, _("The deal was changed. It has a new queue position."))
                return redirect("deals_portal:deal", public_id=public_id)
    return render(request, "deals/portal/change.html", {"deal": deal, "form": form}, status=status)


def _found(request: HttpRequest, public_id: UUID) -> Registration:
    deal = deal_of(actor_of(request), public_id)
    if deal is None:
        raise Http404
    return deal
