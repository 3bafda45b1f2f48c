"""What a partner says to an offer, or later: yes within the time, no with a reason, or back with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Lead, LeadStatus, OfferAnswer
from deals.queries.rules import business_hours, rules_in_force
from deals.services.leads.holding import held_offer, lock_lead, release, require_status, store_lead, write
from deals.services.leads.offering import offer_next
from deals.services.leads.telling import write_change
from partners.models import PartnerStatus
from partners.services import record_activity
from prm.actors import ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor

LONGEST_REASON = 2000


def accept_lead(*, lead_id: int, actor: Actor, now: datetime, version: int | None) -> Lead:
    """Take an offered lead: customer and family stay reserved until the deal is registered.

    Saying yes twice is one yes. Refused once the time is over, and where the partner is not active.
    """
    require_seller(actor)
    with transaction.atomic():
        lead = lock_lead(lead_id=lead_id, actor=actor, version=None)
        if lead.status == LeadStatus.ACCEPTED:
            return lead
        _require_version(lead, version)
        require_status(lead, LeadStatus.OFFERED)
        offer = held_offer(lead)
        if offer is None or offer.due_at <= now:
            raise DomainError("offer_over", _("The time for an answer is over: the lead goes to somebody else."))
        if offer.partner.status != PartnerStatus.ACTIVE:
            raise DomainError("eligibility", _("A partner that is not active takes no leads."))
        days = rules_in_force(now=now).lead_register_business_days
        offer.answer, offer.answered_at, offer.answered_by_id = OfferAnswer.ACCEPTED, now, actor.user_id
        offer.register_by = business_hours(Program.current()).add_days(now, days)
        write(offer)
        lead.status, lead.answered_at = LeadStatus.ACCEPTED, now
        store_lead(lead)
        write_change(lead, kind="accepted", actor=actor, now=now, data={"register_by": offer.register_by.isoformat()})
        record_activity(
            partner_id=offer.partner_id,
            kind="lead_accepted",
            at=now,
            object_name=lead.account.name,
            user_id=actor.user_id,
        )
    return lead


def decline_lead(*, lead_id: int, actor: Actor, now: datetime, version: int | None, reason: str) -> Lead:
    """Say no to an offer, or give an accepted lead back; it goes to the next in turn at once.

    The vendor reads ``reason``; a “no” without one helps nobody to find the right partner.
    """
    require_seller(actor)
    if not reason.strip():
        raise DomainError("reason_needed", _("Say why, in a few words."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError("too_long", _("Say it in at most 2,000 characters."), field="reason")
    with transaction.atomic():
        lead = lock_lead(lead_id=lead_id, actor=actor, version=version)
        require_status(lead, LeadStatus.OFFERED, LeadStatus.ACCEPTED)
        kind = "declined" if lead.status == LeadStatus.OFFERED else "given_back"
        offer = held_offer(lead)
        if offer is not None:
            release(offer, now=now, answer=OfferAnswer.DECLINED, reason=reason.strip(), user_id=actor.user_id)
        lead.answered_at = now
        write_change(lead, kind=kind, actor=actor, now=now, reason=reason.strip())
        offer_next(lead, now=now)
    return lead


def require_seller(actor: Actor) -> None:
    """Let in a partner's owners, sellers and keys; ``visible_to`` keeps them to their own leads."""
    if not actor.registers_deals and actor.kind is not ActorKind.OPERATOR:
        raise NotAllowedError(_("Only owners and sellers of your company answer leads."))


def _require_version(lead: Lead, version: int | None) -> None:
    if version not in {None, lead.version}:
        raise StaleError(_("Somebody else changed this lead. Look at it again."))
