"""Leads in any state."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deals.models import Account, Family, Lead, LeadOffer, LeadStatus
from deals.services.leads.offering import PLACE
from deals.services.settling import next_place
from partners.models import Partner
from tests.factories.deals import NOW, make_account, make_family


def make_lead(
    partner: Partner | None = None,
    *,
    account: Account | None = None,
    family: Family | None = None,
    status: str = "",
    now: datetime = NOW,
    **fields: Any,
) -> Lead:
    """Make a lead, new or, with a ``partner``, offered to it a minute ago (or accepted by it)."""
    account, family = account or make_account(), family or make_family()
    status = status or (LeadStatus.OFFERED if partner else LeadStatus.NEW)
    fields = {"created_at": now, "country": account.country, "segment": account.segment, **fields}
    if partner is not None:
        fields.setdefault("offered_at", now - timedelta(minutes=1))
    lead = Lead.objects.create(account=account, family=family, partner=partner, status=status, **fields)
    if partner is not None and status in {LeadStatus.OFFERED, LeadStatus.ACCEPTED}:
        is_accepted = status == LeadStatus.ACCEPTED
        LeadOffer.objects.create(
            lead=lead,
            account=account,
            family=family,
            partner=partner,
            offered_at=now - timedelta(minutes=1),
            due_at=now + timedelta(hours=7),
            answer="accepted" if is_accepted else "",
            answered_at=now if is_accepted else None,
            register_by=now + timedelta(days=14) if is_accepted else None,
            standing={PLACE: next_place()},
        )
    lead.refresh_from_db()
    return lead
