"""Why a lead went to this partner and not to another, in the words of our own people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.services.leads.offering import skip_words

if TYPE_CHECKING:
    from deals.models import LeadOffer, LeadSkip


def why(offer: LeadOffer) -> str:
    """Return the sentence that explains the choice, from what was compared at the moment of the offer."""
    standing = offer.standing
    if offer.by_hand:
        who = str(offer.offered_by) if offer.offered_by else _("a system")
        reason = str(standing.get("reason", ""))
        chosen = _("Chosen by %(who)s.") % {"who": who}
        return f"{chosen} {reason}".strip()
    territories = {
        3: _("its territory names the customer’s country and segment"),
        2: _("its territory names the customer’s country"),
        1: _("its territory names the customer’s segment"),
    }
    parts = [
        territories.get(standing.get("territory", 0), _("it sells everywhere")),
        _("certified people") if standing.get("certified") else _("nobody certified"),
        _("%(load)d of %(limit)d open leads") % {"load": standing.get("load", 0), "limit": standing.get("limit", 0)},
    ]
    return f"{', '.join(parts).capitalize()}. {_turn(offer)}"


def passed_over(skip: LeadSkip) -> str:
    """Return why a partner was passed over, with the figures where there are some."""
    words = skip_words(skip.code)
    if skip.code == "lead_limit":
        figures = _("%(load)s of %(limit)s") % {
            "load": skip.evidence.get("load", "?"),
            "limit": skip.evidence.get("limit", "?"),
        }
        return f"{words} ({figures})"
    return words


def _turn(offer: LeadOffer) -> str:
    others = int(offer.standing.get("equals", 1)) - 1
    if others <= 0:
        return _("Nobody else was its equal.")
    waited = (
        ngettext(
            "Of %(count)d equal it has waited longest for a lead.",
            "Of %(count)d equals it has waited longest for a lead.",
            others + 1,
        )
        if offer.standing.get("had_offers")
        else ngettext(
            "Of %(count)d equal it had never had one.", "Of %(count)d equals it had never had one.", others + 1
        )
    )
    return waited % {"count": others + 1}
