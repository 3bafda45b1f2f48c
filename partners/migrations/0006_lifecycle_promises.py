"""What the database keeps for a partner's life: no impossible step, a day for every activation, an append-only log.

The table of steps is ``partners.policy.lifecycle.TRANSITIONS`` once more; a test compares the two. A file from another
system is loaded as it is: the loader says so with the setting ``partners.any_step``, for its own transaction.
"""

from typing import ClassVar

from django.db import migrations

STEPS = """
CREATE FUNCTION partners_step_allowed(before text, after text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE before
        WHEN 'applied' THEN after = 'in_review'
        WHEN 'in_review' THEN after IN ('onboarding', 'rejected')
        WHEN 'onboarding' THEN after = 'active'
        WHEN 'active' THEN after = 'suspended'
        WHEN 'suspended' THEN after IN ('active', 'terminated')
        ELSE false
    END
$$;

CREATE FUNCTION partners_keep_partner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('partners.any_step', true) = 'on' THEN
        RETURN NEW;
    END IF;
    IF NOT partners_step_allowed(OLD.status, NEW.status) THEN
        RAISE EXCEPTION 'partner %: % does not become %', OLD.code, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'partner_step_allowed';
    END IF;
    IF OLD.status = 'onboarding' AND NEW.activated_on IS NULL THEN
        RAISE EXCEPTION 'partner % becomes active on no day', OLD.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'partner_activation_dated';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER partner_is_kept BEFORE UPDATE ON partners_partner FOR EACH ROW
    WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION partners_keep_partner();

CREATE TRIGGER activity_is_append_only BEFORE UPDATE OR DELETE ON partners_activity
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER activity_is_never_truncated BEFORE TRUNCATE ON partners_activity
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
"""

UNDO = """
DROP TRIGGER activity_is_never_truncated ON partners_activity;
DROP TRIGGER activity_is_append_only ON partners_activity;
DROP TRIGGER partner_is_kept ON partners_partner;
DROP FUNCTION partners_keep_partner();
DROP FUNCTION partners_step_allowed(text, text);
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0005_survey_promises")]
    operations = [migrations.RunSQL(STEPS, UNDO)]
