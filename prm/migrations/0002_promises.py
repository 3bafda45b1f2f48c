"""What the database keeps for the kernel: fixed rows, an append-only audit trail, one list of currencies."""

from typing import ClassVar

from django.db import migrations

from prm.seed import install_fixed_rows

AUDIT_TRAIL = """
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON prm_auditevent
    FOR EACH ROW EXECUTE FUNCTION prm_refuse_change();
CREATE TRIGGER audit_is_never_truncated BEFORE TRUNCATE ON prm_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION prm_refuse_change();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("prm", "0001_initial")]
    operations = [
        migrations.RunPython(install_fixed_rows, migrations.RunPython.noop),
        migrations.RunSQL(
            AUDIT_TRAIL,
            "DROP TRIGGER audit_is_append_only ON prm_auditevent;"
            "DROP TRIGGER audit_is_never_truncated ON prm_auditevent",
        ),
    ]
