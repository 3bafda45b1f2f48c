"""What a website tells of its company: a first guess that the partner corrects, from nothing but what it knows itself.

The name comes from the domain's own words, the country from its ending; where this partner registered the customer
before, from there. Nothing of our own records takes part: a guess tells nobody whom we know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deals.identity import registrable_domain
from deals.models import Registration
from prm.ui.inputs import countries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prm.actors import Actor

BORROWED = frozenset({"io", "ai", "co", "tv", "me", "cc", "ws", "fm", "am", "ly", "to", "gg", "sh", "im"})
"""Endings that companies of anywhere take for their sound."""

SPELLED = {"uk": "GB", "ac": "SH"}
LOOKED_AT = 20
"""The partner's own registrations that are looked at for a website."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What might be right; empty where nothing can be said."""

    company: str = ""
    country: str = ""


def guess(actor: Actor, website: str) -> Guess:
    """Return company and country for ``website``; one query, of the partner's own registrations."""
    domain = registrable_domain(website)
    if not domain:
        return Guess()
    own = Registration.objects.visible_to(actor).filter(holder_id=actor.partner_id or 0, website__icontains=domain)
    for registration in own.exclude(company="").order_by("-pk")[:LOOKED_AT]:
        if registrable_domain(registration.website) == domain:
            return Guess(registration.company, registration.country)
    return Guess(_name(domain), _country(domain))


def fill_in(typed: Mapping[str, str], guessed: Guess) -> dict[str, str]:
    """Return what to put into fields that are empty, or still hold the last guess; what was typed stays."""
    values = {"company": guessed.company, "country": guessed.country}
    return {
        name: value
        for name, value in values.items()
        if value and typed.get(name, "") in {"", typed.get(f"guessed_{name}", "")}
    }


def _name(domain: str) -> str:
    label = domain.split(".", maxsplit=1)[0]
    if label.startswith("xn--"):
        try:
            label = label.encode("ascii").decode("idna")
        except UnicodeError:
            return ""
    return " ".join(word.capitalize() for word in label.replace("_", "-").split("-") if word)


def _country(domain: str) -> str:
    ending = domain.rsplit(".", 1)[-1]
    if ending in BORROWED:
        return ""
    code = SPELLED.get(ending, ending.upper())
    return code if code in dict(countries()) else ""
