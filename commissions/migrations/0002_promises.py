"""What the database keeps for commission: entries by run that never change, statements, change tracking."""

from typing import ClassVar

from django.db import migrations

from commissions.migrations.tracking import drop_tracking_sql, tracking_sql

ENTRIES = """
CREATE SEQUENCE commissions_entry_id_seq;
-- Each run's table declares its foreign keys itself: keys of the whole would be merged with them when it is attached,
-- which locks the tables that they refer to against every reader.
-- Partitioned by run: a run's entries are written into a table of their own, indexed, and attached whole. From
-- then on the row triggers, which partitions inherit, refuse every change; what is recalculated is dropped and
-- written anew. TRUNCATE triggers are not inherited, so each partition gets its own when it is attached.
CREATE TABLE commissions_entry (
    id bigint NOT NULL DEFAULT nextval('commissions_entry_id_seq'),
    run_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    subscription_id bigint,
    kind varchar(16) NOT NULL,
    currency varchar(3) NOT NULL,
    earned_period date NOT NULL,
    amount numeric(20, 4) NOT NULL,
    entitlement numeric(20, 4) NOT NULL,
    posted_before numeric(20, 4) NOT NULL,
    is_true_up boolean NOT NULL,
    role varchar(16) NOT NULL,
    rule_id bigint,
    rate numeric(20, 6),
    mrr numeric(20, 6),
    share numeric(7, 4),
    days smallint,
    divisor smallint,
    from_on date,
    below_id bigint,
    age smallint,
    tier_id bigint,
    plan_id bigint,
    details jsonb,
    PRIMARY KEY (run_id, id),
    CONSTRAINT entry_is_the_difference CHECK (amount = entitlement - posted_before AND amount <> 0),
    CONSTRAINT entry_period_first_day CHECK (extract(day FROM earned_period) = 1)
) PARTITION BY LIST (run_id);
ALTER SEQUENCE commissions_entry_id_seq OWNED BY commissions_entry.id;
CREATE UNIQUE INDEX entry_key ON commissions_entry
    (subscription_id, partner_id, kind, earned_period, currency, run_id) NULLS NOT DISTINCT;
CREATE INDEX entry_by_partner ON commissions_entry (partner_id, earned_period);
CREATE TRIGGER entry_is_immutable BEFORE INSERT OR UPDATE OR DELETE ON commissions_entry
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER entry_is_never_truncated BEFORE TRUNCATE ON commissions_entry
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
"""

DECIDED = """
-- An approved run and an issued statement are evidence.
CREATE FUNCTION commissions_refuse_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'approved' THEN
        RAISE EXCEPTION 'run % is approved and stays as it is', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER run_approved_is_immutable BEFORE UPDATE OR DELETE ON commissions_run
    FOR EACH ROW EXECUTE FUNCTION commissions_refuse_decided();
CREATE TRIGGER run_is_never_truncated BEFORE TRUNCATE ON commissions_run
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER statement_is_immutable BEFORE UPDATE OR DELETE ON commissions_statement
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER statement_is_never_truncated BEFORE TRUNCATE ON commissions_statement
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
"""

POSTED_FACTS = """
-- What was posted limits what may be corrected: a subscription's currency, and the program's first period.
CREATE FUNCTION commissions_keep_currency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM commissions_entry e JOIN commissions_run r ON r.id = e.run_id
               WHERE e.subscription_id = OLD.id AND r.status = 'approved') THEN
        RAISE EXCEPTION 'subscription %: its currency cannot change once commission is posted', OLD.external_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_currency_posted';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER subscription_currency_posted BEFORE UPDATE OF currency ON deals_subscription
    FOR EACH ROW WHEN (OLD.currency IS DISTINCT FROM NEW.currency) EXECUTE FUNCTION commissions_keep_currency();
CREATE FUNCTION commissions_keep_first_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.first_period > (SELECT min(e.earned_period) FROM commissions_entry e
                           JOIN commissions_run r ON r.id = e.run_id WHERE r.status = 'approved') THEN
        RAISE EXCEPTION 'the first period cannot be moved past a month for which commission is posted'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'program_first_period_posted';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER program_first_period_posted BEFORE UPDATE OF first_period ON prm_program
    FOR EACH ROW WHEN (OLD.first_period IS DISTINCT FROM NEW.first_period)
    EXECUTE FUNCTION commissions_keep_first_period();
"""

ROUNDING = """
-- Half away from zero to `minor` digits, with one exact division, last (commission rules, section 3). Powers of ten
-- are multiplied, never divided by, so that nothing is lost at any size.
CREATE FUNCTION commissions_round(numerator numeric, denominator numeric, minor integer) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT sign(numerator) * div(abs(numerator) * 2 * s.up + denominator, 2 * denominator) * s.down
    FROM (SELECT ('1e' || minor)::numeric AS up, ('1e-' || minor)::numeric AS down) s
$$;
"""

WORKING = """
-- The inputs of an entry as one document, as queries over entries read them; Entry.working says the same.
CREATE FUNCTION commissions_working(e commissions_entry) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN e.rule_id IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
        'days_in_month', e.divisor, 'age', e.age, 'tier', e.tier_id, 'plan', e.plan_id,
        'parts', jsonb_build_array(jsonb_build_object(
            'role', e.role, 'rule', e.rule_id, 'rate', trim_scale(e.rate)::text,
            'stretches', jsonb_build_array(jsonb_build_object(
                'mrr', trim_scale(e.mrr)::text, 'share', trim_scale(e.share)::text, 'days', e.days,
                'from', e.from_on, 'partner', e.below_id)))))) || coalesce(e.details, '{}') END
$$;
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0001_tables")]
    operations = [
        migrations.RunSQL(ENTRIES, "DROP TABLE commissions_entry"),
        migrations.RunSQL(
            DECIDED,
            "DROP TRIGGER run_approved_is_immutable ON commissions_run;"
            "DROP TRIGGER run_is_never_truncated ON commissions_run;"
            "DROP TRIGGER statement_is_immutable ON commissions_statement;"
            "DROP TRIGGER statement_is_never_truncated ON commissions_statement;"
            "DROP FUNCTION commissions_refuse_decided()",
        ),
        migrations.RunSQL(
            POSTED_FACTS,
            "DROP TRIGGER subscription_currency_posted ON deals_subscription;"
            "DROP TRIGGER program_first_period_posted ON prm_program;"
            "DROP FUNCTION commissions_keep_currency(); DROP FUNCTION commissions_keep_first_period()",
        ),
        migrations.RunSQL(ROUNDING, "DROP FUNCTION commissions_round(numeric, numeric, integer)"),
        migrations.RunSQL(WORKING, "DROP FUNCTION commissions_working(commissions_entry)"),
        migrations.RunSQL(tracking_sql(), drop_tracking_sql()),
    ]
