"""A contradiction is settled once, with a reason; what it said is never changed, deleted or emptied away."""

from typing import ClassVar

from django.db import migrations

KEPT = """
CREATE FUNCTION commissions_keep_contradiction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.closed_at IS NOT NULL
       OR (OLD.payout_id, OLD.recorded, OLD.answer, OLD.reference, OLD.found_at) IS DISTINCT FROM
          (NEW.payout_id, NEW.recorded, NEW.answer, NEW.reference, NEW.found_at) THEN
        RAISE EXCEPTION 'contradiction % is kept as it was found and settled', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'immutable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contradiction_is_kept BEFORE UPDATE OR DELETE ON commissions_payoutcontradiction
    FOR EACH ROW EXECUTE FUNCTION commissions_keep_contradiction();
CREATE TRIGGER contradiction_is_never_truncated BEFORE TRUNCATE ON commissions_payoutcontradiction
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0010_answers_never_emptied")]
    operations = [
        migrations.RunSQL(
            KEPT,
            "DROP TRIGGER contradiction_is_kept ON commissions_payoutcontradiction;"
            "DROP TRIGGER contradiction_is_never_truncated ON commissions_payoutcontradiction;"
            "DROP FUNCTION commissions_keep_contradiction();",
        ),
    ]
