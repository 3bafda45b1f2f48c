"""The deals' files, in the order in which they are loaded."""

from deals.interchange.accounts import ACCOUNTS
from deals.interchange.catalogue import FAMILY_REQUIREMENTS, PRODUCTS
from deals.interchange.credits import CREDITS
from deals.interchange.leads import LEADS
from deals.interchange.named import NAMED_ACCOUNT_LISTS, NAMED_ACCOUNTS
from deals.interchange.opportunities import OPPORTUNITIES
from deals.interchange.registrations import REGISTRATIONS
from deals.interchange.subscriptions import COLLECTIONS, MRR_CHANGES, SUBSCRIPTIONS
from prm.interchange.files import register_files


def register() -> None:
    """Add the deals' files to the folder."""
    register_files(
        PRODUCTS,
        FAMILY_REQUIREMENTS,
        ACCOUNTS,
        NAMED_ACCOUNT_LISTS,
        NAMED_ACCOUNTS,
        OPPORTUNITIES,
        REGISTRATIONS,
        SUBSCRIPTIONS,
        MRR_CHANGES,
        CREDITS,
        COLLECTIONS,
        LEADS,
    )
