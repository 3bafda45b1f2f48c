"""Bad input (issue of the interchange page): every kind, the exact lines that a person reads, nothing loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import connection

from tests.folders import FOLDER, load, problems

if TYPE_CHECKING:
    from django.db.models import Model

pytestmark = pytest.mark.django_db

Files = dict[str, "str | bytes"]


def file(name: str, *lines: str) -> Files:
    """Return one file: its header as in the good folder, then ``lines``."""
    return {name: "\n".join((FOLDER[name].splitlines()[0], *lines, ""))}


READING: dict[str, tuple[Files, list[str]]] = {
    "empty file": ({"tiers.csv": ""}, ["tiers.csv:1: the file is empty; it needs a header row"]),
    "only blank lines": ({"tiers.csv": "\n\n,,\n"}, ["tiers.csv:1: the file is empty; it needs a header row"]),
    "unknown file": (
        {"acounts.csv": "a\n"},
        ["acounts.csv: unknown file; known are: " + ", ".join(FOLDER)],
    ),
    "unknown column": (
        {"tiers.csv": "code,name,rank,color\nsilver,Silver,1,grey\n"},
        [
            (
                "tiers.csv:1: color: unknown column; known are: code, name, rank, protection_days, live_cap,"
                " auto_approve, mdf_share"
            )
        ],
    ),
    "mistyped column": (
        {"tiers.csv": "code,name,rank,auto_aprove\nsilver,Silver,1,true\n"},
        ["tiers.csv:1: auto_aprove: unknown column; did you mean “auto_approve”?"],
    ),
    "column twice": (
        {"tiers.csv": "code,name,rank,name\nsilver,Silver,1,Gold\n"},
        ["tiers.csv:1: name: the column is there twice"],
    ),
    "column without a name": (
        {"tiers.csv": "code,name,rank,\nsilver,Silver,1,\n"},
        ["tiers.csv:1: column 4 has no name"],
    ),
    "semicolons": (
        {"tiers.csv": "code;name;rank\nsilver;Silver;1\n"},
        ["tiers.csv:1: the columns are not separated by commas"],
    ),
    "missing key column": (
        {"tiers.csv": "name,rank\nSilver,1\n"},
        ["tiers.csv:1: code: the column is missing; it is part of the key"],
    ),
    "missing required column of a new row": (
        {"tiers.csv": "code,name\nsilver,Silver\n"},
        ["tiers.csv:1: rank: the column is missing, and line 2 is a new row"],
    ),
    "too few and too many cells": (
        {"tiers.csv": "code,name,rank\nsilver,Silver\ngold,Gold,2,x\n"},
        ["tiers.csv:2: has 2 cells, the header has 3", "tiers.csv:3: has 4 cells, the header has 3"],
    ),
    "UTF-16 with a BOM": (
        {"tiers.csv": "code,name,rank\nsilver,Silver,1\n".encode("utf-16")},
        ["tiers.csv:1: the file is UTF-16, not UTF-8; save it as “CSV UTF-8”"],
    ),
    "UTF-16 without a BOM": (
        {"tiers.csv": "code,name,rank\nsilver,Silver,1\n".encode("utf-16-le")},
        ["tiers.csv:1: the file is UTF-16, not UTF-8; save it as “CSV UTF-8”"],
    ),
    "Latin-1": (
        {"tiers.csv": "code,name,rank\nsilver,Silber für alle,1\ngold,Größe,2\n".encode("latin-1")},
        [
            "tiers.csv:2: name: not UTF-8 (byte 0xFC); save the file as “CSV UTF-8”",
            "tiers.csv:3: name: not UTF-8 (byte 0xF6); save the file as “CSV UTF-8”",
        ],
    ),
    "NUL byte": (
        {"tiers.csv": b"code,name,rank\nsilver,Sil\x00ver,1\n"},
        ["tiers.csv:2: name: has a control character (U+0000)"],
    ),
    "quotation mark never closed": (
        {"tiers.csv": 'code,name,rank\nsilver,Silver,1\ngold,"Gold,2\nbronze,Bronze,3\n'},
        ["tiers.csv:3: a quotation mark is opened and never closed"],
    ),
    "text after a closing quotation mark": (
        {"tiers.csv": 'code,name,rank\nsilver,"Sil"ver,1\n'},
        [
            "tiers.csv:2: text follows a closing quotation mark; a quotation mark inside a cell is written twice",
        ],
    ),
    "huge cell": (
        {"tiers.csv": "code,name,rank\nsilver," + "x" * 200_000 + ",1\n"},
        ["tiers.csv:2: a cell has more than 100000 characters; is a quotation mark left open?"],
    ),
    "lines are counted through quoted line breaks": (
        {"tiers.csv": 'code,name,rank\r\nsilver,"Sil\r\nver",1\r\n\r\ngold,Gold,many\r\n'},
        ["tiers.csv:5: rank: “many” is not a whole number"],
    ),
    "same key twice": (
        file("tiers.csv", "silver,Silver,1,,,", "silver,Silver,1,,,"),
        ["tiers.csv:3: code: the same key as line 2"],
    ),
    "same key twice, empty equals empty": (
        {
            "tiers.csv": FOLDER["tiers.csv"],
            "partners.csv": FOLDER["partners.csv"],
            **file("tier_assignments.csv", "north,silver,,2026-01-01", "north,gold,,2026-01-01"),
        },
        ["tier_assignments.csv:3: partner, from: the same key as line 2"],
    ),
}

CELLS: dict[str, tuple[Files, list[str]]] = {
    "empty required cell": (file("tiers.csv", "silver,,1,,,"), ["tiers.csv:2: name: a value is needed"]),
    "several in one row, all rows": (
        file("tiers.csv", "sil ver,,0,x,,maybe", "gold,Gold,2,,-1,"),
        [
            "tiers.csv:2: code: “sil ver” may have only letters, digits, - and _",
            "tiers.csv:2: name: a value is needed",
            "tiers.csv:2: rank: 0 is not between 1 and 1000",
            "tiers.csv:2: protection_days: “x” is not a whole number",
            "tiers.csv:2: auto_approve: “maybe” is neither true nor false",
            "tiers.csv:3: live_cap: -1 is not between 0 and 32767",
        ],
    ),
    "bad dates": (
        file(
            "partners.csv",
            "a,A,reseller,active,,,,2026-02-30,",
            "b,B,reseller,active,,,,01.02.2026,",
            "c,C,reseller,active,,,,9999-12-31,",
            "d,D,reseller,active,,,,2026-1-5,",
        ),
        [
            "partners.csv:2: activated_on: “2026-02-30” is not a day of the calendar",
            "partners.csv:3: activated_on: “01.02.2026” is not a date (YYYY-MM-DD)",
            "partners.csv:4: activated_on: 9999-12-31 is not between 1900 and 2199; an open end is an empty cell",
            "partners.csv:5: activated_on: “2026-1-5” is not a date (YYYY-MM-DD)",
        ],
    ),
    "bad months": (
        file("fx_rates.csv", "USD,2026-13,1.08", "USD,2026-01-01,1.08"),
        [
            "fx_rates.csv:2: month: “2026-13” is not a month (YYYY-MM)",
            "fx_rates.csv:3: month: “2026-01-01” is not a month (YYYY-MM)",
        ],
    ),
    "bad moments": (
        {
            **FOLDER,
            **file(
                "leads.csv",
                "l-1,a-3,Backup,yesterday,,,,",
                "l-2,a-3,Backup,2026-02-30T10:00:00Z,,,,",
                "l-3,a-3,Backup,2026-02-01T25:00:00Z,,,,",
            ),
        },
        [
            "leads.csv:2: created_at: “yesterday” is not a moment (YYYY-MM-DDThh:mm:ssZ)",
            "leads.csv:3: created_at: “2026-02-30T10:00:00Z” is not a moment of the calendar",
            "leads.csv:4: created_at: “2026-02-01T25:00:00Z” is not a moment of the calendar",
        ],
    ),
    "unknown values of lists": (
        file("partners.csv", "a,A,franchise,active,,,,,", "b,B,reseller,dormant,Germany,,nobody,,"),
        [
            "partners.csv:2: type: “franchise” is not one of: reseller, referral, msp, distributor, software_vendor",
            (
                "partners.csv:3: status: “dormant” is not one of: "
                "applied, in_review, rejected, onboarding, active, suspended, terminated"
            ),
            "partners.csv:3: country: “Germany” is not a country code of two letters (like DE)",
            "partners.csv:3: manager_email: “nobody” is not an e-mail address",
        ],
    ),
    "bad numbers": (
        {
            **FOLDER,
            **file(
                "mrr_changes.csv",
                "s-1,2026-01-10,-5",
                "s-1,2026-01-11,NaN",
                "s-1,2026-01-12,1e5",
                '"s-1",2026-01-13,"1,200.00"',
                "s-1,2026-01-14,5000000000000",
                "s-1,2026-01-15,1.1234567",
                "s-1,2026-01-16,€5",
            ),
        },
        [
            "mrr_changes.csv:2: mrr: -5 is below 0",
            "mrr_changes.csv:3: mrr: “NaN” is not a plain number (like 1234.56)",
            "mrr_changes.csv:4: mrr: “1e5” is not a plain number (like 1234.56)",
            "mrr_changes.csv:5: mrr: “1,200.00” is not a plain number (like 1234.56)",
            "mrr_changes.csv:6: mrr: 5000000000000 is above 1000000000000",
            "mrr_changes.csv:7: mrr: 1.1234567 has more than 6 decimals",
            "mrr_changes.csv:8: mrr: “€5” is not a plain number (like 1234.56)",
        ],
    ),
    "unknown currency, rate of nothing": (
        file("fx_rates.csv", "XXX,2026-10,1", "USD,2026-10,0"),
        [
            "fx_rates.csv:2: currency: “XXX” is not a currency code of ISO 4217 (like EUR)",
            "fx_rates.csv:3: per_eur: 0 is below 0.00000001",
        ],
    ),
    "too long": (
        file("tiers.csv", "silver," + "x" * 121 + ",1,,,"),
        ["tiers.csv:2: name: has 121 characters, at most 120 fit"],
    ),
    "settings": (
        {
            "settings.csv": (
                "key,value\ncolour,red\ntimezone,Mars/Base\nfour_eyes,perhaps\nfirst_period,2026\nbase_currency,\n"
                "decision_sla_business_days,0\n"
            )
        },
        [
            (
                "settings.csv:2: key: “colour” is not a setting; known are: name, vendor_name, first_period, timezone, "
                "base_currency, four_eyes, minimum_expected_mrr, decision_sla_business_days, survey_month, "
                "tier_review_month, gross_margin, checks_per_day"
            ),
            "settings.csv:3: value: “Mars/Base” is not a known time zone (like Europe/Berlin)",
            "settings.csv:4: value: “perhaps” is neither true nor false",
            "settings.csv:5: value: “2026” is not a month (YYYY-MM)",
            "settings.csv:6: value: base_currency needs a value",
            "settings.csv:7: value: 0 is not between 1 and 365",
        ],
    ),
    "settings without values": ({"settings.csv": "key\nname\n"}, ["settings.csv:1: value: the column is missing"]),
    "score without an answer": (
        {
            **FOLDER,
            **file(
                "psat.csv",
                "2026-h1,ada@north.example,north,2026-06-01,6,",
                "2026-h1,ada@north.example,south,2026-06-01,4,",
            ),
        },
        [
            "psat.csv:2: score: 6 is not between 1 and 5",
            "psat.csv:3: score: score and answered_at come together",
        ],
    ),
}

TOGETHER: dict[str, tuple[Files, list[str]]] = {
    "missing references": (
        {
            **FOLDER,
            **file("subscriptions.csv", "s-1,a-9,backup-s,EUR,2026-01-10,,r-9", "s-2,a-1,nothing,EUR,2026-01-10,,"),
            **file("mrr_changes.csv", "s-1,2026-01-10,100", "s-9,2026-01-10,100"),
            "collections.csv": "subscription,month,billed,paid\n",
        },
        [
            "subscriptions.csv:2: account: “a-9” is unknown: neither in accounts.csv nor stored",
            "subscriptions.csv:2: registration: “r-9” is unknown: neither in registrations.csv nor stored",
            "subscriptions.csv:3: product: “nothing” is unknown: neither in products.csv nor stored",
            "mrr_changes.csv:3: subscription: “s-9” is unknown: neither in subscriptions.csv nor stored",
        ],
    ),
    "a reference to a bad row is not a second mistake": (
        {
            "tiers.csv": "code,name,rank\nsilver,Silver,none\n",
            "partners.csv": "code,name,type,status\na,A,reseller,active\n",
            "tier_assignments.csv": "partner,tier\na,silver\n",
        },
        ["tiers.csv:2: rank: “none” is not a whole number"],
    ),
    "ranks": (
        file("tiers.csv", "silver,Silver,1,,,", "gold,Gold,1,,,"),
        ["tiers.csv:3: rank: 1 is the rank of line 2"],
    ),
    "terminated since when": (
        {"partners.csv": "code,name,type,status,activated_on\na,A,reseller,terminated,2026-01-01\n"},
        ["partners.csv:2: status: “terminated” needs a row in partner_statuses.csv that says since when"],
    ),
    "overlapping tiers": (
        {
            **FOLDER,
            **file(
                "tier_assignments.csv", "north,silver,,2026-03-02", "north,gold,2026-03-01,", "north,gold,2026-05-01,"
            ),
        },
        [
            "tier_assignments.csv:3: from: overlaps line 2: a partner holds one tier at a time",
            "tier_assignments.csv:4: from: overlaps line 3: a partner holds one tier at a time",
        ],
    ),
    "overlapping plans": (
        {**FOLDER, **file("plan_assignments.csv", "south,other,2026-02-01,", "south,standard,2026-01-01,2026-02-02")},
        ["plan_assignments.csv:3: from: overlaps line 2: a partner is on one plan at a time"],
    ),
    "overlapping parents and statuses": (
        {
            **FOLDER,
            **file("parent_assignments.csv", "south,dist,,", "south,north,2026-03-01,"),
            **file("partner_statuses.csv", "south,active,2026-02-01,", "south,suspended,2026-06-01,"),
        },
        [
            "partner_statuses.csv:3: from: overlaps line 2: a partner has one status at a time",
            "parent_assignments.csv:3: from: overlaps line 2: a partner has one parent at a time",
        ],
    ),
    "dates out of order": (
        {**FOLDER, **file("tier_assignments.csv", "north,silver,2026-03-02,2026-03-01")},
        ["tier_assignments.csv:2: until: 2026-03-01 is before 2026-03-02"],
    ),
    "parents in a circle": (
        file(
            "partners.csv", "a,A,distributor,active,,b,,,", "b,B,distributor,active,,c,,,", "c,C,reseller,active,,a,,,"
        ),
        [
            "partners.csv:2: parent: “a” would be above itself",
            "partners.csv:3: parent: “b” would be above itself",
            "partners.csv:4: parent: “c” would be above itself",
        ],
    ),
    "own parent": (
        file("partners.csv", "a,A,distributor,active,,a,,,"),
        ["partners.csv:2: parent: a partner cannot be its own parent"],
    ),
    "parents in a circle on a common day": (
        {
            **FOLDER,
            **file(
                "parent_assignments.csv",
                "north,south,2026-01-01,2026-02-01",
                "south,north,2026-02-01,2026-03-01",
                "dist,south,2026-03-01,",
                "south,dist,2026-04-01,",
            ),
        },
        [
            "parent_assignments.csv:4: parent: “dist” would be above itself",
            "parent_assignments.csv:5: parent: “south” would be above itself",
        ],
    ),
    "accounts in a circle": (
        file("accounts.csv", "a,A,,,,b", "b,B,,,,a", "c,C,,,,c"),
        [
            "accounts.csv:2: parent: “a” would be above itself",
            "accounts.csv:3: parent: “b” would be above itself",
            "accounts.csv:4: parent: an account cannot be its own parent",
        ],
    ),
    "two names for one person": (
        {**FOLDER, **file("people.csv", "ada@north.example,north,Ada,owner,", "ada@north.example,south,Ida,owner,")},
        ["people.csv:3: name: line 2 names this person “Ada”"],
    ),
    "shares over 100 %": (
        {
            **FOLDER,
            **file(
                "credits.csv",
                "s-1,north,sourced,,2026-03-01,60",
                "s-1,south,sourced,2026-02-01,,50",
                "s-1,dist,influenced,,,100",
                "s-1,dist,sourced,2026-05-01,,100.5",
            ),
        },
        [
            "credits.csv:3: share: the sourced shares of “s-1” add up to 110 % on 2026-02-01, together with line 2",
            "credits.csv:5: share: 100.5 is above 100",
        ],
    ),
    "overlapping credits": (
        {**FOLDER, **file("credits.csv", "s-1,north,sourced,,,30", "s-1,north,sourced,2026-02-01,,30")},
        [
            "credits.csv:3: from: overlaps line 2: a partner has one share of a subscription and role at a time",
        ],
    ),
    "rules that tie": (
        {
            **FOLDER,
            **file(
                "rules.csv",
                "standard,recurring,,,,,,,1,13,,,20,,",
                "standard,recurring,,,,,,,12,24,2026-01-01,,10,,",
                "standard,recurring,,,,,,,24,,,,10,,",
                "standard,accelerator,,,,,EUR,,,,,,10,,",
                "standard,accelerator,,,,,EUR,0,,,,,10,,",
            ),
        },
        [
            "rules.csv:3: kind: ties with line 2: the same fields, and their dates and ages overlap",
            "rules.csv:6: kind: ties with line 5: the same fields, and their dates and ages overlap",
        ],
    ),
    "rules with fields that their kind does not have": (
        {
            **FOLDER,
            **file(
                "rules.csv",
                "nowhere,recurring,,,,,,,,,,,20,,",
                "standard,bonus,,,,,,,,,,,20,,",
                "standard,recurring,mail,Workspace,,,,,,,,,20000,,",
                "standard,recurring,mail,Workspace,,,,,,,,,,5,5",
                "standard,spiff,,,,,,,,,,,20,,",
                "standard,accelerator,mail,,,sourced,,-1,2,3,,,20,,",
                "standard,accelerator,mail,,,sourced,,,2,3,,,20,,",
                "standard,renewal,,,,,,100,13,13,2026-02-01,2026-01-01,5,,",
            ),
        },
        [
            "rules.csv:2: plan: “nowhere” is unknown: neither in plans.csv nor stored",
            (
                "rules.csv:3: kind: “bonus” is not one of: "
                "recurring, upfront, spiff, expansion, renewal, override, accelerator"
            ),
            "rules.csv:4: rate: 20000 is above 10000",
            "rules.csv:5: rate: a value is needed",
            "rules.csv:5: amount: only a spiff pays an amount",
            "rules.csv:5: minimum_mrr: only a spiff has a minimum MRR",
            "rules.csv:5: family: a rule names a product or a family, not both",
            "rules.csv:6: amount: a spiff pays an amount",
            "rules.csv:6: rate: a spiff pays an amount, not a rate",
            "rules.csv:6: currency: spiff needs a currency",
            "rules.csv:7: threshold: -1 is below 0",
            "rules.csv:8: currency: accelerator needs a currency",
            "rules.csv:8: product: an accelerator is per partner and has none",
            "rules.csv:8: role: an accelerator is per partner and has none",
            "rules.csv:8: age_from: an accelerator is per partner and has none",
            "rules.csv:8: age_until: an accelerator is per partner and has none",
            "rules.csv:9: until: 2026-01-01 is before 2026-02-01",
            "rules.csv:9: age_until: is not above age_from (13)",
            "rules.csv:9: threshold: only an accelerator has a threshold",
        ],
    ),
    "two default plans": (
        {"plans.csv": "code,name,default\na,A,true\nb,B,true\n"},
        ["plans.csv:3: default: line 2 is the default plan already; there is one"],
    ),
    "registrations": (
        {
            **FOLDER,
            **file(
                "registrations.csv",
                "r-1,north,a-2,Backup,approved,,2026-01-03,2026-06-01,,,,,,,",
                "r-2,south,a-2,Backup,approved,,2026-05-31,,,,,,,,",
                "r-3,south,a-2,Backup,approved,,2026-06-01,,,,,,false,,",
                "r-4,north,a-3,Backup,approved,,,,,,,,,,",
                "r-5,north,a-3,Mail,lost,,,,,,-1,,,north,tender",
                "r-6,north,a-1,Backup,approved,,2026-01-03,2026-01-03,,,,,,,",
                "r-7,north,a-3,Workspace,lost,,,,,,,,,north,",
            ),
        },
        [
            "registrations.csv:3: status: protected already: “north” holds this customer and family (line 2)",
            "registrations.csv:5: decided_at: an approved registration needs the moment of its decision",
            "registrations.csv:6: expected_mrr: -1 is below 0",
            "registrations.csv:6: origin: “tender” is not one of: partner, vendor_lead, co_sell",
            "registrations.csv:7: protected_until: is not after the decision",
            "registrations.csv:8: distributor: is the partner itself",
        ],
    ),
}

ALL = {**READING, **CELLS, **TOGETHER}


@pytest.mark.parametrize(("files", "expected"), ALL.values(), ids=ALL.keys())
def test_every_bad_row_is_named_and_nothing_is_loaded(files: Files, expected: list[str]) -> None:
    before = _rows()
    assert problems(files) == expected
    assert _rows() == before


def _rows() -> dict[str, str]:
    """Return a digest of every table's rows."""
    digests = {}
    models: list[type[Model]] = [m for m in apps.get_models() if m._meta.managed]
    with connection.cursor() as cursor:
        for table in sorted({model._meta.db_table for model in models}):
            cursor.execute(f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')  # noqa: S608
            digests[table] = str(cursor.fetchone())
    return digests


def test_a_refused_load_leaves_a_loaded_program_as_it_was() -> None:
    load()
    before = _rows()
    assert problems({**FOLDER, **file("mrr_changes.csv", "s-1,2026-01-10,999", "s-9,2026-01-10,5")}) == [
        "mrr_changes.csv:3: subscription: “s-9” is unknown: neither in subscriptions.csv nor stored"
    ]
    assert _rows() == before
