"""How long a statement may be disputed, and how soon a dispute is answered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("prm", "0004_loopback_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="program",
            name="dispute_cutoff_days",
            field=models.PositiveSmallIntegerField(
                default=60, verbose_name="days after a statement in which it may be disputed"
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="dispute_sla_business_days",
            field=models.PositiveSmallIntegerField(default=10, verbose_name="disputes answered in business days"),
        ),
    ]
