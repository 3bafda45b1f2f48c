"""The day on which the month before is calculated by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ('prm', '0005_dispute_terms'),
    ]

    operations = [
        migrations.AddField(
            model_name='program',
            name='calculation_day',
            field=models.PositiveSmallIntegerField(default=2, help_text="A day of the month, 1 to 28, in the program's time zone. 0: only by hand.", verbose_name='day on which the month before is calculated by itself'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(('calculation_day__lte', 28)), name='program_calculation_day_in_every_month'),
        ),
    ]
