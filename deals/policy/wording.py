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
        "territory_unknown": gettext_noop(
            "We do not know the customer's country yet, so a person checks that it lies in your territory."
        ),
        "eligibility": gettext_noop("Your partnership is not active at the moment, so it cannot register deals."),
        "eligibility_tier": gettext_noop("%(family)s is open to partners from the tier %(name)s on."),
        "eligibility_agreement": gettext_noop("%(family)s needs the agreement “%(name)s”, signed and in force."),
        "eligibility_certification": gettext_noop(
            "%(family)s needs a person in your company with the certification “%(name)s”."
        ),
        "eligibility_certifications": gettext_noop(
            "%(family)s needs %(people)s people in your company with the certification “%(name)s”."
        ),
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
        "direct_opportunity": gettext_noop(
            "A person looks at this request before it is decided, and may offer to sell together with you."
        ),
        "related_account": gettext_noop(
            "This customer may belong to a group of companies, so a person looks at the group as a whole."
        ),
        "lookalike": gettext_noop(
            "This customer's name is close to that of another one, so a person checks whether they are the same."
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

TAKEN_UNTIL = gettext_noop("It is taken until %(month)s.")
"""Said after a refused submission with a named contact at the customer, where the program tells it."""

HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "territory": gettext_noop("Outside the partner's territory"),
        "eligibility": gettext_noop("The partner does not meet what the family needs"),
        "live_cap": gettext_noop("Limit on open registrations reached"),
        "minimum_value": gettext_noop("Below the minimum value"),
        "own_duplicate": gettext_noop("The partner already has it"),
        "protected": gettext_noop("Protected for another partner"),
        "rival_pending": gettext_noop("Behind an earlier submission"),
        "incumbent": gettext_noop("Another partner serves this customer"),
        "direct_customer": gettext_noop("A direct customer for this family"),
        "named_account": gettext_noop("Named account"),
        "direct_opportunity": gettext_noop("Direct sales has an open opportunity"),
        "related_account": gettext_noop("A claim on a related customer"),
        "lookalike": gettext_noop("A claim on a customer that looks alike"),
        "unverifiable": gettext_noop("No domain that identifies it"),
        "cool_off": gettext_noop("Its earlier registration ended recently"),
    }
)
"""A few words for our own people."""
