"""Sequences of registrations: their number, and the places in line."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """See the module."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE deals_registration_number_seq START 1001", "DROP SEQUENCE deals_registration_number_seq"
        ),
        migrations.RunSQL("CREATE SEQUENCE deals_registration_place_seq", "DROP SEQUENCE deals_registration_place_seq"),
    ]
