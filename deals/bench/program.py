"""Generates customers and registrations of any number: the same number gives the same program.

Names are made of syllables, a common word of the trade, at times a city, and a legal form; many are shared by several
companies, as in life. Countries are as unequal as markets are: the largest has a fifth of all customers.
"""

from __future__ import annotations

import json
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any, LiteralString

from django.db import connection, transaction

from deals.identity import name_key, readings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20261124
PARTNERS = 5_000
FAMILIES = 3
COUNTRIES = (
    "US", "DE", "GB", "FR", "PL", "CN", "IT", "ES", "NL", "SE", "FI", "NO", "DK", "AT", "CH", "BE", "CZ", "PT",
    "IE", "RO", "HU", "GR", "TR", "CA", "MX", "BR", "AR", "AU", "NZ", "JP", "KR", "IN", "ID", "SG", "AE", "SA",
    "IL", "ZA", "NG", "KE",
)  # fmt: skip
SYLLABLES = (
    "ka", "lo", "mar", "ten", "vi", "sol", "nor", "del", "ra", "bel", "cor", "fen", "gar", "hel", "is", "jun",
    "kel", "lin", "mon", "nel", "or", "pra", "quin", "ros", "sta", "tor", "ul", "ver", "wil", "xen", "yor",
    "zel", "ber", "dan", "el", "fos", "gro", "han", "il", "kra", "lum", "mer", "nav", "ost", "pel", "rin",
    "sur", "tal", "vor", "wen",
)  # fmt: skip
TRADES = (
    "Logistics", "Technologies", "Trading", "Foods", "Energy", "Medical", "Consulting", "Systems",
    "Engineering", "Media", "Insurance", "Construction", "Chemicals", "Services", "International", "Software",
    "Pharma", "Textiles", "Steel", "Bank",
)  # fmt: skip
CITIES = ("North", "South", "Berlin", "London", "Paris", "Warsaw", "Madrid", "Milan", "Boston", "Dallas")
FORMS = ("GmbH", "Ltd", "Inc.", "S.A.", "Sp. z o.o.", "B.V.", "AB", "Oy", "S.r.l.", "LLC")

PARTNER_ROWS: tuple[LiteralString, ...] = (
    """
INSERT INTO partners_tier (id, code, name, rank, live_cap, protection_days, auto_approve)
VALUES (1, 'silver', 'Silver', 1, 1000, 90, false), (2, 'gold', 'Gold', 2, 1000, 90, true)
""",
    """
INSERT INTO partners_partner (id, code, name, type, status, country, website, manager_email, created_at)
SELECT n, 'p' || n, 'Partner ' || n, 'reseller', 'active', 'DE', '', '', now() FROM generate_series(1, %(partners)s) n
""",
    """
INSERT INTO partners_tierassignment (partner_id, tier_id, valid_from)
SELECT n, 1 + n %% 2, '2020-01-01' FROM generate_series(1, %(partners)s) n
""",
    # One country a partner does not sell in, so that the rule has something to compare.
    """
INSERT INTO partners_territory (partner_id, country, segment)
SELECT n, c, '' FROM generate_series(1, %(partners)s) n CROSS JOIN unnest(%(countries)s::text[]) WITH ORDINALITY x(c, i)
WHERE i %% 40 <> n %% 40 AND n %% 5 = 0
""",
    "INSERT INTO deals_family (id, code, name) SELECT n, 'f' || n, 'Family ' || n FROM generate_series(1, 3) n",
    """
INSERT INTO deals_product (id, code, name, family_id)
SELECT n, 'product' || n, 'Product ' || n, n FROM generate_series(1, 3) n
""",
)

CLAIM_ROWS: tuple[LiteralString, ...] = (
    "UPDATE deals_account SET parent_id = id - 1 WHERE id %% 20 = 0",
    """
INSERT INTO deals_accountdomain (domain, account_id) SELECT website, id FROM deals_account WHERE website <> ''
""",
    # Every fifth customer has live registrations in one family; some have a line behind the protection.
    """
INSERT INTO deals_registration (id, number, source_system, holder_id, account_id, family_id, company, country, status,
    origin, exclusive, place, stage, website, currency, contact, note, submitted_at, due_at, decided_at,
    decision_reason, protected, version, created_at, updated_at)
SELECT n, 1000 + n, '', 1 + (n * 7919) %% %(partners)s, a.id, 1 + a.id %% 3, a.name, a.country, s.status, 'partner',
    true, n, 'qualified', a.website, 'EUR', '', '', %(now)s - interval '20 days',
    CASE s.status WHEN 'submitted' THEN %(now)s END,
    CASE s.status WHEN 'approved' THEN %(now)s - interval '18 days' END, '',
    CASE s.status WHEN 'approved' THEN tstzrange(%(now)s - interval '18 days', %(now)s + interval '72 days') END,
    1, %(now)s, %(now)s
FROM generate_series(1, %(registrations)s) n
CROSS JOIN LATERAL (
    SELECT CASE WHEN n %% 10 < 7 THEN 'approved' WHEN n %% 10 = 7 THEN 'waiting' ELSE 'submitted' END
) s(status)
JOIN deals_account a ON a.id = 1 + ((n - CASE WHEN n %% 10 = 7 THEN 1 ELSE 0 END) * 5) %% %(accounts)s
""",
    """
INSERT INTO deals_subscription (id, source_system, external_id, account_id, product_id, currency, started_on, source,
    version, created_at, updated_at)
SELECT n, 'crm', 's' || n, 1 + (n * 7) %% %(accounts)s, 1 + n %% 3, 'EUR', date '2025-01-01' + n %% 300, 'partner', 1,
    %(now)s, %(now)s
FROM generate_series(1, %(accounts)s / 6) n
""",
    """
INSERT INTO deals_mrrchange (subscription_id, effective_on, mrr)
SELECT id, started_on + d, 100 + id %% 400 FROM deals_subscription CROSS JOIN (VALUES (0), (90), (180)) v(d)
""",
    """
INSERT INTO deals_credit (subscription_id, partner_id, role, share, valid_from)
SELECT id, 1 + id %% %(partners)s, 'sourced', 100, started_on FROM deals_subscription WHERE id %% 3 <> 0
""",
    """
INSERT INTO deals_opportunity (source_system, external_id, account_id, family_id, opened_at, stage, owner_email,
    seller_name, version, created_at, updated_at)
SELECT 'crm', 'o' || n, 1 + (n * 13) %% %(accounts)s, 1 + n %% 3, %(now)s - interval '40 days', '', '', '', 1, %(now)s,
    %(now)s
FROM generate_series(1, %(accounts)s / 20) n
""",
    """
INSERT INTO deals_namedaccount (account_id, policy, owner_email, valid_from)
SELECT 1 + (n * 97) %% %(accounts)s, 'review', '', NULL FROM generate_series(1, least(2000, %(accounts)s / 100)) n
""",
)

TABLES = ("partners_partner", "partners_tier", "deals_family", "deals_product", "deals_account", "deals_registration",
          "deals_subscription")  # fmt: skip


def names(count: int) -> Iterator[tuple[str, str, str]]:
    """Yield name, country and domain of ``count`` companies; three in ten have no domain."""
    random = Random(SEED)  # noqa: S311 - invented companies, no secret
    weights = [1 / (place + 1.5) for place in range(len(COUNTRIES))]
    countries = random.choices(COUNTRIES, weights, k=count)
    for number, country in enumerate(countries, start=1):
        own = "".join(random.choices(SYLLABLES, k=random.choice((2, 2, 3, 3, 4)))).capitalize()
        words = [own]
        if random.random() < 0.7:  # noqa: PLR2004 - seven in ten name their trade
            words.append(random.choice(TRADES))
        if random.random() < 0.1:  # noqa: PLR2004 - one in ten its city
            words.append(random.choice(CITIES))
        words.append(random.choice(FORMS))
        yield " ".join(words), country, f"c{number}.com" if number % 10 >= 3 else ""  # noqa: PLR2004 - as above


def generate(*, accounts: int, registrations: int, now: datetime) -> None:
    """Write customers and live registrations of 5,000 partners into an empty database."""
    parameters: dict[str, Any] = {
        "accounts": accounts,
        "registrations": registrations,
        "partners": PARTNERS,
        "countries": list(COUNTRIES),
        "now": now,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # facts that hold by construction
        for statement in PARTNER_ROWS:
            cursor.execute(statement, parameters)
        _write_accounts(cursor, accounts, now)
        for statement in CLAIM_ROWS:
            cursor.execute(statement, parameters)
        for table in TABLES:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {table}", [table])  # noqa: S608 - ours
        cursor.execute("SELECT setval('deals_registration_place_seq', %(registrations)s)", parameters)
        cursor.execute("SELECT setval('deals_registration_number_seq', 1000 + %(registrations)s)", parameters)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _write_accounts(cursor: Any, accounts: int, now: datetime) -> None:
    """Copy the customers with their names read; the search table is filled as its trigger would."""
    columns = (
        "id, source_system, external_id, name, name_key, readings, website, country, segment, is_prospect, version"
    )
    with cursor.copy(f"COPY deals_account ({columns}, created_at, updated_at) FROM STDIN") as copy:
        for number, (name, country, domain) in enumerate(names(accounts), start=1):
            key = name_key(name)
            readings = json.dumps(readings_of(key), ensure_ascii=False)
            row = (number, "crm", f"a{number}", name, key, readings, domain, country, "", False, 1, now, now)
            copy.write_row(row)
    cursor.execute(
        "INSERT INTO deals_accountname (account_id, country, reading, words, shared, skeleton) "
        "SELECT a.id, a.country, r.place, r.said->>0, r.said->>1, r.said->>2 "
        "FROM deals_account a CROSS JOIN jsonb_array_elements(a.readings) WITH ORDINALITY r(said, place)"
    )
