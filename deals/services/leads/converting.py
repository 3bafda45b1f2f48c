"""One click: an accepted lead becomes a registration, approved and protected, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Lead, LeadOffer, LeadStatus, Registration, RegistrationStatus
from deals.policy import Moment
from deals.services.holding import store
from deals.services.judging import grant, judge, keep_findings
from deals.services.leads.answers import require_seller
from deals.services.leads.holding import held_offer, lock_lead, release, require_status, store_lead
from deals.services.leads.offering import PLACE, Terms, registration_of
from deals.services.leads.telling import write_change
from deals.services.line import expire_overdue
from deals.services.settling import next_place
from deals.services.trail import Act
from deals.services.trail import write_change as write_registration_change
from prm.actors import RULE
from prm.errors import DomainError, NotAllowedError

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


def convert_lead(*, lead_id: int, actor: Actor, now: datetime, version: int | None = None) -> Registration:
    """Register an accepted lead: approved at once, protected for the tier's window, origin ``vendor_lead``.

    The locks are those of a submission: the customer's row, then everything is read. The rules are asked once more
    and what they found is kept; what was settled when the lead was offered is not asked of the partner again, but
    what nobody may set aside (a partner that is not active) refuses. A second click finds what the first one made.
    """
    require_seller(actor)
    with transaction.atomic():
        seen = lock_lead(lead_id=lead_id, actor=actor, version=None)
        if seen.status == LeadStatus.CONVERTED and seen.registration is not None:
            return seen.registration
        lead = lock_lead(lead_id=lead_id, actor=actor, version=version)
        require_status(lead, LeadStatus.ACCEPTED)
        offer = held_offer(lead)
        if lead.partner_id is None:
            raise NotAllowedError
        terms = Terms.at(now)
        expire_overdue(account_id=lead.account_id, family_id=lead.family_id, now=now)
        registration = _registered(lead, lead.partner_id, offer, actor=actor, terms=terms)
        if offer is not None:  # a lead that a file brought as accepted was never offered here
            release(offer, now=now)
        lead.status, lead.registration = LeadStatus.CONVERTED, registration
        store_lead(lead)
        data = {"registration": registration.reference}
        write_change(lead, kind="converted", actor=actor, now=now, data=data)
    return registration


def _registered(lead: Lead, partner_id: int, offer: LeadOffer | None, *, actor: Actor, terms: Terms) -> Registration:
    """Make the registration, in the place that the offer reserved: who submitted since does not stand before it."""
    registration = registration_of(lead, partner_id)
    registration.submitted_at, registration.submitted_by_id = terms.now, actor.user_id
    registration.place = (offer.standing.get(PLACE) if offer is not None else None) or next_place()
    decision = judge(
        registration,
        lead.account,
        doubt="",
        settings=terms.settings,
        now=terms.now,
        program=terms.program,
        domain_known=True,
    )
    if (objection := decision.objection_to_approval()) is not None:
        raise DomainError(objection.code, objection.said(_))
    before = registration.status
    registration.status = RegistrationStatus.SUBMITTED
    store(registration)
    data = {"place": registration.place, "rules": terms.settings.version, "lead": str(lead.public_id)}
    write_registration_change(registration, kind="submitted", came_from=before, act=Act(actor, terms.now, data=data))
    reason = _("It is a lead that you accepted.")
    grant(registration, settings=terms.settings, act=Act(RULE, terms.now, reason=reason), program=terms.program)
    keep_findings(registration, decision, moment=Moment.SUBMISSION, now=terms.now)
    return registration
