"""An answer of a bank cannot be emptied away either: only changing and deleting were refused."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0009_statement_numbers_once")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER payment_answer_is_never_truncated BEFORE TRUNCATE ON commissions_paymentanswer"
            " FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();",
            "DROP TRIGGER payment_answer_is_never_truncated ON commissions_paymentanswer;",
        ),
    ]
