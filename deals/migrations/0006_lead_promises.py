"""What the database keeps for leads: a reservation against protections of others, and answers that stay."""

from typing import ClassVar

from django.db import migrations

RESERVED = """
-- An offer reserves customer and family until the lead is answered or registered (deal rules, section 5): nobody else
-- is protected meanwhile, and nothing is offered that somebody else holds. Whoever writes either locks the customer
-- first, so the second of two at the same moment sees the first; these functions lock it too, for those who forgot.
CREATE FUNCTION deals_check_lead_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM deals_account WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM deals_leadoffer o WHERE o.account_id = NEW.account_id AND o.family_id = NEW.family_id
               AND o.released_at IS NULL AND o.partner_id <> NEW.holder_id) THEN
        RAISE EXCEPTION 'a lead on this customer and family is with another partner'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'registration_meets_lead_offer';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER registration_meets_lead_offer_new BEFORE INSERT ON deals_registration
    FOR EACH ROW WHEN (NEW.status = 'approved' AND NEW.exclusive)
    EXECUTE FUNCTION deals_check_lead_reservation();
CREATE TRIGGER registration_meets_lead_offer_changed BEFORE UPDATE ON deals_registration
    FOR EACH ROW WHEN (NEW.status = 'approved' AND NEW.exclusive AND (
        OLD.status IS DISTINCT FROM NEW.status OR OLD.exclusive IS DISTINCT FROM NEW.exclusive
        OR OLD.account_id IS DISTINCT FROM NEW.account_id OR OLD.family_id IS DISTINCT FROM NEW.family_id
        OR OLD.holder_id IS DISTINCT FROM NEW.holder_id))
    EXECUTE FUNCTION deals_check_lead_reservation();

CREATE FUNCTION deals_check_lead_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM deals_account WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM deals_registration r WHERE r.account_id = NEW.account_id AND r.family_id = NEW.family_id
               AND r.status = 'approved' AND r.exclusive AND r.holder_id <> NEW.partner_id
               AND upper(r.protected) > NEW.offered_at) THEN
        RAISE EXCEPTION 'another partner is protected on this customer and family'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'lead_offer_meets_protection';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER lead_offer_meets_protection BEFORE INSERT ON deals_leadoffer
    FOR EACH ROW EXECUTE FUNCTION deals_check_lead_offer();
"""

UNDO_RESERVED = """
DROP TRIGGER lead_offer_meets_protection ON deals_leadoffer;
DROP TRIGGER registration_meets_lead_offer_changed ON deals_registration;
DROP TRIGGER registration_meets_lead_offer_new ON deals_registration;
DROP FUNCTION deals_check_lead_offer();
DROP FUNCTION deals_check_lead_reservation();
"""

ANSWERS = """
-- Response times and conversion are counted from offers, so an answer stays as it was given: to whom, when, which.
-- Customer and family may still move along with a merge of customers.
CREATE FUNCTION deals_keep_lead_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.answer <> '' AND ROW(OLD.answer, OLD.answered_at, OLD.reason) IS DISTINCT FROM
            ROW(NEW.answer, NEW.answered_at, NEW.reason))
        OR (OLD.released_at IS NOT NULL AND OLD.released_at IS DISTINCT FROM NEW.released_at)
        OR ROW(OLD.lead_id, OLD.partner_id, OLD.offered_at, OLD.due_at, OLD.by_hand) IS DISTINCT FROM
            ROW(NEW.lead_id, NEW.partner_id, NEW.offered_at, NEW.due_at, NEW.by_hand) THEN
        RAISE EXCEPTION 'an offer that was answered does not change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lead_offer_answer_stays';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER lead_offer_answer_stays BEFORE UPDATE ON deals_leadoffer
    FOR EACH ROW EXECUTE FUNCTION deals_keep_lead_answer();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("deals", "0005_steps")]
    operations = [
        migrations.RunSQL(RESERVED, UNDO_RESERVED),
        migrations.RunSQL(
            ANSWERS,
            "DROP TRIGGER lead_offer_answer_stays ON deals_leadoffer; DROP FUNCTION deals_keep_lead_answer()",
        ),
    ]
