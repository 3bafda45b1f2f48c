"""Customers as another system, such as a CRM, keeps them (deal rules, section 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from deals.identity import identity_keys, name_key, readings_of
from deals.models import Account, AccountDomain, AccountToCompare, CandidateReason
from deals.queries.accounts import account_of_domain, current
from deals.queries.hosts import website_of
from deals.queries.references import Reference, find
from deals.services.accounts import PARENTS, lock_identities
from deals.services.candidates import compare_account, note_candidate
from deals.services.upserts.keeping import ExternalId, check_name, locked, note, require, require_system
from prm.errors import DomainError, StaleError
from prm.upserts import Upserted, upsert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from prm.actors import Actor

COLUMNS = ("name", "website", "country", "segment")


def upsert_account(
    *,
    name: ExternalId,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Upserted:
    """Make or change the customer that another system calls ``name``; a repeat changes nothing.

    ``values`` holds the named ones of name, website, country, segment and parent (a ``Reference`` or None).
    A website's domain that another customer holds is left to it, and the two become a candidate: an upsert
    never fails for it. A record that was merged keeps its own columns, for the undo; its domain, and whoever reads the
    answer, is led to the survivor, whose version counts. Raises ``DomainError`` for what is missing or unknown,
    ``StaleError`` for another version.
    """
    require_system(actor)
    check_name(name)
    seen = Account.objects.filter(**name.key()).first()
    columns = _columns(values, seen)
    domain = _domain(columns, seen)
    with transaction.atomic():
        _lock(columns, domain, seen, has_parent="parent" in values)
        before = _locked(name, version)
        if before is None:
            require(values, ("name",))
        if "parent" in values:
            columns["parent_id"] = _parent(values["parent"], before, actor=actor)
        done = upsert(
            Account,
            key=name.key(),
            values=columns,
            on_insert={"name": "", "name_key": "", "readings": [], "website": "", "country": "", "segment": ""},
            now=now,
        )
        row = Account.objects.get(pk=done.pk)
        told = {column: value for column, value in columns.items() if column != "readings"}
        note(what="account", done=done, before=before, row=row, values=told, actor=actor, now=now)
        if domain:
            _give_domain(row, domain, now=now)
        if AccountToCompare.objects.filter(pk=row.pk).exists():
            compare_account(row, now=now)
    return replace(done, pk=row.merged_into_id or done.pk)


def _locked(name: ExternalId, version: int | None) -> Account | None:
    """Return the stored record, locked; ``version`` is the survivor's where it was merged."""
    found: Account | None = locked(Account.objects.all(), name, version=None)
    meant = found if found is None else current(found)
    if version is not None and (meant is None or meant.version != version):
        raise StaleError(_("Somebody else changed it first. Read it again."))
    return found


def _columns(values: Mapping[str, Any], seen: Account | None) -> dict[str, Any]:
    """Return the columns to write; a customer that a system keeps is no mere prospect."""
    columns = {column: values[column] for column in COLUMNS if column in values}
    if "name" in columns:
        known = seen is not None and seen.name == columns["name"] and seen.name_key
        columns["name_key"] = known or name_key(columns["name"])
        columns["readings"] = readings_of(columns["name_key"])
        require(columns, ("name",))
    columns["is_prospect"] = False
    return columns


def _domain(columns: Mapping[str, Any], seen: Account | None) -> str:
    """Return the domain that a new or changed website brings; the ones that are there stay."""
    website = columns.get("website", "")
    if not website or (seen is not None and seen.website == website):
        return ""
    return website_of(website).identifying


def _lock(columns: Mapping[str, Any], domain: str, seen: Account | None, *, has_parent: bool) -> None:
    """Take the identity locks before anything is looked at, as everybody does who may make a customer."""
    country = columns.get("country", seen.country if seen else "")
    keys = identity_keys(domain=domain, name=columns.get("name", ""), country=country)
    lock_identities([*keys, PARENTS] if has_parent else keys)


def _parent(reference: Reference | None, account: Account | None, *, actor: Actor) -> int | None:
    if reference is None:
        return None
    parent = current(find(Account.objects.visible_to(actor).select_related("merged_into"), reference, field="parent"))
    if account is not None and account.pk in _above(parent.pk):
        raise DomainError("parent_above_itself", _("The customer would be above itself."), field="parent")
    return parent.pk


def _above(account_id: int) -> set[int]:
    """Return the account and everything above it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE above(id, parent_id) AS (
                SELECT id, parent_id FROM deals_account WHERE id = %s
                UNION SELECT a.id, a.parent_id FROM deals_account a JOIN above ON a.id = above.parent_id
            ) SELECT id FROM above""",
            [account_id],
        )
        return {pk for (pk,) in cursor.fetchall()}


def _give_domain(account: Account, domain: str, *, now: datetime) -> None:
    """Let the domain lead to ``account``, unless it leads to another: then a person looks at the two."""
    meant = account.merged_into_id or account.pk
    AccountDomain.objects.bulk_create([AccountDomain(domain=domain, account_id=meant)], ignore_conflicts=True)
    holder = account_of_domain(domain)
    if holder is not None and holder.pk != meant:
        note_candidate(account_id=meant, other_id=holder.pk, reason=CandidateReason.DUPLICATE_DOMAIN, score=1, now=now)
