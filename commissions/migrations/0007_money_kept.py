"""What the database keeps for money: postings only ever added, payouts that go one way and are posted as they go."""

from typing import ClassVar

from django.db import migrations

LEDGER = """
ALTER TABLE commissions_posting ADD CONSTRAINT money_currency_known
    FOREIGN KEY (currency) REFERENCES prm_currency (code);
ALTER TABLE commissions_payout ADD CONSTRAINT money_currency_known
    FOREIGN KEY (currency) REFERENCES prm_currency (code);
CREATE TRIGGER posting_is_immutable BEFORE UPDATE OR DELETE ON commissions_posting
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER posting_is_never_truncated BEFORE TRUNCATE ON commissions_posting
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
-- Statements that were issued before there was a ledger.
INSERT INTO commissions_posting (debit, credit, amount, currency, partner_id, cause, statement_id, posted_at)
SELECT CASE WHEN earned + true_up > 0 THEN 'commission_expense' ELSE 'partner_payable' END,
       CASE WHEN earned + true_up > 0 THEN 'partner_payable' ELSE 'commission_expense' END,
       abs(earned + true_up), currency, partner_id, 'earned', id, issued_at
FROM commissions_statement WHERE earned + true_up <> 0 ORDER BY id;
"""

PAYOUTS = """
-- A payout is made, sent, and ends once. What it pays to whom never changes, and neither does its key.
CREATE FUNCTION commissions_keep_payout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'payout P-%: it fails or comes back, it is not deleted', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'prepared' THEN
            RAISE EXCEPTION 'a payout begins as prepared, not as %', NEW.status
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_state_order';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.public_id, NEW.number, NEW.batch_id, NEW.partner_id, NEW.currency, NEW.gross, NEW.withholding_rate,
        NEW.withheld, NEW.net, NEW.method_id, NEW.provider, NEW.idempotency_key)
       IS DISTINCT FROM
       (OLD.id, OLD.public_id, OLD.number, OLD.batch_id, OLD.partner_id, OLD.currency, OLD.gross, OLD.withholding_rate,
        OLD.withheld, OLD.net, OLD.method_id, OLD.provider, OLD.idempotency_key) THEN
        RAISE EXCEPTION 'payout P-%: what it pays, to whom and under which key does not change', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
    END IF;
    -- Nothing was ever sent of one that fails as prepared: after an attempt only the provider knows.
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
           ('prepared', 'submitted'), ('submitted', 'paid'), ('submitted', 'failed'), ('submitted', 'returned'),
           ('paid', 'returned'))
       AND NOT (OLD.status = 'prepared' AND NEW.status = 'failed' AND OLD.attempts = 0) THEN
        RAISE EXCEPTION 'payout P-%: it does not go from % to %', OLD.number, OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_state_order';
    END IF;
    IF OLD.status IN ('failed', 'returned') THEN
        RAISE EXCEPTION 'payout P-%: it has ended as %', OLD.number, OLD.status
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_state_order';
    END IF;
    IF NEW.attempts < OLD.attempts OR (OLD.attempted_at IS NOT NULL AND NEW.attempted_at IS NULL) THEN
        RAISE EXCEPTION 'payout P-%: an attempt cannot be forgotten', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_state_order';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payout_is_kept BEFORE INSERT OR UPDATE OR DELETE ON commissions_payout
    FOR EACH ROW EXECUTE FUNCTION commissions_keep_payout();
CREATE TRIGGER payout_is_never_truncated BEFORE TRUNCATE ON commissions_payout
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER payout_batch_is_immutable BEFORE UPDATE OR DELETE ON commissions_payoutbatch
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER payout_batch_is_never_truncated BEFORE TRUNCATE ON commissions_payoutbatch
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER carried_forward_is_immutable BEFORE UPDATE OR DELETE ON commissions_carriedforward
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER carried_forward_is_never_truncated BEFORE TRUNCATE ON commissions_carriedforward
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
"""

POSTED = """
-- When a transaction ends, a payout's postings are exactly those of its state: the payable is short of the gross
-- amount unless it failed or came back, and bank and tax hold it only while it counts as paid.
CREATE FUNCTION commissions_payout_posted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payout record;
    wanted bigint;
    payable numeric;
    clearing numeric;
    bank numeric;
    tax numeric;
BEGIN
    IF TG_TABLE_NAME = 'commissions_posting' THEN
        wanted := NEW.payout_id;
    ELSE
        wanted := NEW.id;
    END IF;
    SELECT * INTO payout FROM commissions_payout WHERE id = wanted;
    SELECT coalesce(sum(CASE 'partner_payable' WHEN p.debit THEN p.amount WHEN p.credit THEN -p.amount END), 0),
           coalesce(sum(CASE 'payout_clearing' WHEN p.credit THEN p.amount WHEN p.debit THEN -p.amount END), 0),
           coalesce(sum(CASE 'bank' WHEN p.credit THEN p.amount WHEN p.debit THEN -p.amount END), 0),
           coalesce(sum(CASE 'withholding_payable' WHEN p.credit THEN p.amount WHEN p.debit THEN -p.amount END), 0)
    INTO payable, clearing, bank, tax
    FROM commissions_posting p
    WHERE p.payout_id = payout.id AND p.partner_id = payout.partner_id AND p.currency = payout.currency;
    IF (payable, clearing, bank, tax) IS DISTINCT FROM (CASE payout.status
           WHEN 'paid' THEN (payout.gross, 0::numeric, payout.net, payout.withheld)
           WHEN 'failed' THEN (0::numeric, 0::numeric, 0::numeric, 0::numeric)
           WHEN 'returned' THEN (0::numeric, 0::numeric, 0::numeric, 0::numeric)
           ELSE (payout.gross, payout.gross, 0::numeric, 0::numeric) END) THEN
        RAISE EXCEPTION 'payout P-% is %, and the ledger says otherwise', payout.number, payout.status
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_is_posted';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER payout_is_posted AFTER INSERT OR UPDATE OF status ON commissions_payout
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION commissions_payout_posted();
CREATE CONSTRAINT TRIGGER payout_is_posted AFTER INSERT ON commissions_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.payout_id IS NOT NULL)
    EXECUTE FUNCTION commissions_payout_posted();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0006_accounting_kept")]
    operations = [
        migrations.RunSQL(
            LEDGER,
            "DROP TRIGGER posting_is_immutable ON commissions_posting;"
            "DROP TRIGGER posting_is_never_truncated ON commissions_posting;"
            "ALTER TABLE commissions_posting DROP CONSTRAINT money_currency_known;"
            "ALTER TABLE commissions_payout DROP CONSTRAINT money_currency_known",
        ),
        migrations.RunSQL(
            PAYOUTS,
            "DROP TRIGGER payout_is_kept ON commissions_payout;"
            "DROP TRIGGER payout_is_never_truncated ON commissions_payout;"
            "DROP TRIGGER payout_batch_is_immutable ON commissions_payoutbatch;"
            "DROP TRIGGER payout_batch_is_never_truncated ON commissions_payoutbatch;"
            "DROP TRIGGER carried_forward_is_immutable ON commissions_carriedforward;"
            "DROP TRIGGER carried_forward_is_never_truncated ON commissions_carriedforward;"
            "DROP FUNCTION commissions_keep_payout()",
        ),
        migrations.RunSQL(
            POSTED,
            "DROP TRIGGER payout_is_posted ON commissions_payout; DROP TRIGGER payout_is_posted ON commissions_posting;"
            "DROP FUNCTION commissions_payout_posted()",
        ),
    ]
