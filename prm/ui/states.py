"""One dictionary for every state: its word, tone, icon and one sentence why.

Chips, filters, CSV headings and mails read it, so that a state has one name everywhere. An app may add its own kinds
with :func:`register_states` from ``AppConfig.ready``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Tone = Literal["ok", "warn", "bad", "info", "neutral"]
Words = str | Promise


@dataclass(frozen=True, slots=True)
class State:
    """How one state looks and reads; ``why`` is a full sentence, shown on detail pages."""

    word: Words
    tone: Tone
    icon: str
    why: Words = ""


_REGISTRATION: Final[dict[str, State]] = {
    "draft": State(_("Draft"), "neutral", "edit", _("A draft has no queue position until you submit it.")),
    "submitted": State(_("In review"), "info", "clock", _("Waiting for a decision.")),
    "approved": State(_("Protected"), "ok", "shield", _("Nobody else can be approved for this customer and family.")),
    "ends_soon": State(_("Ends soon"), "warn", "clock", _("The protection ends soon.")),
    "bidding": State(_("Bidding"), "info", "flag", _("You bid in a tender: others may be approved for it too.")),
    "rejected": State(_("Rejected"), "bad", "cross", _("The registration was refused; the reason is below.")),
    "returned": State(
        _("Your answer"), "warn", "question", _("More information was requested. The queue position is kept.")
    ),
    "waiting": State(_("Waiting"), "neutral", "pause", _("An earlier registration holds this customer and family.")),
    "withdrawn": State(_("Withdrawn"), "neutral", "minus", _("The partner took the registration back.")),
    "won": State(_("Won"), "ok", "trophy", _("The customer signed; the deal credit is written.")),
    "lost": State(_("Lost"), "neutral", "cross", _("The customer decided otherwise.")),
    "expired": State(_("Expired"), "neutral", "clock", _("The protection ended without a win.")),
    "revoked": State(_("Revoked"), "bad", "ban", _("The registration was ended by the program.")),
    "superseded": State(_("Superseded"), "neutral", "switch", _("Another registration took its place.")),
}

_RUN: Final[dict[str, State]] = {
    "open": State(_("Not calculated"), "neutral", "calendar", _("The month has not been calculated yet.")),
    "draft": State(_("Calculating"), "info", "retry", _("The calculation is running.")),
    "calculated": State(_("Waits for approval"), "info", "clock", _("Calculated; a second person approves it.")),
    "approved": State(_("Approved"), "ok", "check", _("Entries are posted and statements issued.")),
    "paid": State(_("Paid"), "ok", "money", _("The statements of this run are paid.")),
    "rejected": State(_("Rejected"), "bad", "cross", _("The run was refused; nothing was posted.")),
    "failed": State(_("Failed"), "bad", "warning", _("The calculation stopped with an error; nothing was posted.")),
}

_STATEMENT: Final[dict[str, State]] = {
    "issued": State(_("Approved"), "info", "check", _("Approved and waiting for payment.")),
    "on_hold": State(_("On hold"), "warn", "pause", _("Earned, but not paid until the reason is cleared.")),
    "carried": State(_("Carried over"), "neutral", "arrow", _("Under the minimum; it is added to the next one.")),
    "paid": State(_("Paid"), "ok", "check", _("The payment was sent.")),
}

_PARTNER: Final[dict[str, State]] = {
    "applied": State(_("Applied"), "info", "clock", _("The application waits for a decision.")),
    "in_review": State(_("In review"), "info", "clock", _("Somebody looks at the application.")),
    "rejected": State(_("Rejected"), "bad", "cross", _("The application was refused.")),
    "onboarding": State(_("Onboarding"), "info", "flag", _("Onboarding tasks are open.")),
    "active": State(_("Active"), "ok", "check", _("The partner works with you.")),
    "suspended": State(_("Suspended"), "bad", "pause", _("Suspended: protection runs on, nothing is paid.")),
    "terminated": State(_("Terminated"), "neutral", "ban", _("The partnership has ended.")),
}

_IMPORT: Final[dict[str, State]] = {
    "clean": State(pgettext_lazy("import", "Loaded"), "ok", "check"),
    "refused": State(pgettext_lazy("import", "Nothing loaded"), "bad", "cross"),
}

_SEVERITY: Final[dict[str, State]] = {
    "block": State(_("Block"), "bad", "ban"),
    "review": State(_("Review"), "warn", "warning"),
    "info": State(_("Note"), "info", "info"),
    "pass": State(_("Passed"), "ok", "check"),
}

_kinds: dict[str, dict[str, State]] = {
    "registration": _REGISTRATION,
    "run": _RUN,
    "statement": _STATEMENT,
    "partner": _PARTNER,
    "import": _IMPORT,
    "severity": _SEVERITY,
}


def register_states(kind: str, states: Mapping[str, State]) -> None:
    """Add or replace the states of one kind; called from ``AppConfig.ready``."""
    _kinds.setdefault(kind, {}).update(states)


def state_of(kind: str, code: str) -> State:
    """Return the look of one state; an unknown one is shown by its code, plainly, instead of failing a page."""
    known = _kinds.get(kind, {}).get(str(code))
    return known or State(str(code).replace("_", " ").capitalize(), "neutral", "dot")


def states_of(kind: str) -> dict[str, State]:
    """All states of a kind in their natural order, for filters and the styleguide."""
    return dict(_kinds.get(kind, {}))


def kinds() -> list[str]:
    """Return the kinds that have a dictionary."""
    return list(_kinds)
