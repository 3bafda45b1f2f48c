"""What the database keeps for adjustments: what they say, and that an approved run's stay as they were approved."""

from typing import ClassVar

from django.db import migrations

KEPT = """
ALTER TABLE commissions_adjustment ADD CONSTRAINT adjustment_currency_known
    FOREIGN KEY (currency) REFERENCES prm_currency (code);
-- An adjustment is entered, may move from run to run or be withdrawn, and is final once its run is approved. The run's
-- row is read with a lock, so that an approval under way is waited for and seen.
CREATE FUNCTION commissions_keep_adjustment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'adjustments are withdrawn, not deleted'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
    END IF;
    PERFORM FROM commissions_run r WHERE r.id = NEW.run_id AND r.status = 'approved' FOR SHARE;
    IF FOUND THEN
        RAISE EXCEPTION 'the run is approved: nothing joins it or changes in it'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    PERFORM FROM commissions_run r WHERE r.id = OLD.run_id AND r.status = 'approved' FOR SHARE;
    IF FOUND THEN
        RAISE EXCEPTION 'the run of this adjustment is approved: it stays as it was approved'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
    END IF;
    IF (NEW.id, NEW.public_id, NEW.partner_id, NEW.currency, NEW.amount, NEW.reason, NEW.settles, NEW.subscription_id,
        NEW.kind, NEW.earned_period, NEW.created_at, NEW.created_by_id, NEW.created_label)
       IS DISTINCT FROM
       (OLD.id, OLD.public_id, OLD.partner_id, OLD.currency, OLD.amount, OLD.reason, OLD.settles, OLD.subscription_id,
        OLD.kind, OLD.earned_period, OLD.created_at, OLD.created_by_id, OLD.created_label)
       OR OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'what an adjustment says does not change: withdraw it and enter another'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER adjustment_is_kept BEFORE INSERT OR UPDATE OR DELETE ON commissions_adjustment
    FOR EACH ROW EXECUTE FUNCTION commissions_keep_adjustment();
CREATE TRIGGER adjustment_is_never_truncated BEFORE TRUNCATE ON commissions_adjustment
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
"""

COUNTED = """
-- One that settles counts as posted, so that entering or withdrawing it marks what it touches, as facts do.
CREATE FUNCTION commissions_track_adjustment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO commissions_changedfact (source, subscription_id, partner_id, from_month)
    VALUES (TG_TABLE_NAME, NEW.subscription_id, CASE WHEN NEW.subscription_id IS NULL THEN NEW.partner_id END,
            NEW.earned_period);
    RETURN NULL;
END
$$;
CREATE TRIGGER track_insert AFTER INSERT ON commissions_adjustment
    FOR EACH ROW WHEN (NEW.settles) EXECUTE FUNCTION commissions_track_adjustment();
CREATE TRIGGER track_withdrawal AFTER UPDATE OF withdrawn_at ON commissions_adjustment
    FOR EACH ROW WHEN (NEW.settles) EXECUTE FUNCTION commissions_track_adjustment();

-- And it keeps what posted entries keep: the subscription's currency, and the program's first period.
CREATE FUNCTION commissions_keep_settled_currency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM commissions_adjustment a
               WHERE a.subscription_id = OLD.id AND a.settles AND a.withdrawn_at IS NULL) THEN
        RAISE EXCEPTION 'subscription %: its currency cannot change once commission is settled', OLD.external_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_currency_posted';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER subscription_currency_settled BEFORE UPDATE OF currency ON deals_subscription
    FOR EACH ROW WHEN (OLD.currency IS DISTINCT FROM NEW.currency) EXECUTE FUNCTION commissions_keep_settled_currency();
CREATE FUNCTION commissions_keep_settled_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM commissions_adjustment a
               WHERE a.earned_period < NEW.first_period AND a.settles AND a.withdrawn_at IS NULL) THEN
        RAISE EXCEPTION 'the first period cannot be moved past a month for which commission is settled'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'program_first_period_posted';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER program_first_period_settled BEFORE UPDATE OF first_period ON prm_program
    FOR EACH ROW WHEN (OLD.first_period IS DISTINCT FROM NEW.first_period)
    EXECUTE FUNCTION commissions_keep_settled_period();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0003_capped")]
    operations = [
        migrations.RunSQL(
            KEPT,
            "DROP TRIGGER adjustment_is_kept ON commissions_adjustment;"
            "DROP TRIGGER adjustment_is_never_truncated ON commissions_adjustment;"
            "DROP FUNCTION commissions_keep_adjustment();"
            "ALTER TABLE commissions_adjustment DROP CONSTRAINT adjustment_currency_known",
        ),
        migrations.RunSQL(
            COUNTED,
            "DROP TRIGGER track_insert ON commissions_adjustment; DROP TRIGGER track_withdrawal ON commissions_adjustment;"
            "DROP TRIGGER subscription_currency_settled ON deals_subscription;"
            "DROP TRIGGER program_first_period_settled ON prm_program;"
            "DROP FUNCTION commissions_track_adjustment(); DROP FUNCTION commissions_keep_settled_currency();"
            "DROP FUNCTION commissions_keep_settled_period()",
        ),
    ]
