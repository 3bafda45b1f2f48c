"""Whom a lead reserves a customer's family for (deal rules, section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deals.models import LeadOffer

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reservation:
    """A lead on the customer and family is with a partner since then; ``until`` is when it has to act."""

    partner_id: int
    partner_name: str
    since: datetime
    until: datetime


def reserved_for(*, account_id: int, family_id: int, now: datetime) -> Reservation | None:
    """Return for whom a lead reserves the customer's family: from its offer until it is registered or goes on.

    One whose time is over at ``now`` still reserves until the sweep has passed it on: the lead is its next
    partner's, and nobody slips in between.
    """
    offer = (
        LeadOffer.objects.filter(
            account_id=account_id, family_id=family_id, released_at__isnull=True, offered_at__lte=now
        )
        .select_related("partner")
        .first()
    )
    if offer is None:
        return None
    until = offer.register_by or offer.due_at
    return Reservation(offer.partner_id, offer.partner.name, offer.offered_at, until)
