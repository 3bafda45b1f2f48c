"""What the database keeps for deals: shares within 100 %, known currencies, a history that stays."""

from typing import ClassVar

from django.db import migrations

SHARES = """
-- On any one day the sourced shares of a subscription add up to at most 100 % (commission rules, section 2).
-- Checked per statement, so that a split can be corrected in one. The subscriptions are locked first, in id
-- order, so that two transactions that each add a share come one after the other and the second sees the first.
-- A sum can only peak on a day on which some credit begins, so only those days are looked at.
CREATE FUNCTION deals_check_sourced_shares() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    culprit record;
BEGIN
    PERFORM 1 FROM deals_subscription s
    WHERE s.id IN (SELECT subscription_id FROM changed WHERE role = 'sourced') ORDER BY s.id FOR NO KEY UPDATE;
    SELECT s.external_id, lower(c.valid) AS on_day, sum(o.share) AS total INTO culprit
    FROM deals_credit c
    JOIN deals_subscription s ON s.id = c.subscription_id
    JOIN deals_credit o ON o.subscription_id = c.subscription_id AND o.role = 'sourced' AND o.share > 0
        AND o.valid @> coalesce(lower(c.valid), '-infinity'::date)
    WHERE c.subscription_id IN (SELECT subscription_id FROM changed WHERE role = 'sourced')
        AND c.role = 'sourced' AND c.share > 0 AND NOT isempty(c.valid)
    GROUP BY s.external_id, c.id, c.valid
    HAVING sum(o.share) > 100
    ORDER BY s.external_id, 2 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'subscription %: sourced shares add up to % %% on %', culprit.external_id, culprit.total,
            coalesce(culprit.on_day::text, 'the first day')
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_shares_within_100',
                DETAIL = culprit.external_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER credit_shares_insert AFTER INSERT ON deals_credit
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION deals_check_sourced_shares();
CREATE TRIGGER credit_shares_update AFTER UPDATE ON deals_credit
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION deals_check_sourced_shares();
"""

CURRENCIES = """
ALTER TABLE deals_subscription ADD CONSTRAINT subscription_currency_known
    FOREIGN KEY (currency) REFERENCES prm_currency (code);
"""

HISTORY = """
CREATE TRIGGER registration_event_is_append_only BEFORE UPDATE OR DELETE ON deals_registrationevent
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER registration_event_is_never_truncated BEFORE TRUNCATE ON deals_registrationevent
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE INDEX account_name_key_trigrams ON deals_account USING gin (name_key gin_trgm_ops);
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("deals", "0002_tables")]
    operations = [
        migrations.RunSQL(
            SHARES,
            "DROP TRIGGER credit_shares_insert ON deals_credit; DROP TRIGGER credit_shares_update ON deals_credit;"
            "DROP FUNCTION deals_check_sourced_shares()",
        ),
        migrations.RunSQL(
            CURRENCIES, "ALTER TABLE deals_subscription DROP CONSTRAINT subscription_currency_known"
        ),
        migrations.RunSQL(
            HISTORY,
            "DROP TRIGGER registration_event_is_append_only ON deals_registrationevent;"
            "DROP TRIGGER registration_event_is_never_truncated ON deals_registrationevent;"
            "DROP INDEX account_name_key_trigrams",
        ),
    ]
