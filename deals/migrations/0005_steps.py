"""What the database keeps for registrations: no impossible step, and a granted window that stays.

The table of steps is ``deals.policy.TRANSITIONS`` once more; a test compares the two. A file from another system is
loaded as it is: the loader says so with the setting ``deals.any_step``, for its own transaction.
"""

from typing import ClassVar

from django.db import migrations

SEQUENCE = "CREATE SEQUENCE deals_deal_number_seq START 501"

STEPS = """
CREATE FUNCTION deals_step_allowed(before text, after text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE before
        WHEN 'draft' THEN after IN ('submitted', 'approved', 'rejected', 'waiting')
        WHEN 'submitted' THEN
            after IN ('approved', 'rejected', 'returned', 'waiting', 'withdrawn', 'revoked', 'superseded')
        WHEN 'returned' THEN after IN ('submitted', 'rejected', 'waiting', 'withdrawn', 'revoked', 'superseded')
        WHEN 'waiting' THEN after IN ('submitted', 'rejected', 'withdrawn', 'revoked', 'superseded')
        WHEN 'rejected' THEN after IN ('submitted', 'waiting')
        WHEN 'approved' THEN after IN ('won', 'lost', 'expired', 'withdrawn', 'revoked', 'superseded')
        WHEN 'expired' THEN after = 'won'
        WHEN 'superseded' THEN after IN ('submitted', 'returned', 'waiting', 'approved')
        ELSE false
    END
$$;

CREATE FUNCTION deals_keep_registration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept boolean := true;
BEGIN
    IF current_setting('deals.any_step', true) = 'on' THEN
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND NOT deals_step_allowed(OLD.status, NEW.status) THEN
        RAISE EXCEPTION 'registration %: % does not become %', OLD.number, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'registration_step_allowed';
    END IF;
    IF NEW.protected IS DISTINCT FROM OLD.protected AND OLD.protected IS NOT NULL AND NOT isempty(OLD.protected) THEN
        -- Protected: only an extension. Leaving: cut, never lengthened. Later: as it ended, unless it is granted anew.
        kept := NEW.protected IS NOT NULL AND CASE
            WHEN OLD.status = 'approved' AND NEW.status = 'approved'
                THEN lower(NEW.protected) = lower(OLD.protected) AND upper(NEW.protected) >= upper(OLD.protected)
            WHEN OLD.status = 'approved'
                THEN isempty(NEW.protected)
                    OR (lower(NEW.protected) = lower(OLD.protected) AND upper(NEW.protected) <= upper(OLD.protected))
            ELSE NEW.status = 'approved'
        END;
        IF kept IS NOT TRUE THEN
            RAISE EXCEPTION 'registration %: the window % does not become %', OLD.number, OLD.protected, NEW.protected
                USING ERRCODE = 'check_violation', CONSTRAINT = 'registration_window_kept';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER registration_is_kept BEFORE UPDATE ON deals_registration FOR EACH ROW
    WHEN (NEW.status <> OLD.status OR NEW.protected IS DISTINCT FROM OLD.protected)
    EXECUTE FUNCTION deals_keep_registration();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("deals", "0004_rules_of_engagement")]
    operations = [
        migrations.RunSQL(
            STEPS,
            "DROP TRIGGER registration_is_kept ON deals_registration; DROP FUNCTION deals_keep_registration();"
            "DROP FUNCTION deals_step_allowed(text, text)",
        ),
    ]
