"""What the database keeps for tiers: evaluations stay as they were made, a warning ends once."""

from typing import ClassVar

from django.db import migrations

KEPT = """
-- A run and what it found are evidence: why a partner has its tier can be read years later.
CREATE TRIGGER tier_run_immutable BEFORE UPDATE OR DELETE ON partners_tierrun
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER tier_evaluation_immutable BEFORE UPDATE OR DELETE ON partners_tierevaluation
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();

-- A warning counts from the day on which it was given, and ends once.
CREATE FUNCTION partners_keep_tier_warning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (OLD.partner_id, OLD.tier_id, OLD.warned_on, OLD.run_id)
          IS DISTINCT FROM (NEW.partner_id, NEW.tier_id, NEW.warned_on, NEW.run_id)
       OR ((OLD.withdrawn_on IS NOT NULL OR OLD.carried_out_on IS NOT NULL)
           AND (OLD.withdrawn_on, OLD.carried_out_on) IS DISTINCT FROM (NEW.withdrawn_on, NEW.carried_out_on)) THEN
        RAISE EXCEPTION 'warning % stays as it was given', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tier_warning_kept';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tier_warning_kept BEFORE UPDATE OR DELETE ON partners_tierwarning
    FOR EACH ROW EXECUTE FUNCTION partners_keep_tier_warning();
"""

UNDO = """
DROP TRIGGER tier_warning_kept ON partners_tierwarning;
DROP FUNCTION partners_keep_tier_warning();
DROP TRIGGER tier_evaluation_immutable ON partners_tierevaluation;
DROP TRIGGER tier_run_immutable ON partners_tierrun;
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0006_lifecycle_promises")]
    operations = [migrations.RunSQL(KEPT, UNDO)]
