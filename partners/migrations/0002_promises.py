"""What the database keeps for partners: nobody is, over however many steps, the parent of its own parent."""

from typing import ClassVar

from django.db import migrations

NO_CYCLE = """
-- Walks up from every changed assignment through assignments that hold on a common day. The advisory lock makes
-- two transactions, each adding one half of a circle, come one after the other.
CREATE FUNCTION partners_refuse_parent_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    culprit text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('partners_parentassignment'));
    WITH RECURSIVE up(partner_id, ancestor_id, valid) AS (
        SELECT partner_id, parent_id, valid FROM changed WHERE NOT isempty(valid)
        UNION
        SELECT up.partner_id, a.parent_id, up.valid * a.valid
        FROM up JOIN partners_parentassignment a ON a.partner_id = up.ancestor_id AND a.valid && up.valid
        WHERE up.ancestor_id <> up.partner_id
    )
    SELECT p.code INTO culprit FROM up JOIN partners_partner p ON p.id = up.partner_id
    WHERE up.ancestor_id = up.partner_id ORDER BY p.code LIMIT 1;
    IF culprit IS NOT NULL THEN
        RAISE EXCEPTION 'partner % would be above itself', culprit
            USING ERRCODE = 'check_violation', CONSTRAINT = 'parent_no_cycle', DETAIL = culprit;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER parent_no_cycle_insert AFTER INSERT ON partners_parentassignment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION partners_refuse_parent_cycle();
CREATE TRIGGER parent_no_cycle_update AFTER UPDATE ON partners_parentassignment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION partners_refuse_parent_cycle();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0001_tables")]
    operations = [
        migrations.RunSQL(
            NO_CYCLE,
            "DROP TRIGGER parent_no_cycle_insert ON partners_parentassignment;"
            "DROP TRIGGER parent_no_cycle_update ON partners_parentassignment;"
            "DROP FUNCTION partners_refuse_parent_cycle()",
        ),
    ]
