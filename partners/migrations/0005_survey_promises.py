"""What the database keeps for surveys: frozen invitations, no answer after the close, waves that stay as they opened."""

from typing import ClassVar

from django.db import migrations

KEPT = """
-- A survey that was opened here keeps its name and first day, and is never open longer than was said. Invitations that
-- are frozen stay frozen.
CREATE FUNCTION partners_keep_psat_wave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.opened_at IS NULL THEN
        RETURN NEW;
    END IF;
    IF (OLD.code, OLD.opened_on, OLD.opened_at) IS DISTINCT FROM (NEW.code, NEW.opened_on, NEW.opened_at)
       OR NEW.closes_on IS NULL OR NEW.closes_on > OLD.closes_on
       OR (OLD.frozen_at IS NOT NULL AND OLD.frozen_at IS DISTINCT FROM NEW.frozen_at) THEN
        RAISE EXCEPTION 'survey % keeps its name and days', OLD.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'psat_wave_kept';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER psat_wave_kept BEFORE UPDATE ON partners_psatwave
    FOR EACH ROW EXECUTE FUNCTION partners_keep_psat_wave();

-- Whom a survey asks, and in which group they count, is settled as it opens: figures cannot move afterwards by asking
-- more people, by taking somebody out, or by moving a partner. The wave is locked, so that freezing and inviting at the
-- same moment come one after the other.
CREATE FUNCTION partners_keep_psat_invitation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wave partners_psatwave%ROWTYPE;
    closed boolean;
BEGIN
    SELECT * INTO wave FROM partners_psatwave
        WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.wave_id ELSE OLD.wave_id END FOR SHARE;
    IF TG_OP = 'UPDATE' AND NEW.wave_id <> OLD.wave_id AND EXISTS (
            SELECT FROM partners_psatwave w WHERE w.id = NEW.wave_id AND w.opened_at IS NOT NULL) THEN
        RAISE EXCEPTION 'an invitation stays in its survey'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'psat_invitations_frozen';
    END IF;
    IF wave.opened_at IS NULL THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR (TG_OP = 'INSERT' AND wave.frozen_at IS NOT NULL)
       OR (TG_OP = 'UPDATE' AND
           (OLD.wave_id, OLD.partner_id, OLD.user_id, OLD.invited_at, OLD.manager, OLD.tier, OLD.country, OLD.type)
           IS DISTINCT FROM
           (NEW.wave_id, NEW.partner_id, NEW.user_id, NEW.invited_at, NEW.manager, NEW.tier, NEW.country, NEW.type))
    THEN
        RAISE EXCEPTION 'the invitations of survey % are frozen', wave.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'psat_invitations_frozen';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.score, OLD.answered_at, OLD.comment, OLD.may_contact)
                            IS NOT DISTINCT FROM (NEW.score, NEW.answered_at, NEW.comment, NEW.may_contact) THEN
        RETURN NEW;
    END IF;
    IF NEW.score IS NULL AND (TG_OP = 'INSERT' OR OLD.score IS NULL) THEN
        RETURN NEW;
    END IF;
    -- An answer belongs to a day on which its survey is open: it closes as its last day begins.
    SELECT (NEW.answered_at AT TIME ZONE p.timezone)::date >= wave.closes_on INTO closed FROM prm_program p;
    IF NEW.score IS NULL OR closed OR (TG_OP = 'UPDATE' AND NEW.answered_at < OLD.answered_at) THEN
        RAISE EXCEPTION 'survey % is closed', wave.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'psat_no_answer_after_close';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER psat_invitations_frozen BEFORE INSERT OR UPDATE OR DELETE ON partners_psatinvitation
    FOR EACH ROW EXECUTE FUNCTION partners_keep_psat_invitation();
"""

UNDO = """
DROP TRIGGER psat_invitations_frozen ON partners_psatinvitation;
DROP FUNCTION partners_keep_psat_invitation();
DROP TRIGGER psat_wave_kept ON partners_psatwave;
DROP FUNCTION partners_keep_psat_wave();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0004_self_billing_address")]
    operations = [migrations.RunSQL(KEPT, UNDO)]
