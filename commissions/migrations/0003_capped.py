"""The running total under a cap, as an aggregate: each step adds at most what the cap of its own plan leaves."""

from typing import ClassVar

from django.db import migrations

CAPPED = """
CREATE FUNCTION commissions_capped_step(used numeric, amount numeric, cap numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN cap IS NULL THEN used + amount ELSE greatest(used, least(used + amount, cap)) END
$$;
CREATE AGGREGATE commissions_capped(amount numeric, cap numeric) (
    SFUNC = commissions_capped_step, STYPE = numeric, INITCOND = '0'
);
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("commissions", "0002_promises")]
    operations = [
        migrations.RunSQL(
            CAPPED,
            "DROP AGGREGATE commissions_capped(numeric, numeric);"
            "DROP FUNCTION commissions_capped_step(numeric, numeric, numeric)",
        ),
    ]
