"""One index on a statement's number: it is looked up whole, and a month writes thousands of statements."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0008_payment_files_kept")]
    operations = [
        migrations.RunSQL(
            "DROP INDEX IF EXISTS commissions_statement_number_724516ac_like",
            "CREATE INDEX commissions_statement_number_724516ac_like"
            " ON commissions_statement (number varchar_pattern_ops)",
        ),
    ]
