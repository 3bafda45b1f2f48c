"""When a person was told that a certification expires soon."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0016_profiles'),
    ]

    operations = [
        migrations.AddField(
            model_name='certification',
            name='expiry_told_at',
            field=models.DateTimeField(blank=True, help_text='When the person was told that it expires soon.', null=True),
        ),
    ]
