"""People of the demonstration sign in from this machine only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("prm", "0003_idempotency"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="loopback_only",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="For people of the demonstration, whose passwords are printed.",
                verbose_name="signs in from this machine only",
            ),
        ),
    ]
