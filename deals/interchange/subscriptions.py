"""``subscriptions.csv``, ``mrr_changes.csv``, ``collections.csv``."""

from __future__ import annotations

from deals.interchange.lookups import ACCOUNT, CSV, PRODUCT, REGISTRATION, SUBSCRIPTION
from deals.models import SubscriptionSource
from prm.interchange.cells import MONEY_LIMIT, Choice, Currency, Day, Month, Number, Reference, Text
from prm.interchange.files import Column, FileSpec

SUBSCRIPTIONS = FileSpec(
    "subscriptions.csv",
    "deals_subscription",
    (
        Column("external_id", Text(), key=True, needed=True),
        Column("account", Reference(to=ACCOUNT), "account_id", needed=True),
        Column("product", Reference(to=PRODUCT), "product_id", needed=True),
        Column("currency", Currency(), needed=True),
        Column("started_on", Day(), needed=True),
        Column("source", Choice(allowed=tuple(SubscriptionSource.values)), default=SubscriptionSource.PARTNER.value),
        Column("registration", Reference(to=REGISTRATION), "registration_id"),
    ),
    constants={"source_system": CSV},
    on_insert={"version": "1", "created_at": "%(now)s", "updated_at": "%(now)s"},
    on_update={"version": "t.version + 1", "updated_at": "%(now)s"},
)
MRR_CHANGES = FileSpec(
    "mrr_changes.csv",
    "deals_mrrchange",
    (
        Column("subscription", Reference(to=SUBSCRIPTION), "subscription_id", key=True, needed=True),
        Column("effective_on", Day(), key=True, needed=True),
        Column("mrr", Number(), needed=True),
    ),
)
COLLECTIONS = FileSpec(
    "collections.csv",
    "deals_collection",
    (
        Column("subscription", Reference(to=SUBSCRIPTION), "subscription_id", key=True, needed=True),
        Column("month", Month(), key=True, needed=True),
        Column("billed", Number(least=-MONEY_LIMIT), needed=True),
        Column("paid", Number(least=-MONEY_LIMIT), needed=True),
    ),
)
