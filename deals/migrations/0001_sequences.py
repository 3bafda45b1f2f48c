"""Sequences: numbers of registrations, of deals and of awards, and the places in line."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """See the module."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = [("partners", "0012_plan_promises"), ("prm", "0002_promises")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE deals_registration_number_seq START 1001", "DROP SEQUENCE deals_registration_number_seq"
        ),
        migrations.RunSQL("CREATE SEQUENCE deals_registration_place_seq", "DROP SEQUENCE deals_registration_place_seq"),
        migrations.RunSQL("CREATE SEQUENCE deals_deal_number_seq START 501", "DROP SEQUENCE deals_deal_number_seq"),
        migrations.RunSQL("CREATE SEQUENCE deals_award_number_seq", "DROP SEQUENCE deals_award_number_seq"),
    ]
