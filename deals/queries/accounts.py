"""Reads that find customers."""

from __future__ import annotations

from deals.models import Account

MAX_NAMESAKES = 5


def account_of_domain(domain: str) -> Account | None:
    """Return the customer to whom ``domain`` leads."""
    found = Account.objects.filter(domains__domain=domain).select_related("merged_into").first()
    return found and current(found)


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
