"""SQL of change tracking: a statement trigger on every table of facts (commission rules, section 4).

Each table names what one of its rows touches: a subscription, a partner, or (neither) everything, and the
first month affected. An update marks both its old and its new state; an update that changes nothing that
matters marks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tracked:
    """How a row ``r`` of ``table`` is marked: SQL for subscription, partner and first day affected."""

    table: str
    columns: str
    subscription: str = "NULL::bigint"
    partner: str = "NULL::bigint"
    first_day: str = "NULL::date"
    joins: str = ""
    each_month: bool = False
    """Whether every month that rows name is marked, not only the first: a start that moved has left the old one."""


TRACKED = (
    Tracked(
        "deals_subscription",
        "id, product_id, currency, started_on",
        "r.id",
        first_day="r.started_on",
        each_month=True,
    ),
    # An end may take back what was earned at the start (clawback), which gives back its part of the cap as well.
    Tracked(
        "deals_mrrchange",
        "subscription_id, effective_on, mrr",
        "r.subscription_id",
        first_day="CASE WHEN r.mrr > 0 THEN r.effective_on "
        "ELSE least(r.effective_on, (SELECT s.started_on FROM deals_subscription s WHERE s.id = r.subscription_id)) END",
    ),
    Tracked(
        "deals_credit",
        "subscription_id, partner_id, role, share, valid_from, valid_until",
        "r.subscription_id",
        partner="r.partner_id",  # who is credited no more had an accelerator of it
        first_day="r.valid_from",
    ),
    Tracked("deals_collection", "subscription_id, month, billed, paid", "r.subscription_id", first_day="r.month"),
    Tracked("deals_product", "id, family_id", "s.id", joins="JOIN deals_subscription s ON s.product_id = r.id"),
    Tracked(
        "partners_tierassignment",
        "partner_id, tier_id, valid_from, valid_until",
        partner="r.partner_id",
        first_day="r.valid_from",
    ),
    Tracked(
        "partners_parentassignment",
        "partner_id, parent_id, valid_from, valid_until",
        partner="p.id",
        first_day="r.valid_from",
        joins="JOIN partners_partner p ON p.id IN (r.partner_id, r.parent_id)",
    ),
    Tracked(
        "commissions_planassignment",
        "partner_id, plan_id, valid_from, valid_until",
        partner="r.partner_id",
        first_day="r.valid_from",
    ),
    Tracked(
        "commissions_rule",
        "plan_id, kind, product_id, family_id, tier_id, role, currency, age_from, age_until, rate, amount, threshold, "
        "minimum_mrr, valid_from, valid_until, retired_at",
        first_day="r.valid_from",
    ),
    Tracked(
        "commissions_plan",
        "id, basis, clawback, clawback_days, cap_per_subscription, cap_currency, true_up_months, is_default",
    ),
    Tracked("prm_program", "first_period", first_day="r.first_period"),
)

# No first day means from the beginning, which min() alone would forget beside a row that has one. A statement that
# touches a fifth of all subscriptions or more, as the planner last counted them, marks everything: one row instead of
# as many as it wrote.
INSERT_MARKS = """
    WITH marks AS (
        SELECT {t.subscription} AS subscription_id, {t.partner} AS partner_id,
               min(coalesce(date_trunc('month', {t.first_day})::date, '-infinity')) AS from_month
        FROM ({rows}) r {t.joins}
        GROUP BY 1, 2{each}
    ), size AS (
        SELECT count(*) <= greatest(5000, (SELECT reltuples / 5 FROM pg_class WHERE oid = 'deals_subscription'::regclass))
                   AS is_few, min(from_month) AS from_month
        FROM marks
    )
    INSERT INTO commissions_changedfact (source, subscription_id, partner_id, from_month)
    SELECT '{t.table}', m.subscription_id, m.partner_id, nullif(m.from_month, '-infinity')
    FROM marks m CROSS JOIN size WHERE size.is_few
    UNION ALL
    SELECT '{t.table}', NULL, NULL, nullif(from_month, '-infinity') FROM size WHERE NOT is_few;"""

FUNCTIONS = """
CREATE FUNCTION {t.table}_track_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{once}
    RETURN NULL;
END
$$;
CREATE FUNCTION {t.table}_track_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{changed}
    RETURN NULL;
END
$$;
CREATE TRIGGER track_insert AFTER INSERT ON {t.table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {t.table}_track_rows();
CREATE TRIGGER track_delete AFTER DELETE ON {t.table} REFERENCING OLD TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {t.table}_track_rows();
CREATE TRIGGER track_truncate AFTER TRUNCATE ON {t.table}
    FOR EACH STATEMENT EXECUTE FUNCTION commissions_track_truncate();
CREATE TRIGGER track_update AFTER UPDATE ON {t.table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {t.table}_track_update();
"""

# TRUNCATE shows no rows to a trigger: whatever they were, everything may have changed from the beginning.
EMPTIED = """
CREATE FUNCTION commissions_track_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO commissions_changedfact (source) VALUES (TG_TABLE_NAME);
    RETURN NULL;
END
$$;
"""


def tracking_sql() -> str:
    """Return the statements that install change tracking on every table of facts."""
    parts = [EMPTIED]
    for t in TRACKED:
        each = f", date_trunc('month', {t.first_day})" if t.each_month else ""
        once = INSERT_MARKS.format(t=t, each=each, rows=f"SELECT {t.columns} FROM new_rows")  # noqa: S608 - constants of this module
        # Rows that only one side has: the old state of what changed, and the new.
        both = (
            f"(SELECT {t.columns} FROM old_rows EXCEPT SELECT {t.columns} FROM new_rows) UNION ALL "  # noqa: S608
            f"(SELECT {t.columns} FROM new_rows EXCEPT SELECT {t.columns} FROM old_rows)"
        )
        parts.append(FUNCTIONS.format(t=t, once=once, changed=INSERT_MARKS.format(t=t, each=each, rows=both)))
    return "".join(parts)


def drop_tracking_sql() -> str:
    """Return the statements that take it away again."""
    events, names = ("insert", "delete", "truncate", "update"), ("rows", "update")
    return "".join(
        [
            *(f"DROP TRIGGER track_{event} ON {t.table};" for t in TRACKED for event in events),
            *(f"DROP FUNCTION {t.table}_track_{name}();" for t in TRACKED for name in names),
            "DROP FUNCTION commissions_track_truncate()",
        ]
    )
