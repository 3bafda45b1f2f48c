"""What the database keeps of joint plans and reviews: what was agreed or held stays as it was.

A version becomes agreed only from one that waited for agreement; then nothing of it changes but that a later one
replaces it, neither its targets nor its actions. The row of its version is locked by whoever writes a target or an
action, so that nobody agrees at the same moment.
"""

from typing import ClassVar

from django.db import migrations

KEPT = """
CREATE FUNCTION partners_keep_plan_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status IN ('agreed', 'superseded') THEN
        IF TG_OP = 'UPDATE' AND OLD.status = 'agreed' AND NEW.status = 'superseded'
            AND to_jsonb(NEW) - 'status' - 'superseded_at' = to_jsonb(OLD) - 'status' - 'superseded_at' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'version % of a joint plan was agreed', OLD.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_agreed_is_kept';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.status IN ('agreed', 'superseded') AND NOT (OLD.status = 'proposed' AND NEW.status = 'agreed') THEN
        RAISE EXCEPTION 'version % of a joint plan did not wait for agreement', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_agreed_was_proposed';
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION partners_begin_plan_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of a joint plan did not wait for agreement', NEW.number
        USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_agreed_was_proposed';
END
$$;
CREATE TRIGGER plan_version_is_kept BEFORE UPDATE OR DELETE ON partners_planversion
    FOR EACH ROW EXECUTE FUNCTION partners_keep_plan_version();
CREATE TRIGGER plan_version_begins_open BEFORE INSERT ON partners_planversion
    FOR EACH ROW WHEN (NEW.status IN ('agreed', 'superseded')) EXECUTE FUNCTION partners_begin_plan_version();
CREATE TRIGGER plan_version_is_never_truncated BEFORE TRUNCATE ON partners_planversion
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();

CREATE FUNCTION partners_keep_plan_content() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    FOR found IN
        SELECT status FROM partners_planversion
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.version_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.version_id END)
        FOR SHARE
    LOOP
        IF found IN ('agreed', 'superseded') THEN
            RAISE EXCEPTION 'this version of a joint plan was agreed'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_agreed_is_kept';
        END IF;
    END LOOP;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER plan_target_is_kept BEFORE INSERT OR UPDATE OR DELETE ON partners_plantarget
    FOR EACH ROW EXECUTE FUNCTION partners_keep_plan_content();
CREATE TRIGGER plan_action_is_kept BEFORE INSERT OR UPDATE OR DELETE ON partners_planaction
    FOR EACH ROW EXECUTE FUNCTION partners_keep_plan_content();
CREATE TRIGGER plan_target_is_never_truncated BEFORE TRUNCATE ON partners_plantarget
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER plan_action_is_never_truncated BEFORE TRUNCATE ON partners_planaction
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();

CREATE FUNCTION partners_keep_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM partners_planversion WHERE plan_id = OLD.id AND status IN ('agreed', 'superseded')) THEN
        RAISE EXCEPTION 'this joint plan was agreed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_agreed_is_kept';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER plan_is_kept BEFORE UPDATE OF partner_id, valid_from, valid_until ON partners_jointplan
    FOR EACH ROW EXECUTE FUNCTION partners_keep_plan();

ALTER TABLE partners_planversion ADD CONSTRAINT plan_currency_known
    FOREIGN KEY (currency) REFERENCES prm_currency (code);

CREATE TRIGGER review_is_kept BEFORE UPDATE OR DELETE ON partners_businessreview
    FOR EACH ROW WHEN (OLD.held_at IS NOT NULL) EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER review_is_never_truncated BEFORE TRUNCATE ON partners_businessreview
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER action_is_never_deleted BEFORE DELETE ON partners_jointaction
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
"""

UNDO = """
DROP TRIGGER action_is_never_deleted ON partners_jointaction;
DROP TRIGGER review_is_never_truncated ON partners_businessreview;
DROP TRIGGER review_is_kept ON partners_businessreview;
ALTER TABLE partners_planversion DROP CONSTRAINT plan_currency_known;
DROP TRIGGER plan_is_kept ON partners_jointplan;
DROP FUNCTION partners_keep_plan();
DROP TRIGGER plan_action_is_never_truncated ON partners_planaction;
DROP TRIGGER plan_target_is_never_truncated ON partners_plantarget;
DROP TRIGGER plan_action_is_kept ON partners_planaction;
DROP TRIGGER plan_target_is_kept ON partners_plantarget;
DROP FUNCTION partners_keep_plan_content();
DROP TRIGGER plan_version_is_never_truncated ON partners_planversion;
DROP TRIGGER plan_version_begins_open ON partners_planversion;
DROP TRIGGER plan_version_is_kept ON partners_planversion;
DROP FUNCTION partners_begin_plan_version();
DROP FUNCTION partners_keep_plan_version();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0011_onboarding_papers_kept")]
    operations = [migrations.RunSQL(KEPT, UNDO)]
