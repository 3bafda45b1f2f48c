"""What a channel manager does with leads by hand: give, take back, offer again, close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Lead, LeadStatus, OfferAnswer
from deals.policy.wording import HEADINGS
from deals.services.leads.arriving import require_manager
from deals.services.leads.holding import held_offer, lock_lead, release, require_status, store_lead
from deals.services.leads.offering import Terms, ask_rules, offer_next, open_offer, send_back
from deals.services.leads.telling import write_change
from deals.services.line import expire_overdue
from partners.models import Partner
from prm.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor

UNHELD = (LeadStatus.NEW, LeadStatus.RETURNED, LeadStatus.DECLINED)
"""States in which nobody holds a lead."""


def offer_again(*, lead_id: int, actor: Actor, now: datetime, version: int | None) -> Lead:
    """Let the rotation look for a partner: rules, territories and loads may have changed since."""
    require_manager(actor)
    with transaction.atomic():
        lead = lock_lead(lead_id=lead_id, actor=actor, version=version)
        require_status(lead, *UNHELD)
        offer_next(lead, now=now)
    return lead


def hand_over(
    *, lead_id: int, partner_id: int, actor: Actor, now: datetime, version: int | None, reason: str = ""
) -> Lead:
    """Offer a lead to a partner of the manager's choice; its limit and the turns do not matter.

    The rules are asked all the same: what nobody may set aside refuses, what blocks needs a ``reason``.
    """
    require_manager(actor)
    with transaction.atomic():
        lead = lock_lead(lead_id=lead_id, actor=actor, version=version)
        require_status(lead, *UNHELD)
        partner = Partner.objects.visible_to(actor).filter(pk=partner_id).first()
        if partner is None:
            raise DomainError("unknown_partner", _("Choose a partner."), field="partner")
        terms = Terms.at(now)
        expire_overdue(account_id=lead.account_id, family_id=lead.family_id, now=now)
        decision = ask_rules(lead, partner.pk, terms=terms)
        if (objection := decision.objection_to_approval()) is not None:
            raise DomainError(objection.code, _(HEADINGS.get(objection.code, objection.code)) + ".", field="partner")
        if decision.blocks and not reason.strip():
            blocks = ", ".join(_(HEADINGS[finding.code]) for finding in decision.blocks)
            sentence = _("The rules refuse this partner (%(rules)s). Say why you give it the lead all the same.")
            raise DomainError("reason_needed", sentence % {"rules": blocks}, field="reason")
        standing = {"reason": reason.strip(), "set_aside": [finding.code for finding in decision.blocks]}
        open_offer(lead, partner.pk, terms=terms, standing=standing, by=actor, by_hand=True)
    return lead


def take_back(*, lead_id: int, actor: Actor, now: datetime, version: int | None, reason: str) -> Lead:
    """Take a lead from the partner that holds it: it is back with us, and nothing is reserved any more."""
    require_manager(actor)
    _require_reason(reason)
    with transaction.atomic():
        lead = lock_lead(lead_id=lead_id, actor=actor, version=version)
        require_status(lead, LeadStatus.OFFERED, LeadStatus.ACCEPTED)
        offer = held_offer(lead)
        if offer is not None:
            release(offer, now=now, answer=OfferAnswer.TAKEN_BACK, reason=reason.strip(), user_id=actor.user_id)
        send_back(lead, reason.strip(), actor=actor, now=now, kind="taken_back")
    return lead


def close_lead(*, lead_id: int, actor: Actor, now: datetime, version: int | None, reason: str) -> Lead:
    """End a lead that leads nowhere; one that a partner holds is taken back first, in the same act."""
    require_manager(actor)
    _require_reason(reason)
    with transaction.atomic():
        lead = lock_lead(lead_id=lead_id, actor=actor, version=version)
        require_status(lead, *UNHELD, LeadStatus.OFFERED, LeadStatus.ACCEPTED)
        offer = held_offer(lead)
        if offer is not None:
            release(offer, now=now, answer=OfferAnswer.TAKEN_BACK, reason=reason.strip(), user_id=actor.user_id)
        lead.partner_id, lead.status, lead.reason = None, LeadStatus.CLOSED, reason.strip()
        store_lead(lead)
        write_change(lead, kind="closed", actor=actor, now=now, reason=reason.strip())
    return lead


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise DomainError("reason_needed", _("Say why."), field="reason")
