"""What the database keeps for wins: what payroll has got stays, and a win that was a slip may be undone."""

from typing import ClassVar

from django.db import migrations

KEPT = """
-- An exported award is in the hands of payroll: neither it nor its file changes. A voided one stays voided.
CREATE FUNCTION deals_keep_award() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.export_id IS NOT NULL OR OLD.voided_at IS NOT NULL OR TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'award % does not change any more', OLD.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_is_kept';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER award_is_kept BEFORE UPDATE OR DELETE ON deals_cosellaward
    FOR EACH ROW EXECUTE FUNCTION deals_keep_award();
CREATE TRIGGER award_export_is_kept BEFORE UPDATE OR DELETE ON deals_awardexport
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER award_is_never_truncated BEFORE TRUNCATE ON deals_cosellaward
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER award_export_is_never_truncated BEFORE TRUNCATE ON deals_awardexport
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
"""

UNDO_KEPT = """
DROP TRIGGER award_export_is_never_truncated ON deals_awardexport;
DROP TRIGGER award_is_never_truncated ON deals_cosellaward;
DROP TRIGGER award_export_is_kept ON deals_awardexport;
DROP TRIGGER award_is_kept ON deals_cosellaward;
DROP FUNCTION deals_keep_award();
"""

STEPS = """
CREATE OR REPLACE FUNCTION deals_step_allowed(before text, after text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE before
        WHEN 'draft' THEN after IN ('submitted', 'approved', 'rejected', 'waiting')
        WHEN 'submitted' THEN
            after IN ('approved', 'rejected', 'returned', 'waiting', 'withdrawn', 'revoked', 'superseded')
        WHEN 'returned' THEN after IN ('submitted', 'rejected', 'waiting', 'withdrawn', 'revoked', 'superseded')
        WHEN 'waiting' THEN after IN ('submitted', 'rejected', 'withdrawn', 'revoked', 'superseded')
        WHEN 'rejected' THEN after IN ('submitted', 'waiting')
        WHEN 'approved' THEN after IN ('won', 'lost', 'expired', 'withdrawn', 'revoked', 'superseded')
        WHEN 'expired' THEN after = 'won'
        WHEN 'won' THEN after IN ('approved', 'expired')
        WHEN 'superseded' THEN after IN ('submitted', 'returned', 'waiting', 'approved')
        ELSE false
    END
$$;
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("deals", "0008_desk")]
    operations = [
        migrations.RunSQL(KEPT, UNDO_KEPT),
        migrations.RunSQL(STEPS, STEPS.replace("        WHEN 'won' THEN after IN ('approved', 'expired')\n", "")),
    ]
