"""Where references to products, customers, registrations and subscriptions lead."""

from prm.interchange.files import Lookup

CSV = "csv"
"""The source system of rows that were loaded from a folder."""

FROM_CSV = f"{{alias}}.source_system = '{CSV}'"
FAMILY = Lookup("deals_family", "code", "products.csv", "family")
PRODUCT = Lookup("deals_product", "code", "products.csv", "code")
ACCOUNT = Lookup(
    "deals_account",
    "external_id",
    "accounts.csv",
    "external_id",
    FROM_CSV,
    leads_to="coalesce({alias}.merged_into_id, {alias}.id)",
)
"""A customer that was merged into another leads to it, under both ids."""

REGISTRATION = Lookup("deals_registration", "external_id", "registrations.csv", "external_id", FROM_CSV)
SUBSCRIPTION = Lookup("deals_subscription", "external_id", "subscriptions.csv", "external_id", FROM_CSV)
NAMED_LIST = Lookup("deals_namedaccountlist", "code", "named_account_lists.csv", "code")
