"""What deals put on the portal's home: the open ones, and what needs the partner's people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.queries.deals import deal_row, deals_of, room_of
from deals.queries.history import stage_word
from deals.queries.needing import waits_for
from partners.models import PartnerStatus
from prm import formats
from prm.doors import actor_of, program_of, seat_of
from prm.needs import Need

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from deals.queries.needing import Waits

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
    """Return what waits for the partner's sellers: leads, questions to answer, protection that ends soon."""
    actor = actor_of(request)
    if not actor.registers_deals:
        return []
    made = {"returned": _question, "ending": _ending}
    return [made.get(waits.kind, _lead)(waits) for waits in waits_for(actor, now=timezone.now())]


def _lead(waits: Waits) -> Need:
    """Return what an offered or an accepted lead asks for."""
    is_open, values = waits.kind == "offered", {"customer": waits.customer}
    return Need(
        title=(_("Answer the lead %(customer)s") if is_open else _("Register the lead %(customer)s")) % values,
        text=_("The customer is reserved for you until then."),
        icon="lead",
        url=reverse("deals_portal:lead", args=[waits.public_id]),
        action=_("Open the lead"),
        due_at=waits.due_at,
        started_at=waits.started_at,
    )


def _question(waits: Waits) -> Need:
    return Need(
        title=_("Answer a question on %(customer)s") % {"customer": waits.customer},
        text=_("“%(question)s” Your queue position is kept.") % {"question": waits.question},
        icon="question",
        url=reverse("deals_portal:deal", args=[waits.public_id]),
        action=_("Answer"),
        due_at=waits.due_at,
    )


def _ending(waits: Waits) -> Need:
    parts = [stage_word(waits.stage)] if waits.stage else []
    if waits.expected is not None and waits.currency:
        parts.append(_("%(amount)s a month") % {"amount": formats.money(waits.expected, waits.currency)})
    hint = "" if waits.extended else _("You can ask once for 30 more days.")
    return Need(
        title=_("%(customer)s loses protection on %(day)s")
        % {"customer": waits.customer, "day": formats.day(waits.due_at) if waits.due_at else ""},
        text=" ".join(filter(None, [", ".join(parts) + "." if parts else "", hint])),
        icon="shield",
        url=reverse("deals_portal:deal", args=[waits.public_id]) + ("" if waits.extended else "#extend"),
        action=_("Open the deal") if waits.extended else _("Ask for 30 days"),
        due_at=waits.due_at,
        started_at=waits.started_at,
    )
