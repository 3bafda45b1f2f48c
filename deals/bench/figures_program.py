"""Generates subscriptions of any number for the figures' bench: the same number gives the same program.

Starts are spread over 36 months, so that every month of the measured year has customers of a year before. A quarter of
the subscriptions changed once, one in eight ended; one in five is sourced by nobody, one in ten by two partners, one in
twelve influenced by another. Partners sell in one country and its currency, to customers of their own.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction

from prm.months import add_months

PARTNERS = 5_000
FIRST, LAST_DAY = date(2023, 11, 1), date(2026, 10, 31)
COUNTRIES = ("FI", "DE", "PL", "FR", "US", "GB", "SE", "JP")
CURRENCIES = ("EUR", "EUR", "PLN", "EUR", "USD", "GBP", "SEK", "JPY")

ROWS = (
    """
INSERT INTO partners_tier (id, code, name, rank, protection_days, auto_approve)
VALUES (1, 'silver', 'Silver', 1, 90, false), (2, 'gold', 'Gold', 2, 90, true)
""",
    """
INSERT INTO partners_partner (id, code, name, type, status, country, website, manager_email, created_at, activated_on)
SELECT n, 'p' || n, 'Partner ' || n, 'reseller', 'active', (%(countries)s::text[])[1 + n %% 8], '',
       'm' || n %% 40 || '@vendor.example', now(), %(first)s + (n %% 700)
FROM generate_series(1, %(partners)s) n
""",
    """
INSERT INTO partners_tierassignment (partner_id, tier_id, valid_from)
SELECT n, 1 + n %% 2, '2020-01-01' FROM generate_series(1, %(partners)s) n
""",
    "INSERT INTO deals_family (id, code, name) SELECT n, 'f' || n, 'Family ' || n FROM generate_series(1, 4) n",
    """
INSERT INTO deals_product (id, code, name, family_id)
SELECT n, 'product' || n, 'Product ' || n, 1 + n %% 4 FROM generate_series(1, 8) n
""",
    """
INSERT INTO prm_fxrate (currency, month, per_eur)
SELECT c.code, m, c.rate + 0.01 * extract(month FROM m)
FROM generate_series(%(first)s, %(last)s, interval '1 month') m
CROSS JOIN (VALUES ('PLN', 4.2), ('USD', 1.1), ('GBP', 0.85), ('SEK', 11.2), ('JPY', 160)) c(code, rate)
""",
    # Two subscriptions a customer.
    """
INSERT INTO deals_account (id, source_system, external_id, name, name_key, website, country, segment, is_prospect,
    version, created_at, updated_at)
SELECT n, 'crm', 'a' || n, 'Customer ' || n, '', '', (%(countries)s::text[])[1 + (1 + n %% %(partners)s) %% 8],
       (ARRAY['smb', 'mid', 'large'])[1 + n %% 3], false, 1, now(), now()
FROM generate_series(1, %(subscriptions)s / 2) n
""",
    """
INSERT INTO deals_registration (id, number, source_system, holder_id, account_id, family_id, company, country, status,
    origin, exclusive, stage, website, currency, contact, note, decision_reason, version, created_at, updated_at)
SELECT n, 1000 + n, 'crm', 1 + n %% %(partners)s, n, 1, '', '', 'won',
       CASE WHEN n %% 3 = 0 THEN 'co_sell' ELSE 'partner' END, true, '', '', 'EUR', '', '', '', 1, now(), now()
FROM generate_series(1, %(subscriptions)s / 10) n
""",
    """
INSERT INTO deals_subscription (id, source_system, external_id, account_id, product_id, currency, started_on, source,
    registration_id, version, created_at, updated_at)
SELECT n, 'crm', 's' || n, 1 + (n - 1) / 2, 1 + n %% 8,
       (%(currencies)s::text[])[1 + (1 + (1 + (n - 1) / 2) %% %(partners)s) %% 8],
       %(first)s + ((n::bigint * 7919) %% 1090)::int, 'partner',
       CASE WHEN n %% 2 = 1 AND 1 + (n - 1) / 2 <= %(subscriptions)s / 10 THEN 1 + (n - 1) / 2 END, 1, now(), now()
FROM generate_series(1, %(subscriptions)s) n
""",
    """
INSERT INTO deals_mrrchange (subscription_id, effective_on, mrr)
SELECT s.id, c.on_day, c.mrr
FROM deals_subscription s
CROSS JOIN LATERAL (
    SELECT s.started_on AS on_day, (20 + s.id %% 480)::numeric AS mrr
    UNION ALL SELECT s.started_on + 100 + (s.id %% 500)::int, 20 + (s.id::bigint * 31) %% 520 WHERE s.id %% 4 = 0
    UNION ALL SELECT s.started_on + 200 + (s.id %% 700)::int, 0 WHERE s.id %% 8 = 3
) c
""",
    # A customer's partner is its own; one in five has none.
    """
INSERT INTO deals_credit (subscription_id, partner_id, role, share, valid_from)
SELECT s.id, c.partner_id, c.role, c.share, s.started_on
FROM deals_subscription s
CROSS JOIN LATERAL (SELECT 1 + s.account_id %% %(partners)s AS own, s.account_id %% 5 = 0 AS is_direct,
                           s.account_id %% 10 = 1 AS is_split) x
CROSS JOIN LATERAL (
    SELECT x.own, 'sourced', CASE WHEN x.is_split THEN 60 ELSE 100 END WHERE NOT x.is_direct
    UNION ALL SELECT 1 + x.own %% %(partners)s, 'sourced', 40 WHERE x.is_split
    UNION ALL SELECT 1 + (x.own + 6) %% %(partners)s, 'influenced', 50 WHERE s.id %% 12 = 0
) c(partner_id, role, share)
""",
)


def generate(subscriptions: int) -> None:
    """Write the program into an empty database, past foreign keys and marks, which hold by construction."""
    parameters: dict[str, Any] = {
        "subscriptions": subscriptions,
        "partners": PARTNERS,
        "first": FIRST,
        "last": add_months(LAST_DAY, 0),
        "countries": list(COUNTRIES),
        "currencies": list(CURRENCIES),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in ROWS:
            cursor.execute(statement, parameters)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
