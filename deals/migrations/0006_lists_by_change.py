"""Lists in order of change read an index."""

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ('deals', '0005_registration_own_duplicate_made_here'),
        ('partners', '0002_promises'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['updated_at', 'id'], name='account_by_change'),
        ),
        migrations.AddIndex(
            model_name='registration',
            index=models.Index(fields=['updated_at', 'id'], name='registration_by_change'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['updated_at', 'id'], name='subscription_by_change'),
        ),
    ]
