"""Manager and type of a partner by day, kept by the database, so that no door can forget it."""

from typing import ClassVar

from django.db import migrations


KEPT = """
-- A new partner had its manager and type from the beginning; a change counts from today in the program's time zone.
-- Two changes of one day are one. The partner's own row is locked by its writer, so no two changes meet here.
CREATE FUNCTION partners_keep_profile() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (now() AT TIME ZONE coalesce((SELECT timezone FROM prm_program WHERE id = 1), 'UTC'))::date;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO partners_profileperiod (partner_id, manager_email, type)
        VALUES (NEW.id, NEW.manager_email, NEW.type);
        RETURN NULL;
    END IF;
    UPDATE partners_profileperiod SET manager_email = NEW.manager_email, type = NEW.type
    WHERE partner_id = NEW.id AND valid_from = today AND valid_until IS NULL;
    IF NOT FOUND THEN
        UPDATE partners_profileperiod SET valid_until = today WHERE partner_id = NEW.id AND valid_until IS NULL;
        INSERT INTO partners_profileperiod (partner_id, manager_email, type, valid_from)
        VALUES (NEW.id, NEW.manager_email, NEW.type, today);
    END IF;
    RETURN NULL;
END
$$;
INSERT INTO partners_profileperiod (partner_id, manager_email, type)
SELECT id, manager_email, type FROM partners_partner;
CREATE TRIGGER profile_kept_insert AFTER INSERT ON partners_partner
    FOR EACH ROW EXECUTE FUNCTION partners_keep_profile();
CREATE TRIGGER profile_kept_update AFTER UPDATE OF manager_email, type ON partners_partner
    FOR EACH ROW WHEN (OLD.manager_email <> NEW.manager_email OR OLD.type <> NEW.type)
    EXECUTE FUNCTION partners_keep_profile();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0008_recruiting_seed")]

    operations = [
        migrations.RunSQL(
            KEPT,
            "DROP TRIGGER profile_kept_insert ON partners_partner;"
            "DROP TRIGGER profile_kept_update ON partners_partner;"
            "DROP FUNCTION partners_keep_profile()",
        ),
    ]
