"""What deals put on the portal's home: the open ones, and what needs the partner's people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.models import RegistrationStatus
from deals.queries.deals import deal_row, deals_of, needing_people, room_of
from deals.queries.history import stage_word
from deals.queries.leads import offers_needing
from partners.models import PartnerStatus
from prm import formats
from prm.doors import actor_of, program_of, seat_of
from prm.needs import Need

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from deals.models import LeadOffer, Registration

SHOWN = 8


def open_deals(request: HttpRequest, subject: Any) -> dict[str, object] | None:  # noqa: ARG001 - the panel's signature
    """Return the open deals, those under protection that ends first on top; nothing for outsiders."""
    actor, now = actor_of(request), timezone.now()
    if actor.partner_id is None:
        return None
    rows = [deal_row(registration, now=now) for registration in deals_of(actor)[:SHOWN]]
    room = room_of(partner_id=actor.partner_id, now=now, program=program_of(request))
    return {"rows": rows, "room": room, "may_register": may_register(request), "now": now}


def may_register(request: HttpRequest) -> bool:
    """Whether this person may submit a deal now: a partner that is not active submits nothing."""
    seat = seat_of(request)
    return actor_of(request).registers_deals and (seat is None or seat.partner_status == PartnerStatus.ACTIVE)


def needs(request: HttpRequest) -> Iterable[Need]:
    """Return what waits for the partner's sellers: questions to answer, protection that ends soon."""
    actor, now = actor_of(request), timezone.now()
    if not actor.registers_deals:
        return []
    return [
        _question(found) if found.status == RegistrationStatus.RETURNED else _ending(found)
        for found in needing_people(actor, now=now)
    ] + [_lead(offer) for offer in offers_needing(actor)]


def _lead(offer: LeadOffer) -> Need:
    """Return what an offered or an accepted lead asks for."""
    is_open = not offer.answer
    values = {"customer": offer.lead.account.name}
    return Need(
        title=(_("Answer the lead %(customer)s") if is_open else _("Register the lead %(customer)s")) % values,
        text=_("The customer is reserved for you until then."),
        icon="lead",
        url=reverse("deals_portal:lead", args=[offer.lead.public_id]),
        action=_("Open the lead"),
        due_at=offer.due_at if is_open else offer.register_by,
        started_at=offer.offered_at if is_open else offer.answered_at,
    )


def _question(registration: Registration) -> Need:
    return Need(
        title=_("Answer a question on %(customer)s") % {"customer": registration.customer_name},
        text=_("“%(question)s” Your queue position is kept.") % {"question": registration.decision_reason},
        icon="question",
        url=reverse("deals_portal:deal", args=[registration.public_id]),
        action=_("Answer"),
        due_at=registration.due_at,
    )


def _ending(registration: Registration) -> Need:
    window = registration.protected
    until = window.upper if window else None
    amount = registration.expected_mrr
    parts = [stage_word(registration.stage)] if registration.stage else []
    if amount is not None and registration.currency:
        parts.append(_("%(amount)s a month") % {"amount": formats.money(amount, registration.currency)})
    extended = any(event.kind == "extended" for event in registration.events.all())
    hint = "" if extended else _("You can ask once for 30 more days.")
    return Need(
        title=_("%(customer)s loses protection on %(day)s")
        % {"customer": registration.customer_name, "day": formats.day(until) if until else ""},
        text=" ".join(filter(None, [", ".join(parts) + "." if parts else "", hint])),
        icon="shield",
        url=reverse("deals_portal:deal", args=[registration.public_id]) + ("" if extended else "#extend"),
        action=_("Open the deal") if extended else _("Ask for 30 days"),
        due_at=until,
        started_at=window.lower if window else None,
    )
