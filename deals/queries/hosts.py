"""What a website says about its customer: the product's lists, and over them what operations wrote down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from deals.identity import Website, understood
from deals.models import Account, KeptHost
from deals.queries.accounts import account_of_domain

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEPT = "SELECT domain, kind FROM deals_kepthost WHERE domain IN (%s, %s)"


def website_of(website_or_email: str) -> Website:
    """Return what was typed, understood by the lists as they are at this moment."""
    plain = understood(website_or_email)
    if not plain.host:
        return plain
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [plain.host, plain.domain])
        kept = dict(cursor.fetchall())
    return understood(website_or_email, kept=kept) if kept else plain


def kept_hosts() -> dict[str, str]:
    """Return everything that operations wrote down, for those who read many websites at once."""
    return dict(KeptHost.objects.values_list("domain", "kind"))


def hosts_to_read(*, kind: str = "", words: str = "") -> QuerySet[KeptHost]:
    """Return what operations wrote down, in alphabetical order."""
    found = KeptHost.objects.order_by("domain")
    if kind:
        found = found.filter(kind=kind)
    return found.filter(domain__icontains=words.strip().lower()) if words.strip() else found


def affected_account(host: str) -> Account | None:
    """Return the customer to whom the host's domain leads now, so that a person sees what an entry changes."""
    domain = understood(host).domain
    return account_of_domain(domain) if domain else None
