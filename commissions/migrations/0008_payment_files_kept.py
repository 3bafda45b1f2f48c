"""What the database keeps for files to banks: what was ordered stays ordered, and an answer is kept as it was read."""

from typing import ClassVar

from django.db import migrations

KEPT = """
CREATE TRIGGER payment_file_is_immutable BEFORE UPDATE OR DELETE ON commissions_paymentfile
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER payment_file_is_never_truncated BEFORE TRUNCATE ON commissions_paymentfile
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER payment_file_line_is_immutable BEFORE UPDATE OR DELETE ON commissions_paymentfileline
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER payment_file_line_is_never_truncated BEFORE TRUNCATE ON commissions_paymentfileline
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();

CREATE FUNCTION commissions_keep_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.confirmed_at IS NOT NULL
       OR (OLD.batch_id, OLD.digest, OLD.lines, OLD.uploaded_at) IS DISTINCT FROM
          (NEW.batch_id, NEW.digest, NEW.lines, NEW.uploaded_at) THEN
        RAISE EXCEPTION 'answer % is kept as it was read and confirmed', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payment_answer_is_kept BEFORE UPDATE OR DELETE ON commissions_paymentanswer
    FOR EACH ROW EXECUTE FUNCTION commissions_keep_answer();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0007_money_kept")]
    operations = [
        migrations.RunSQL(
            KEPT,
            "DROP TRIGGER payment_file_is_immutable ON commissions_paymentfile;"
            "DROP TRIGGER payment_file_is_never_truncated ON commissions_paymentfile;"
            "DROP TRIGGER payment_file_line_is_immutable ON commissions_paymentfileline;"
            "DROP TRIGGER payment_file_line_is_never_truncated ON commissions_paymentfileline;"
            "DROP TRIGGER payment_answer_is_kept ON commissions_paymentanswer;"
            "DROP FUNCTION commissions_keep_answer();",
        ),
    ]
