"""Finds the customer behind a domain or a name, and makes a prospect of one that nobody knew."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from django.db import connection

from deals.identity import HostKind, identity_keys, name_key, readings_of
from deals.models import Account, AccountDomain
from deals.queries.accounts import account_of_domain, accounts_named
from deals.queries.hosts import website_of
from prm import audit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from deals.identity import Website
    from prm.actors import Actor

PARENTS = "account-parents"
"""Locked while a parent changes or customers are merged: two halves of a circle come one after the other."""

NO_DOMAIN = "no_domain"
UNIDENTIFIED = frozenset({NO_DOMAIN, HostKind.FREE_MAIL.value, HostKind.SHARED_HOST.value})
"""Doubts of a customer that no domain identifies: there is none, or one that many people or companies share."""

OTHER_DOMAIN = "other_domain"
SEVERAL = "several_of_this_name"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which customer it is; ``doubt`` says why a person should look, in the rules' own words.

    ``domain_known``: the domain led to a customer that we knew, so that its name need not be compared.
    """

    account: Account
    domain: str = ""
    doubt: str = ""
    is_new: bool = False
    domain_known: bool = False


def lock_identities(keys: Iterable[str]) -> None:
    """Take the identity locks of this transaction, in one order for everybody (deal rules, section 2).

    Whoever may create a customer takes them before looking for it; the loser of a race waits here and
    then finds what the winner made. The numbers, not the names, are sorted: that is what is locked.
    """
    numbers = sorted({_lock_number(key) for key in keys})
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def resolve_account(
    *,
    website: str,
    name: str,
    country: str,
    actor: Actor,
    now: datetime,
) -> Resolution:
    """Return the customer by domain, else by name and country, else a new prospect.

    Takes the identity locks first, all keys in one order. An unknown domain is given to the customer that was found
    by name, so that the next one who types it finds the same; where that customer has another domain already, the
    resolution carries a doubt. Runs in the caller's transaction.
    """
    site = website_of(website)
    domain, country = site.identifying, country.upper()
    lock_identities(identity_keys(domain=domain, name=name, country=country))
    if domain and (account := account_of_domain(domain)):
        return Resolution(account, domain, domain_known=True)
    namesakes = accounts_named(name_key(name), country)
    if not namesakes:
        account = _new_prospect(website=website, name=name, country=country, domain=domain, actor=actor, now=now)
        return Resolution(account, domain, "" if domain else _unidentified(site), is_new=True)
    account, doubt = namesakes[0], _doubt(namesakes) if domain else _unidentified(site)
    if domain:
        AccountDomain.objects.create(domain=domain, account=account)
        audit.record(
            action="account.domain_added",
            actor=actor,
            now=now,
            target=account,
            data={"domain": domain, "found_by": "name"},
        )
    return Resolution(account, domain, doubt)


def _doubt(namesakes: list[Account]) -> str:
    if len(namesakes) > 1:
        return SEVERAL
    return OTHER_DOMAIN if namesakes[0].domains.exists() else ""


def _unidentified(site: Website) -> str:
    """Return why the website identifies nobody: people or companies share its host, or it names none."""
    return NO_DOMAIN if site.kind is HostKind.OWN else site.kind.value


def _new_prospect(*, website: str, name: str, country: str, domain: str, actor: Actor, now: datetime) -> Account:
    account = Account.objects.create(
        name=name.strip() or domain,
        name_key=name_key(name),
        readings=readings_of(name_key(name)),
        website=website.strip(),
        country=country,
        is_prospect=True,
    )
    if domain:
        AccountDomain.objects.create(domain=domain, account=account)
    audit.record(action="account.prospect_created", actor=actor, now=now, target=account, data={"domain": domain})
    return account


def _lock_number(key: str) -> int:
    """Return the signed 64-bit number that is locked for ``key``."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)
