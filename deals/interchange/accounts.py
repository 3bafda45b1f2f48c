"""``accounts.csv``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from deals.identity import domain_of, name_key, readings_of
from deals.interchange.lookups import ACCOUNT, CSV
from deals.queries.hosts import kept_hosts
from prm.interchange import staging
from prm.interchange.cells import Country, Kind, Reference, Text
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from prm.interchange.files import Sheet
    from prm.interchange.loading import Load


class Readings(Kind):
    """How a name is compared; computed, never read from a cell."""

    sql = "jsonb"


def complete_accounts(_load: Load, sheet: Sheet) -> None:
    """Make the names comparable (deal rules, section 2)."""
    for row in sheet.rows:
        stored = row.stored
        known = stored is not None and stored["name"] == row.values["name"] and stored["name_key"]
        row.values["name_key"] = known or name_key(row.values["name"])
        row.values["readings"] = json.dumps(readings_of(row.values["name_key"]), ensure_ascii=False)


def check_parents(load: Load, sheet: Sheet) -> None:
    """Refuse an account that is, over however many steps, above itself."""
    up = _stored_parents(sheet)
    up.update({row.values["external_id"]: row.values["parent"] for row in sheet.rows})
    for row in sheet.rows:
        own = row.values["external_id"]
        seen = {own}
        parent = row.values["parent"]
        if parent == own:
            load.wrong(sheet, row, "parent", _("an account cannot be its own parent"))
            continue
        while parent is not None and parent not in seen:
            seen.add(parent)
            parent = up.get(parent)
        if parent == own:
            load.wrong(sheet, row, "parent", _("“%(code)s” would be above itself") % {"code": own})


def _stored_parents(sheet: Sheet) -> dict[str, str | None]:
    """Return the stored chains above the parents that the file names."""
    named = {row.values["parent"] for row in sheet.rows} - {None}
    if not named:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE above(id, external_id, parent_id) AS (
                SELECT id, external_id, parent_id FROM deals_account
                WHERE source_system = %s AND external_id = ANY(%s)
                UNION
                SELECT a.id, a.external_id, a.parent_id FROM above JOIN deals_account a ON a.id = above.parent_id
            )
            SELECT c.external_id, p.external_id FROM above c JOIN above p ON p.id = c.parent_id""",
            [CSV, list(named)],
        )
        return dict(cursor.fetchall())


def store_accounts(load: Load, sheet: Sheet) -> None:
    """Write accounts, then their parents (which may stand further down in the file), then their domains."""
    with connection.cursor() as cursor:
        # Nobody finds or makes a customer meanwhile: one lock here instead of one per identity key.
        cursor.execute("LOCK TABLE deals_account, deals_accountdomain IN SHARE ROW EXCLUSIVE MODE")
    table = staging.stage(sheet.spec, sheet.written())
    staging.upsert(sheet.spec, table, now=load.now, leave=frozenset({"parent"}))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE deals_account t SET parent_id = coalesce(p.merged_into_id, p.id) FROM {table} s "  # noqa: S608 - a name of our own
            "LEFT JOIN deals_account p ON p.source_system = %(csv)s AND p.external_id = s.c_parent "
            "WHERE t.source_system = %(csv)s AND t.external_id = s.c_external_id "
            "AND t.parent_id IS DISTINCT FROM coalesce(p.merged_into_id, p.id)",
            {"csv": CSV},
        )
    staging.drop(table)
    _write_domains(load, sheet)


def _write_domains(load: Load, sheet: Sheet) -> None:
    """Give each new or changed website's domain to its account; one that another account holds makes a candidate.

    The domains under which an account was known before stay its own.
    """
    changed = [r for r in sheet.written() if r.stored is None or r.stored["website"] != r.values["website"]]
    kept = kept_hosts()
    domains = [
        (r.values["external_id"], domain_of(r.values["website"], kept=kept)) for r in changed if r.values["website"]
    ]
    table = staging.copy_rows(
        [("external_id", "text"), ("domain", "text")], ((key, domain) for key, domain in domains if domain)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO deals_accountdomain (domain, account_id) "  # noqa: S608 - a name of our own
            f"SELECT DISTINCT ON (s.domain) s.domain, coalesce(a.merged_into_id, a.id) FROM {table} s "
            f"JOIN deals_account a ON a.source_system = %(csv)s AND a.external_id = s.external_id "
            f"ORDER BY s.domain, a.id ON CONFLICT (domain) DO NOTHING",
            {"csv": CSV},
        )
        cursor.execute(
            f"INSERT INTO deals_accountcandidate "  # noqa: S608 - as above
            f"(account_id, other_id, reason, score, created_at, decision, decided_by) "
            f"SELECT coalesce(a.merged_into_id, a.id), d.account_id, 'duplicate_domain', 1, %(now)s, '', '' "
            f"FROM {table} s "
            f"JOIN deals_account a ON a.source_system = %(csv)s AND a.external_id = s.external_id "
            f"JOIN deals_accountdomain d ON d.domain = s.domain AND d.account_id <> coalesce(a.merged_into_id, a.id) "
            f"ORDER BY a.id ON CONFLICT DO NOTHING",
            {"csv": CSV, "now": load.now},
        )
    staging.drop(table)


ACCOUNTS = FileSpec(
    "accounts.csv",
    "deals_account",
    (
        Column("external_id", Text(), key=True, needed=True),
        Column("name", Text(most=250), needed=True),
        Column("website", Text(most=253)),
        Column("country", Country()),
        Column("segment", Text(most=80)),
        Column("parent", Reference(to=ACCOUNT), "parent_id"),
    ),
    computed=(Column("name_key", Text(most=250)), Column("readings", Readings())),
    constants={"source_system": CSV},
    on_insert={"is_prospect": "false", "version": "1", "created_at": "%(now)s", "updated_at": "%(now)s"},
    on_update={"is_prospect": "false", "version": "t.version + 1", "updated_at": "%(now)s"},
    complete=complete_accounts,
    checks=(check_parents,),
    store=store_accounts,
)
