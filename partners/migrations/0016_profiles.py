"""Manager and type of a partner by day, kept by the database, so that no door can forget it."""

from typing import ClassVar

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models


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

    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0015_recruiting_seed")]

    operations = [
        migrations.CreateModel(
            name='ProfilePeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='until (exclusive)')),
                ('valid', models.GeneratedField(db_persist=True, expression=models.Func(models.F('valid_from'), models.F('valid_until'), function='daterange'), output_field=django.contrib.postgres.fields.ranges.DateRangeField())),
                ('manager_email', models.EmailField(blank=True, max_length=254, verbose_name='channel manager')),
                ('type', models.CharField(choices=[('reseller', 'Reseller'), ('referral', 'Referral partner'), ('msp', 'Managed service provider'), ('distributor', 'Distributor'), ('software_vendor', 'Software vendor')], max_length=24, verbose_name='type')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='profile_periods', to='partners.partner')),
            ],
            options={
                'verbose_name': 'manager and type of a partner',
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_until__isnull', True), ('valid_from__lte', models.F('valid_until')), _connector='OR'), name='profile_dates_in_order'), models.UniqueConstraint(fields=('partner', 'valid_from'), name='profile_key', nulls_distinct=False), django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('partner', '='), ('valid', '&&')], name='profile_no_overlap')],
            },
        ),
        migrations.RunSQL(
            KEPT,
            "DROP TRIGGER profile_kept_insert ON partners_partner;"
            "DROP TRIGGER profile_kept_update ON partners_partner;"
            "DROP FUNCTION partners_keep_profile()",
        ),
    ]
