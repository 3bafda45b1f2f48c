"""Writes of other systems by their own ids: a repeat changes nothing, what is not named stays as it is."""

from deals.services.upserts.accounts import upsert_account
from deals.services.upserts.leads import upsert_lead
from deals.services.upserts.named import upsert_named_account
from deals.services.upserts.opportunities import upsert_opportunity
from deals.services.upserts.registrations import upsert_registration
from deals.services.upserts.subscriptions import (
    upsert_collection,
    upsert_credit,
    upsert_mrr_change,
    upsert_subscription,
)

__all__ = [
    "upsert_account",
    "upsert_collection",
    "upsert_credit",
    "upsert_lead",
    "upsert_mrr_change",
    "upsert_named_account",
    "upsert_opportunity",
    "upsert_registration",
    "upsert_subscription",
]
