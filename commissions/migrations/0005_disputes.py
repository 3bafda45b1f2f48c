"""Disputes: their subject and their thread are kept as they were written."""

from typing import ClassVar

from django.db import migrations


KEPT = """
-- What was asked about and by whom stays; only the state moves. Nobody deletes a dispute or a word of its thread.
CREATE FUNCTION commissions_keep_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (OLD.public_id, OLD.number, OLD.partner_id, OLD.run_id, OLD.statement_id, OLD.subscription_id, OLD.kind,
           OLD.currency, OLD.earned_period, OLD.amount, OLD.opened_at, OLD.opened_by_id)
          IS DISTINCT FROM
          (NEW.public_id, NEW.number, NEW.partner_id, NEW.run_id, NEW.statement_id, NEW.subscription_id, NEW.kind,
           NEW.currency, NEW.earned_period, NEW.amount, NEW.opened_at, NEW.opened_by_id) THEN
        RAISE EXCEPTION 'dispute % stays about what it is about', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispute_unchangeable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER dispute_unchangeable BEFORE UPDATE OR DELETE ON commissions_dispute
    FOR EACH ROW EXECUTE FUNCTION commissions_keep_dispute();
CREATE TRIGGER dispute_is_never_truncated BEFORE TRUNCATE ON commissions_dispute
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER dispute_message_is_append_only BEFORE UPDATE OR DELETE ON commissions_disputemessage
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER dispute_messages_are_never_truncated BEFORE TRUNCATE ON commissions_disputemessage
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
ALTER TABLE commissions_dispute ADD CONSTRAINT dispute_currency
    FOREIGN KEY (currency) REFERENCES prm_currency (code);
"""
FORGOTTEN = """
DROP TRIGGER dispute_unchangeable ON commissions_dispute;
DROP TRIGGER dispute_is_never_truncated ON commissions_dispute;
DROP TRIGGER dispute_message_is_append_only ON commissions_disputemessage;
DROP TRIGGER dispute_messages_are_never_truncated ON commissions_disputemessage;
ALTER TABLE commissions_dispute DROP CONSTRAINT dispute_currency;
DROP FUNCTION commissions_keep_dispute();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0004_adjustments_kept")]

    operations = [
        migrations.RunSQL(KEPT, FORGOTTEN),
    ]
