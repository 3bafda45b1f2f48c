"""Generates a program of any size in SQL: the same size gives the same program."""

from __future__ import annotations

from django.db import connection

PARTNERS = 5_000

STATEMENTS = (
    (
        "INSERT INTO partners_tier (code, name, rank, protection_days, auto_approve)"
        " VALUES ('silver', 'Silver', 1, 90, false), ('gold', 'Gold', 2, 90, true)"
    ),
    (
        "INSERT INTO partners_partner (code, name, type, status, country, website, manager_email, created_at)"
        " SELECT 'p' || n, 'Partner ' || n, CASE WHEN n <= 50 THEN 'distributor' ELSE 'reseller'"
        " END, 'active', 'DE', '',"
        " '', now() FROM generate_series(1, %(partners)s) n"
    ),
    # One in three is gold, and half sell under one of fifty distributors.
    (
        "INSERT INTO partners_tierassignment (partner_id, tier_id, valid_from)"
        " SELECT p.id, t.id, '2020-01-01' FROM partners_partner p"
        " JOIN partners_tier t ON t.code = CASE WHEN p.id %% 3 = 0 THEN 'gold' ELSE 'silver' END"
    ),
    (
        "INSERT INTO partners_parentassignment (partner_id, parent_id, valid_from)"
        " SELECT p.id, d.id, '2020-01-01' FROM partners_partner p"
        " JOIN partners_partner d ON d.code = 'p' || (1 + p.id %% 50)"
        " WHERE p.type = 'reseller' AND p.id %% 2 = 0"
    ),
    "INSERT INTO deals_family (code, name) SELECT 'f' || n, 'Family ' || n FROM generate_series(1, 4) n",
    (
        "INSERT INTO deals_product (code, name, family_id)"
        " SELECT 'product' || f.id || n, 'Product', f.id FROM deals_family f, generate_series(1, 2) n"
    ),
    (
        "INSERT INTO deals_account (source_system, external_id, name, name_key, website, country, segment, is_prospect,"
        " version, created_at, updated_at)"
        " SELECT 'csv', 'a' || n, 'Customer ' || n, 'customer ' || n, '', 'DE', '', false, 1, now(), now()"
        " FROM generate_series(1, %(subscriptions)s / 2) n"
    ),
    # Starts are spread over the 24 months up to the period.
    (
        "INSERT INTO deals_subscription (source_system, external_id, account_id, product_id,"
        " currency, started_on, source,"
        " version, created_at, updated_at)"
        " SELECT 'csv', 's' || a.n, x.id, y.id, CASE WHEN a.n %% 10 = 0 THEN 'USD' ELSE 'EUR' END,"
        " %(period)s::date - (a.n * 7919 %% 720)::int + 27, 'partner', 1, now(), now()"
        " FROM generate_series(1, %(subscriptions)s) a(n)"
        " JOIN deals_account x ON x.external_id = 'a' || (1 + a.n %% (%(subscriptions)s / 2))"
        " JOIN (SELECT id, row_number() OVER (ORDER BY id) AS r FROM deals_product) y ON y.r = 1 + a.n %% 8"
    ),
    (
        "INSERT INTO deals_mrrchange (subscription_id, effective_on, mrr)"
        " SELECT id, started_on, 20 + (id * 104729 %% 98000) / 100.0 FROM deals_subscription"
    ),
    # In the period 3 % change their level and 1.5 % leave.
    (
        "INSERT INTO deals_mrrchange (subscription_id, effective_on, mrr)"
        " SELECT id, %(period)s::date + 14, CASE WHEN id %% 200 < 6 THEN 250 ELSE 0 END FROM deals_subscription"
        " WHERE id %% 200 < 9 AND started_on < %(period)s"
    ),
    # One in ten is split 60/40 between two partners.
    (
        "INSERT INTO deals_credit (subscription_id, partner_id, role, share, valid_from)"
        " SELECT s.id, p.id, 'sourced', CASE WHEN s.id %% 10 = 0 THEN 60 ELSE 100 END, s.started_on"
        " FROM deals_subscription s JOIN partners_partner p ON p.code = 'p' || (51 + s.id %% (%(partners)s - 50))"
    ),
    (
        "INSERT INTO deals_credit (subscription_id, partner_id, role, share, valid_from)"
        " SELECT s.id, p.id, 'sourced', 40, s.started_on"
        " FROM deals_subscription s JOIN partners_partner p ON p.code = 'p' || (51 + (s.id + 1) %% (%(partners)s - 50))"
        " WHERE s.id %% 10 = 0"
    ),
    (
        "INSERT INTO commissions_plan (code, name, basis, clawback, clawback_days, cap_currency, minimum_payout,"
        " minimum_currency, true_up_months, is_default)"
        " VALUES ('standard', 'Standard', 'contracted', 'full', 90, '', 0, '', 12, true)"
    ),
    (
        "INSERT INTO commissions_rule (plan_id, kind, tier_id, role, currency, age_from, age_until, rate, created_at,"
        " retired_reason, valid_from)"
        " SELECT p.id, r.kind, (SELECT id FROM partners_tier WHERE code = r.tier), '', '',"
        " r.age_from, r.age_until, r.rate,"
        " now(), '', '2020-01-01'"
        " FROM commissions_plan p, (VALUES ('recurring', NULL, 1, 13, 20), ('recurring', 'gold', 1, 13, 25),"
        " ('recurring', NULL, 13, NULL, 10), ('upfront', NULL, 1, NULL, 100), ('override', NULL, 1, NULL, 2))"
        " r(kind, tier, age_from, age_until, rate)"
    ),
    # A migrated program does not pay its history again: the first close is of one month.
    "UPDATE prm_program SET first_period = %(period)s",
)


def generate(*, subscriptions: int, period: str) -> None:
    """Write a program of ``subscriptions`` subscriptions and 5,000 partners whose first period is ``period``."""
    parameters: dict[str, int | str] = {"subscriptions": subscriptions, "period": period, "partners": PARTNERS}
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, parameters)
        cursor.execute("VACUUM ANALYZE")
