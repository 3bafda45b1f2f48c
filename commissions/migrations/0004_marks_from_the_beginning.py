"""Change marks that begin with the first month affected: also with rows without a first day, and with ends."""

from typing import ClassVar

from django.db import migrations

from commissions.migrations.tracking import drop_tracking_sql, tracking_sql


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0003_capped")]
    operations = [migrations.RunSQL(drop_tracking_sql() + tracking_sql(), migrations.RunSQL.noop)]
