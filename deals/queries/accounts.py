"""Reads that find customers."""

from __future__ import annotations

from deals.models import Account

MAX_NAMESAKES = 5

BY_DOMAIN = """
-- A domain that a merged customer still holds leads to its survivor.
SELECT a.* FROM deals_accountdomain d
JOIN deals_account h ON h.id = d.account_id
JOIN deals_account a ON a.id = coalesce(h.merged_into_id, h.id)
WHERE d.domain = %s
"""


def account_of_domain(domain: str) -> Account | None:
    """Return the customer to whom ``domain`` leads."""
    return next(iter(Account.objects.raw(BY_DOMAIN, [domain])), None)


def current(account: Account) -> Account:
    """Return the customer itself: the one into which ``account`` was merged, where it was."""
    return account.merged_into or account


def accounts_named(key: str, country: str) -> list[Account]:
    """Return the customers of this name key in this country, the oldest first; both must be known.

    A name that a merged customer had leads to its survivor.
    """
    if not key or not country:
        return []
    found = Account.objects.filter(name_key=key, country=country).select_related("merged_into").order_by("pk")
    return list({meant.pk: meant for meant in map(current, found[:MAX_NAMESAKES])}.values())
