"""Entries with their explanations, in the language of the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import OuterRef, Subquery

from commissions.explanations import Explained, Explanation, explain
from partners.models import Partner, Tier
from prm.currencies import CURRENCIES

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from commissions.models import Entry


def with_tier_names(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Add ``tier_name`` (of the tier used) and ``below_name`` (for an override, the sub-partner), NULL where none."""
    tier = Tier.objects.filter(pk=OuterRef("tier_id")).values("name")[:1]
    below = Partner.objects.filter(pk=OuterRef("below_id")).values("name")[:1]
    return entries.annotate(tier_name=Subquery(tier), below_name=Subquery(below))


def explained(entry: Entry) -> Explanation:
    """Return how an entry came about; tier names are known of entries read by :func:`with_tier_names`."""
    tier = entry.tier_id
    name = getattr(entry, "tier_name", None)
    return explain(
        Explained(
            kind=entry.kind,
            currency=entry.currency,
            minor=CURRENCIES.get(entry.currency, 2),
            earned_period=entry.earned_period,
            amount=entry.amount,
            entitlement=entry.entitlement,
            posted_before=entry.posted_before,
            working=entry.working,
        ),
        tier_names={tier: name} if tier and name else {},
    )


def customer_of(entry: Entry, *, internal: bool = False) -> str:
    """Return whom the entry is about: the customer, or to a partner for an override its sub-partner alone."""
    below = getattr(entry, "below_name", None)
    if below and not internal:
        return str(below)
    return entry.subscription.account.name if entry.subscription else ""
