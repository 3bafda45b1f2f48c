"""The months in which a survey opens by itself and tiers are reviewed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('prm', '0006_calculation_day'),
    ]

    operations = [
        migrations.AddField(
            model_name='program',
            name='survey_month',
            field=models.PositiveSmallIntegerField(db_default=5, default=5, help_text='1 to 6, and again six months later, on the first day. 0: only by hand.', verbose_name='month in which the satisfaction survey opens by itself'),
        ),
        migrations.AddField(
            model_name='program',
            name='tier_review_month',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text='1 to 6, and again six months later. Going up needs no review.', verbose_name='month in which tiers are reviewed downwards'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(('survey_month__lte', 6)), name='program_survey_month_of_half_year'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(('tier_review_month__gte', 1), ('tier_review_month__lte', 6)), name='program_review_month_of_half_year'),
        ),
    ]
