"""Every few minutes: new leads are offered, unanswered offers go to the next, unregistered leads come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from deals.models import Lead, LeadOffer, LeadStatus, OfferAnswer
from deals.services.leads.holding import held_offer, lock_lead, release
from deals.services.leads.offering import offer_next, send_back
from deals.services.leads.telling import tell_of_return, write_change
from prm.actors import RULE

if TYPE_CHECKING:
    from datetime import datetime

CHUNK = 500


@dataclass(frozen=True, slots=True)
class SweptLeads:
    """What a sweep did."""

    offered: int = 0
    lapsed: int = 0
    returned: int = 0


def sweep_leads(*, now: datetime) -> SweptLeads:
    """Bring every lead on its way at ``now``, one transaction each. Safe to run twice, and beside itself.

    Each is looked at again under its customer's lock: one that somebody answered meanwhile is left alone.
    """
    lapsed = returned = offered = after = 0
    while chunk := _over(now=now, after=after):
        for offer_id, lead_id in chunk:
            with transaction.atomic():
                outcome = _end(lead_id, now=now)
            lapsed += outcome == OfferAnswer.LAPSED
            returned += outcome == LeadStatus.RETURNED
            after = offer_id
    after = 0
    while fresh := _fresh(now=now, after=after):
        for lead_id in fresh:
            with transaction.atomic():
                offered += _offer(lead_id, now=now)
        after = fresh[-1]
    return SweptLeads(offered, lapsed, returned)


def _over(*, now: datetime, after: int) -> list[tuple[int, int]]:
    unanswered = Q(answer="", due_at__lte=now)
    unregistered = Q(answer=OfferAnswer.ACCEPTED, register_by__lte=now)
    held = LeadOffer.objects.filter(unanswered | unregistered, released_at__isnull=True, pk__gt=after)
    return list(held.order_by("pk").values_list("pk", "lead_id")[:CHUNK])


def _fresh(*, now: datetime, after: int) -> list[int]:
    fresh = Lead.objects.filter(status=LeadStatus.NEW, pk__gt=after).exclude(created_at__gt=now)
    return list(fresh.order_by("pk").values_list("pk", flat=True)[:CHUNK])


def _end(lead_id: int, *, now: datetime) -> str:
    """Pass an unanswered lead on, or take back one that was not registered; return what became of it."""
    lead = lock_lead(lead_id=lead_id, actor=RULE, version=None)
    offer = held_offer(lead)
    if offer is None:
        return ""
    if not offer.answer and offer.due_at <= now:
        release(offer, now=now, answer=OfferAnswer.LAPSED)
        write_change(lead, kind="lapsed", actor=RULE, now=now)
        offer_next(lead, now=now)
        return OfferAnswer.LAPSED
    if offer.answer == OfferAnswer.ACCEPTED and offer.register_by is not None and offer.register_by <= now:
        release(offer, now=now)
        name = offer.partner.name
        reason = _("%(partner)s accepted it and did not register it in time.") % {"partner": name}
        send_back(lead, reason, actor=RULE, now=now)
        tell_of_return(lead, now=now)
        return LeadStatus.RETURNED
    return ""


def _offer(lead_id: int, *, now: datetime) -> bool:
    lead = lock_lead(lead_id=lead_id, actor=RULE, version=None)
    if lead.status != LeadStatus.NEW:
        return False
    return offer_next(lead, now=now) is not None
