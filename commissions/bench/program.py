"""Generates a program of any size in SQL: the same size gives the same program.

5,000 partners under fifty distributors, two tiers, three plans (one by payments received, one with a cap), dated rules
of every kind, four currencies of 0, 2 and 3 digits, one subscription in ten split between two partners. Facts are
written past the foreign keys and past the check of shares, which hold by construction; change tracking is not left
out, since a run has to deal with its marks.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from commissions.bench.rules import PLANS, RULES
from prm.months import add_months

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

PARTNERS = 5_000
DISTRIBUTORS = 50
PERIOD = date(2026, 5, 1)
OLDEST_MONTHS = 36
"""Starts are spread over this many months up to the period's end."""

PICK = """
-- A number below m that looks random and is the same each time.
CREATE FUNCTION pg_temp.pick(n bigint, seed bigint, m bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(n, seed) & 9223372036854775807) % m $$
"""

PARTNER_FACTS = (
    # The first fifty are distributors.
    """
INSERT INTO partners_partner (id, code, name, type, status, country, website, manager_email, created_at)
SELECT n, 'p' || n, 'Partner ' || n, CASE WHEN n <= %(distributors)s THEN 'distributor' ELSE 'reseller' END,
       'active', 'DE', '', '', now()
FROM generate_series(1, %(partners)s) n
""",
    """
INSERT INTO partners_tier (id, code, name, rank, protection_days, auto_approve)
VALUES (1, 'silver', 'Silver', 1, 90, false), (2, 'gold', 'Gold', 2, 90, true)
""",
    # A third is gold, a twentieth became gold this spring, partly in the middle of a month.
    """
INSERT INTO partners_tierassignment (partner_id, tier_id, valid_from, valid_until)
SELECT n, CASE WHEN pg_temp.pick(n, 1, 3) = 0 THEN 2 ELSE 1 END, '2020-01-01',
       CASE WHEN pg_temp.pick(n, 2, 20) = 0 THEN %(spring)s + pg_temp.pick(n, 3, 80)::int END
FROM generate_series(1, %(partners)s) n
""",
    """
INSERT INTO partners_tierassignment (partner_id, tier_id, valid_from)
SELECT partner_id, 2, valid_until FROM partners_tierassignment WHERE valid_until IS NOT NULL
""",
    # Half sell under a distributor; some have changed over to another one in the middle of the month.
    """
INSERT INTO partners_parentassignment (partner_id, parent_id, valid_from, valid_until)
SELECT n, 1 + pg_temp.pick(n, 5, %(distributors)s), '2020-01-01',
       CASE WHEN pg_temp.pick(n, 6, 25) = 0 THEN %(period)s + 9 END
FROM generate_series(%(distributors)s + 1, %(partners)s) n WHERE pg_temp.pick(n, 4, 2) = 0
""",
    """
INSERT INTO partners_parentassignment (partner_id, parent_id, valid_from)
SELECT partner_id, 1 + parent_id %% %(distributors)s, valid_until
FROM partners_parentassignment WHERE valid_until IS NOT NULL
""",
    """
INSERT INTO deals_family (id, code, name) SELECT n, 'f' || n, 'Family ' || n FROM generate_series(1, 4) n
""",
    """
INSERT INTO deals_product (id, code, name, family_id)
SELECT n, 'product' || n, 'Product ' || n, 1 + n %% 4 FROM generate_series(1, 8) n
""",
    # Most are on the default plan; a fifth on each of the others, one in fifty of them only since last month.
    """
INSERT INTO commissions_planassignment (partner_id, plan_id, valid_from)
SELECT n, CASE WHEN pg_temp.pick(n, 7, 10) < 2 THEN 2 ELSE 3 END,
       CASE WHEN pg_temp.pick(n, 8, 50) = 0 THEN %(period)s - 10 ELSE date '2020-01-01' END
FROM generate_series(1, %(partners)s) n WHERE pg_temp.pick(n, 7, 10) < 4
""",
)

SUBSCRIPTION_FACTS = (
    """
INSERT INTO deals_account (id, source_system, external_id, name, name_key, website, country, segment, is_prospect,
                           version, created_at, updated_at)
SELECT n, 'csv', 'a' || n, 'Customer ' || n, '', '', 'DE', '', false, 1, now(), now()
FROM generate_series(1, %(accounts)s) n
""",
    """
INSERT INTO deals_subscription (id, source_system, external_id, account_id, product_id, currency, started_on, source,
                                version, created_at, updated_at)
SELECT n * %(stride)s, 'csv', 's' || n, 1 + n %% %(accounts)s, 1 + pg_temp.pick(n, 10, 8),
       CASE WHEN pg_temp.pick(n, 11, 100) < 70 THEN 'EUR' WHEN pg_temp.pick(n, 11, 100) < 85 THEN 'USD'
            WHEN pg_temp.pick(n, 11, 100) < 93 THEN 'JPY' ELSE 'KWD' END,
       %(last_day)s - pg_temp.pick(n, 12, %(days)s)::int, 'partner', 1, now(), now()
FROM generate_series(1, %(subscriptions)s) n
""",
    # 20.00 to 1,000.00 in euros and dollars, whole yen, thousandths of dinars. In the period 3 %% change their level
    # (two thirds up, one third down) and 1.5 %% leave; one in ten left before, one in six changed before.
    """
INSERT INTO deals_mrrchange (subscription_id, effective_on, mrr)
SELECT s.id, c.effective_on, round(c.euros * CASE s.currency WHEN 'JPY' THEN 160 WHEN 'KWD' THEN 0.33 ELSE 1 END,
                                   CASE s.currency WHEN 'JPY' THEN 0 WHEN 'KWD' THEN 3 ELSE 2 END)
FROM deals_subscription s
CROSS JOIN LATERAL (
    SELECT 20 + pg_temp.pick(s.id, 20, 98001) / 100.0 AS euros, pg_temp.pick(s.id, 21, 1000) AS fate,
           pg_temp.pick(s.id, 22, 1000) AS past
) x
CROSS JOIN LATERAL (
    SELECT s.started_on, x.euros
    UNION ALL SELECT s.started_on + 100 + x.past::int %% 200, x.euros * 1.15
              WHERE x.past < 166 AND s.started_on + 400 < %(period)s
    UNION ALL SELECT s.started_on + 60 + 3 * (x.past::int - 900), 0
              WHERE x.past >= 900 AND s.started_on + 400 < %(period)s
    UNION ALL SELECT %(period)s + x.fate::int %% 28, x.euros * CASE WHEN x.fate < 23 THEN 1.4 ELSE 0.7 END
              WHERE x.fate < 34 AND x.past < 900 AND s.started_on < %(period)s
    UNION ALL SELECT %(period)s + x.fate::int %% 28, 0
              WHERE x.fate BETWEEN 34 AND 50 AND x.past < 900 AND s.started_on < %(period)s
) c(effective_on, euros)
""",
    # One in ten is split 60/40; one in twenty pays another partner 10 %% for services besides.
    """
INSERT INTO deals_credit (subscription_id, partner_id, role, share, valid_from)
SELECT s.id, c.partner_id, c.role, c.share, s.started_on
FROM deals_subscription s
CROSS JOIN LATERAL (
    SELECT pg_temp.pick(s.id, 30, 10) = 0 AS is_split, pg_temp.pick(s.id, 31, 20) = 0 AS has_services,
           pg_temp.pick(s.id, 32, %(resellers)s) AS first
) x
CROSS JOIN LATERAL (
    SELECT %(distributors)s + 1 + x.first, 'sourced', CASE WHEN x.is_split THEN 60 ELSE 100 END
    UNION ALL SELECT %(distributors)s + 1 + (x.first + 1) %% %(resellers)s, 'sourced', 40 WHERE x.is_split
    UNION ALL SELECT %(distributors)s + 1 + (x.first + 2) %% %(resellers)s, 'services', 10 WHERE x.has_services
) c(partner_id, role, share)
""",
    # What customers of partners on the plan by payments were billed and have paid; one in ten is half paid, one in
    # twenty not at all.
    """
INSERT INTO deals_collection (subscription_id, month, billed, paid)
SELECT s.id, %(period)s, 100, CASE WHEN pg_temp.pick(s.id, 40, 20) = 0 THEN 0
                                   WHEN pg_temp.pick(s.id, 40, 10) = 1 THEN 49.5 ELSE 100 END
FROM deals_subscription s
WHERE s.id IN (SELECT c.subscription_id FROM deals_credit c
               JOIN commissions_planassignment a ON a.partner_id = c.partner_id AND a.plan_id = 3)
""",
)

OVERLAP_NAME = "credit_no_overlap"
OVERLAP = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s"
"""The one index that costs more than all else when filled row by row: it is built at the end instead."""

TABLES = (
    "partners_partner", "partners_tier", "deals_family", "deals_product", "deals_account", "deals_subscription",
    "commissions_plan",
)  # fmt: skip
"""Tables that got their ids from us: their sequences follow."""


def generate(*, subscriptions: int, period: date = PERIOD, stride: int = 1) -> None:
    """Write a program of ``subscriptions`` subscriptions and 5,000 partners whose first period is ``period``.

    The database must be empty. ``stride`` spreads the ids, so that a small program falls into as many ranges as a
    large one.
    """
    days = (add_months(period, 1) - add_months(period, 1 - OLDEST_MONTHS)).days
    parameters: dict[str, int | date] = {
        "subscriptions": subscriptions,
        "stride": stride,
        "accounts": max(1, subscriptions // 2),
        "partners": PARTNERS,
        "distributors": DISTRIBUTORS,
        "resellers": PARTNERS - DISTRIBUTORS,
        "period": period,
        "spring": add_months(period, -2),
        "last_day": add_months(period, 1) - timedelta(days=1),
        "days": days,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PICK)
        _keep_only_tracking(cursor)
        for statement in PARTNER_FACTS:
            cursor.execute(statement, parameters)
        _write_plans(cursor)
        cursor.execute(OVERLAP, [OVERLAP_NAME])
        (no_overlap,) = cursor.fetchone() or ("",)
        cursor.execute(f"ALTER TABLE deals_credit DROP CONSTRAINT {OVERLAP_NAME}")
        for statement in SUBSCRIPTION_FACTS:
            cursor.execute(statement, parameters)
        cursor.execute(f"ALTER TABLE deals_credit ADD CONSTRAINT {OVERLAP_NAME} {no_overlap}")
        # A migrated program does not pay its history again: the first close is of one month.
        cursor.execute("UPDATE prm_program SET first_period = %(period)s", parameters)
        for table in TABLES:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {table}", [table])  # noqa: S608 - ours
        _everything_again(cursor)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def change_one_percent(*, period: date = PERIOD) -> None:
    """Change 1 % of the subscriptions in ``period``: most move to another level, some leave, some are split anew."""
    with connection.cursor() as cursor:
        for statement in CHANGES:
            cursor.execute(statement, {"period": period, "day": period + timedelta(days=20)})


CHANGES = (
    """
INSERT INTO deals_mrrchange (subscription_id, effective_on, mrr)
SELECT id, %(day)s, CASE WHEN id %% 500 = 0 THEN 0 ELSE 300 END FROM deals_subscription
WHERE id %% 125 = 0 AND started_on < %(period)s
ON CONFLICT (subscription_id, effective_on) DO UPDATE SET mrr = EXCLUDED.mrr
""",
    """
UPDATE deals_credit SET share = 55 WHERE subscription_id %% 500 = 1 AND share > 55
""",
)


def _keep_only_tracking(cursor: CursorWrapper) -> None:
    """Switch foreign keys and checks by trigger off for this session, but let every table keep its change marks."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    for table, trigger in _tracking(cursor):
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")


def _everything_again(cursor: CursorWrapper) -> None:
    cursor.execute("SET LOCAL session_replication_role = origin")
    for table, trigger in _tracking(cursor):
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def _tracking(cursor: CursorWrapper) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE 'track\\_%' AND NOT tgisinternal"
    )
    return list(cursor.fetchall())


def _write_plans(cursor: CursorWrapper) -> None:
    """Write the plans and their rules."""
    for row in PLANS:
        _insert(cursor, "commissions_plan", row)
    for row in RULES:
        _insert(cursor, "commissions_rule", {"role": "", "retired_reason": "", "created_at": PERIOD, **row})


def _insert(cursor: CursorWrapper, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    cursor.execute(
        f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(row))})",  # noqa: S608 - names are ours
        list(row.values()),
    )
