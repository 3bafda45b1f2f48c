"""What happened to a registration, in words: one history for its partner, a fuller one for our people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from deals.models import RegistrationEvent

if TYPE_CHECKING:
    from deals.models import Registration

MOST = 30
"""Lines of a timeline; who wants more opens the audit trail."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline, as the component wants it."""

    at: datetime
    actor: str
    text: str
    reason: str = ""
    href: str = ""
    link: str = ""


def _texts() -> dict[str, str]:
    return {
        "submitted": _("submitted it and took a queue position."),
        "approved": _("approved it."),
        "rejected": _("rejected it."),
        "returned": _("asked for more information."),
        "answered": _("answered; the queue position was kept."),
        "waiting": _("moved it into the line; the queue position was kept."),
        "next_in_line": _("moved it up: it is next to be decided."),
        "extended": _("extended the protection."),
        "stage_moved_forward": _("moved it forward to %(stage)s."),
        "stage_moved_back": _("moved it back to %(stage)s."),
        "withdrawn": _("withdrew it."),
        "lost": _("marked it as lost."),
        "won": _("closed it as won."),
        "expired": _("let it expire: the protection was over."),
        "revoked": _("revoked it."),
        "superseded": _("put another registration in its place."),
        "noted": _("wrote a note."),
        "handed_over": _("handed it over; queue position and protection were kept."),
        "tender_opened": _("moved it up: a tender is open on the customer."),
        "rejection_reversed": _("took the rejection back."),
        "claim_changed": _("changed customer or product family; it took a new queue position."),
        "ends_soon": _("warned that the protection ends soon."),
        "inactive": _("warned that nothing was reported for a while."),
        "release_due": _("put it before the channel manager: nothing was reported for long."),
        "released": _("released the customer: nothing was reported for long."),
    }


def partner_history(registration: Registration, *, vendor: str) -> list[Line]:
    """Return the partner's own history: its own people by name, everybody else as the vendor."""
    events = RegistrationEvent.objects.filter(registration=registration).order_by("-at", "-pk")[:MOST]
    return [
        Line(
            event.at,
            event.actor if event.by_partner else vendor,
            event_text(event.kind, str(event.data.get("to_stage", ""))),
            event.reason,
        )
        for event in events
    ]


def event_text(kind: str, stage: str) -> str:
    """Return what happened in a sentence; a new kind reads as it is written."""
    return _texts().get(kind, kind.replace("_", " ")) % {"stage": stage_word(stage)}


def stage_word(stage: str) -> str:
    """Return a stage as people read it; stages that a program adds read as they are written."""
    words = {
        "qualified": _("Qualified"),
        "proposal": _("Proposal"),
        "negotiation": _("Negotiation"),
        "": "–",
    }
    return words.get(stage, stage.replace("_", " ").capitalize())
