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
    """Return the customers of this name key in this country, the oldest first; both must be known."""
    if not key or not country:
        return []
    return list(Account.objects.current().filter(name_key=key, country=country).order_by("pk")[:MAX_NAMESAKES])
