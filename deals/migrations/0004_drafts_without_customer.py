"""A draft has no customer yet, and keeps what its partner typed."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("deals", "0003_promises"),
        ("partners", "0002_promises"),
    ]

    operations = [
        migrations.AddField(
            model_name="registration",
            name="company",
            field=models.CharField(blank=True, max_length=250, verbose_name="company as typed"),
        ),
        migrations.AddField(
            model_name="registration",
            name="country",
            field=models.CharField(blank=True, max_length=2, verbose_name="country as typed"),
        ),
        migrations.AlterField(
            model_name="registration",
            name="account",
            field=models.ForeignKey(
                blank=True,
                help_text="Found at submission; a draft has none, so that it tells nobody whom we know.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="registrations",
                to="deals.account",
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="registration",
            name="due_at",
            field=models.DateTimeField(
                blank=True,
                help_text="In review: our decision. More information requested: the answer. Waiting: the end of the wait.",
                null=True,
                verbose_name="due",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "draft"), ("account__isnull", False), _connector="OR"
                ),
                name="registration_submitted_has_account",
            ),
        ),
    ]
