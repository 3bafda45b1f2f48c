"""``registrations.csv``: loaded with their state; history holds no protection, approved ones are protected."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from deals.interchange.lookups import ACCOUNT, CSV, FAMILY
from deals.interchange.protection import TierTerms, check_clashes, complete_protection
from deals.models import LIVE_STATUSES, Origin, RegistrationStatus
from deals.queries.rules import business_hours, program_with_rules
from partners.interchange.lookups import PARTNER, TIER
from prm.interchange import staging
from prm.interchange.cells import Choice, Currency, Day, Flag, Instant, Kind, Number, Reference, Text
from prm.interchange.files import Column, FileSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from deals.policy import RuleSettings
    from prm.calendar import BusinessHours
    from prm.interchange.files import Row, Sheet
    from prm.interchange.loading import Load


class MomentRange(Kind):
    """A stretch of time; computed, never read from a cell."""

    sql = "tstzrange"


class Place(Kind):
    """A place in line; computed, never read from a cell."""

    sql = "bigint"


def complete_registrations(load: Load, sheet: Sheet) -> None:
    """Fill in what is computed: the protected window, the terms, when it is due; the place comes with the lock."""
    terms = TierTerms(load)
    program, rules = program_with_rules(now=load.now)
    hours = business_hours(program)
    for row in sheet.rows:
        complete_protection(load, sheet, row, terms)
        row.values["due_at"] = _due(row, load.now, hours, rules)
        row.values["place"] = row.stored["place"] if row.stored is not None else None


def _due(row: Row, now: datetime, hours: BusinessHours, rules: RuleSettings) -> datetime | None:
    status = row.values["status"]
    if row.stored is not None and row.stored["status"] == status:
        due: datetime | None = row.stored["due_at"]
        return due
    if status == RegistrationStatus.SUBMITTED:
        return hours.add_days(row.values["submitted_at"] or now, rules.decision_sla_business_days)
    if status == RegistrationStatus.RETURNED:
        return hours.add_days(now, rules.answer_business_days)
    if status == RegistrationStatus.WAITING:
        return now + timedelta(days=rules.waiting_days)
    return None


def check_distributor(load: Load, sheet: Sheet) -> None:
    """Refuse a distributor that is the partner itself."""
    for row in sheet.rows:
        if row.values["distributor"] == row.values["partner"]:
            load.wrong(sheet, row, "distributor", _("is the partner itself"))


def store_registrations(load: Load, sheet: Sheet) -> None:
    """Lock the customers, give places to those that stand in line, write, and note it in the history."""
    rows = sheet.written()
    accounts = sorted({row.values["account"] for row in rows})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM deals_account WHERE source_system = %s AND external_id = ANY(%s) "
            "ORDER BY id FOR NO KEY UPDATE",
            [CSV, accounts],
        )
    _give_places(rows)
    table = staging.stage(sheet.spec, rows)
    with any_step():
        staging.upsert(sheet.spec, table, now=load.now)
    staging.drop(table)
    _write_events(load, rows)


@contextmanager
def any_step() -> Iterator[None]:
    """Let the rows take any step in this transaction: a file tells what has happened elsewhere, in one leap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('deals.any_step', 'on', true)")
        yield
        cursor.execute("SELECT set_config('deals.any_step', '', true)")


def _give_places(rows: list[Row]) -> None:
    """Take places after the lock, in the order of submission, so that they agree with commits."""
    standing = [row for row in rows if row.values["status"] in LIVE_STATUSES and row.values["place"] is None]
    standing.sort(key=lambda row: (row.values["submitted_at"] is None, row.values["submitted_at"], row.line))
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('deals_registration_place_seq') FROM generate_series(1, %s)", [len(standing)])
        for row, (place,) in zip(standing, cursor.fetchall(), strict=True):
            row.values["place"] = place


def _write_events(load: Load, rows: list[Row]) -> None:
    moved = [r for r in rows if r.stored is None or r.stored["status"] != r.values["status"]]
    table = staging.copy_rows(
        [("external_id", "text"), ("before", "text")],
        ((r.values["external_id"], r.stored["status"] if r.stored is not None else "") for r in moved),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO deals_registrationevent (registration_id, at, kind, from_status, to_status, user_id, "  # noqa: S608 - a name of our own
            f"actor, by_partner, channel, reason, data) "
            f"SELECT r.id, %(now)s, 'loaded', s.before, r.status, %(user)s, %(actor)s, false, %(channel)s, '', '{{}}' "
            f"FROM {table} s JOIN deals_registration r ON r.source_system = %(csv)s AND r.external_id = s.external_id "
            f"ORDER BY r.id",
            {
                "now": load.now,
                "user": load.actor.user_id,
                "actor": load.actor.label or load.actor.kind.value,
                "channel": load.actor.channel.value,
                "csv": CSV,
            },
        )
    staging.drop(table)


REGISTRATIONS = FileSpec(
    "registrations.csv",
    "deals_registration",
    (
        Column("external_id", Text(), key=True, needed=True),
        Column("partner", Reference(to=PARTNER), "holder_id", needed=True),
        Column("account", Reference(to=ACCOUNT), "account_id", needed=True),
        Column("family", Reference(to=FAMILY), "family_id", needed=True),
        Column("status", Choice(allowed=tuple(RegistrationStatus.values)), needed=True),
        Column("submitted_at", Instant()),
        Column("decided_at", Instant()),
        Column("protected_until", Instant(), stored=False, read="upper(t.protected)"),
        Column("closed_on", Day()),
        Column("stage", Text(most=40)),
        Column("expected_mrr", Number()),
        Column("currency", Currency()),
        Column("exclusive", Flag(), default=True),
        Column("distributor", Reference(to=PARTNER), "distributor_id"),
        Column("origin", Choice(allowed=tuple(Origin.values)), default=Origin.PARTNER.value),
    ),
    computed=(
        Column("protected", MomentRange()),
        Column("protected_tier", Reference(to=TIER), "protected_tier_id"),
        Column("due_at", Instant()),
        Column("place", Place()),
    ),
    constants={"source_system": CSV},
    on_insert={
        "website": "''",
        "company": "''",
        "country": "''",
        "contact": "''",
        "note": "''",
        "decision_reason": "''",
        "version": "1",
        "created_at": "%(now)s",
        "updated_at": "%(now)s",
    },
    on_update={"version": "t.version + 1", "updated_at": "%(now)s"},
    complete=complete_registrations,
    checks=(check_distributor, check_clashes),
    store=store_registrations,
)
