"""What the database keeps for rollups: every change of a fact marks from which day on they are to be made again."""

from typing import ClassVar

from django.db import migrations

COLUMNS = {
    "deals_subscription": ("id, account_id, product_id, currency, started_on, registration_id", "r.started_on"),
    "deals_mrrchange": ("subscription_id, effective_on, mrr", "r.effective_on"),
    "deals_credit": ("subscription_id, partner_id, role, share, valid_from, valid_until", "r.valid_from"),
    "partners_tierassignment": ("partner_id, tier_id, valid_from, valid_until", "r.valid_from"),
    "prm_fxrate": ("currency, month, per_eur", "r.month"),
}
"""Tables of facts, the columns that matter, and the first day that a row is about."""

ROWS = {
    "deals_product": ("family_id", "deals_subscription s WHERE s.product_id = NEW.id"),
    "deals_account": ("country, segment", "deals_subscription s WHERE s.account_id = NEW.id"),
    "deals_registration": ("origin, holder_id", "deals_subscription s WHERE s.registration_id = NEW.id"),
    "deals_family": (
        "code",
        "deals_subscription s JOIN deals_product p ON p.id = s.product_id WHERE p.family_id = NEW.id",
    ),
    "partners_tier": ("code", "deals_subscription s"),
    "prm_program": ("base_currency", "deals_subscription s"),
}
"""Tables that say what a subscription is: columns that matter, and the subscriptions that a row is about."""

# One mark a statement, whatever it wrote: the earliest day. -infinity is from the beginning, kept as empty.
STATEMENTS = """
CREATE FUNCTION {table}_mark_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deals_rollupmark (from_day)
    SELECT nullif(min(coalesce({day}, '-infinity'::date)), '-infinity') FROM new_rows r HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE FUNCTION {table}_mark_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deals_rollupmark (from_day)
    SELECT nullif(min(coalesce({day}, '-infinity'::date)), '-infinity')
    FROM ((SELECT {columns} FROM old_rows EXCEPT SELECT {columns} FROM new_rows) UNION ALL
          (SELECT {columns} FROM new_rows EXCEPT SELECT {columns} FROM old_rows)) r
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER rollup_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_mark_rows();
CREATE TRIGGER rollup_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_mark_rows();
CREATE TRIGGER rollup_truncate AFTER TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION deals_mark_everything();
CREATE TRIGGER rollup_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_mark_update();
"""

ONE_ROW = """
CREATE FUNCTION {table}_mark_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deals_rollupmark (from_day)
    SELECT min(s.started_on) FROM {subscriptions} HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER rollup_row AFTER UPDATE OF {columns} ON {table} FOR EACH ROW
    WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION {table}_mark_row();
"""

EVERYTHING = """
CREATE FUNCTION deals_mark_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deals_rollupmark (from_day) VALUES (NULL);
    RETURN NULL;
END
$$;
"""


def _sides(columns: str) -> dict[str, str]:
    names = columns.split(", ")
    return {side: ", ".join(f"{side.upper()}.{name}" for name in names) for side in ("old", "new")}


MARKS = EVERYTHING + "".join(
    [
        *(STATEMENTS.format(table=table, columns=columns, day=day) for table, (columns, day) in COLUMNS.items()),
        *(
            ONE_ROW.format(table=table, columns=columns, subscriptions=subscriptions, **_sides(columns))
            for table, (columns, subscriptions) in ROWS.items()
        ),
    ]
)

NO_MARKS = "".join(
    [
        *(
            f"DROP TRIGGER rollup_{event} ON {table};"
            for table in COLUMNS
            for event in ("insert", "delete", "truncate", "update")
        ),
        *(f"DROP TRIGGER rollup_row ON {table};" for table in ROWS),
        *(f"DROP FUNCTION {table}_mark_{name}();" for table in COLUMNS for name in ("rows", "update")),
        *(f"DROP FUNCTION {table}_mark_row();" for table in ROWS),
        "DROP FUNCTION deals_mark_everything()",
    ]
)


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("deals", "0010_tenders_and_letters")]
    operations = [migrations.RunSQL(MARKS, NO_MARKS)]
