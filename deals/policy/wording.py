"""The sentence that a partner reads for each rule: never another partner's name, nothing from our CRM."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def gettext_noop(text: str) -> str:
    """Mark ``text`` for translation; doors and services translate it when they show or store it."""
    return text


PARTNER_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "territory": gettext_noop(
            "This customer is outside the territory in your agreement. "
            "Ask your channel manager if you think the territory should change."
        ),
        "eligibility": gettext_noop("Your partnership is not active at the moment, so it cannot register deals."),
        "live_cap": gettext_noop(
            "You hold %(count)s open registrations and your tier allows %(cap)s. Close or withdraw one to make room."
        ),
        "minimum_value": gettext_noop(
            "The expected monthly revenue is below the program's minimum, so a person looks at it."
        ),
        "own_duplicate": gettext_noop("You already have this customer for %(family)s: %(reference)s. Continue there."),
        "protected": gettext_noop(
            "This customer is not available for %(family)s at the moment. "
            "You can wait in line: you keep your place and hear from us when it is free."
        ),
        "rival_pending": gettext_noop(
            "We received an earlier request for this customer and %(family)s. It is decided first; "
            "your place in line is kept."
        ),
        "incumbent": gettext_noop(
            "This customer already buys %(family)s through a partner. "
            "A letter in which the customer names you as its partner lets us look at it again."
        ),
        "direct_customer": gettext_noop(
            "This customer already uses %(family)s, so a person looks at what would be new."
        ),
        "named_account": gettext_noop("This customer is a named account. Its owner decides how partners take part."),
        "named_account_block": gettext_noop("This customer is a named account that is not open to registration."),
        "named_account_co_sell": gettext_noop(
            "This customer is a named account. Its owner may offer to sell together with you."
        ),
        "unverifiable": gettext_noop(
            "The website does not tell for certain which customer this is, so a person checks it."
        ),
        "cool_off": gettext_noop(
            "Your registration %(reference)s on this customer ended less than %(days)s days ago, "
            "so a person looks at what has changed."
        ),
    }
)
"""By rule; where one rule has several answers, by rule and answer."""

HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "territory": gettext_noop("Outside the partner's territory"),
        "eligibility": gettext_noop("The partner is not active"),
        "live_cap": gettext_noop("Limit on open registrations reached"),
        "minimum_value": gettext_noop("Below the minimum value"),
        "own_duplicate": gettext_noop("The partner already has it"),
        "protected": gettext_noop("Protected for another partner"),
        "rival_pending": gettext_noop("Behind an earlier submission"),
        "incumbent": gettext_noop("Another partner serves this customer"),
        "direct_customer": gettext_noop("A direct customer for this family"),
        "named_account": gettext_noop("Named account"),
        "unverifiable": gettext_noop("No domain that identifies it"),
        "cool_off": gettext_noop("Its earlier registration ended recently"),
    }
)
"""A few words for our own people."""
