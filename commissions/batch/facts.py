"""Steps 1 to 3: facts of a range of subscriptions, cut into stretches of days on which nothing changes.

The work tables are temporary: they are the session's own, cost no WAL and end with the transaction.
"""

SCOPE = """
-- From which month each changed subscription of the range is computed again: the first month that a change affects,
-- be it of its own facts, of a partner credited on it, or of such a partner's parent. Under a cap one month may take
-- from the next, so there it is the whole life.
CREATE TEMP TABLE scope ON COMMIT DROP AS
SELECT c.subscription_id,
       CASE WHEN bool_or(EXISTS (SELECT FROM deals_credit d WHERE d.subscription_id = c.subscription_id
                                  AND d.partner_id = ANY(%(capped_partners)s::bigint[])))
            THEN %(first)s ELSE greatest(min(c.from_month), %(first)s) END AS from_month
FROM (
    SELECT m.subscription_id, coalesce(m.from_month, '-infinity') AS from_month
    FROM commissions_changedfact m
    WHERE m.subscription_id >= %(low)s AND m.subscription_id < %(high)s
    UNION ALL
    SELECT c.subscription_id, coalesce(m.from_month, '-infinity')
    FROM commissions_changedfact m
    JOIN (
        SELECT p.id AS partner_id, p.id AS below_id FROM partners_partner p
        UNION
        SELECT a.parent_id, a.partner_id FROM partners_parentassignment a
    ) r ON r.partner_id = m.partner_id
    JOIN deals_credit c ON c.partner_id = r.below_id
    WHERE m.subscription_id IS NULL AND c.subscription_id >= %(low)s AND c.subscription_id < %(high)s
) c
WHERE c.from_month <= %(period)s
GROUP BY c.subscription_id
"""

NO_SCOPE = """
-- Nothing has changed since the last approval, or everything is computed anyway.
CREATE TEMP TABLE scope (subscription_id bigint, from_month date) ON COMMIT DROP
"""

SUBJECTS = """
-- One row per subscription to compute: what rules match on, and from which month. The months after the last approved
-- one are computed of all subscriptions, earlier ones where something changed.
CREATE TEMP TABLE subject ON COMMIT DROP AS
SELECT s.id AS subscription_id, s.product_id, p.family_id, s.currency, s.started_on, s.source,
       date_trunc('month', s.started_on)::date AS started_period,
       12 * extract(year FROM s.started_on)::int + extract(month FROM s.started_on)::int AS started_month,
       least(%(full_from)s, d.from_month) AS from_month
FROM deals_subscription s
JOIN deals_product p ON p.id = s.product_id
LEFT JOIN scope d ON d.subscription_id = s.id
WHERE s.id >= %(low)s AND s.id < %(high)s
{only}
"""

LEVELS = """
-- The MRR level on each stretch of days: from a change until the next one. Days before started_on do not count,
-- but a change dated before it sets the starting level. mrr_before is the level of the day before, 0 at first.
-- days_alive is how long it lived before its MRR first fell to 0: coming back later does not undo that.
CREATE TEMP TABLE level ON COMMIT DROP AS
SELECT * FROM (
    SELECT *, lag(mrr, 1, 0) OVER (PARTITION BY subscription_id ORDER BY from_on) AS mrr_before
    FROM (
        SELECT s.*, m.mrr, greatest(m.effective_on, s.started_on) AS from_on,
               coalesce(lead(m.effective_on) OVER changes, 'infinity'::date) AS until_on,
               min(m.effective_on) FILTER (WHERE m.mrr = 0 AND m.effective_on > s.started_on)
                   OVER (PARTITION BY m.subscription_id) - s.started_on AS days_alive
        FROM deals_mrrchange m
        JOIN subject s USING (subscription_id)
        WHERE m.subscription_id >= %(low)s AND m.subscription_id < %(high)s{only}
        WINDOW changes AS (PARTITION BY m.subscription_id ORDER BY m.effective_on)
    ) changed
    WHERE from_on < until_on
) levels
WHERE mrr > 0 AND until_on > from_month AND from_on < %(end)s
"""

STRETCHES = """
-- Credited stretches: a level and a share, with every day of the stretch credited to one partner in one role.
CREATE TEMP TABLE stretch ON COMMIT DROP AS
SELECT l.subscription_id, l.product_id, l.family_id, l.currency, l.started_on, l.started_period, l.started_month,
       l.from_month, l.days_alive, l.mrr, l.mrr_before, l.from_on AS level_from, c.partner_id, c.role, c.share,
       greatest(l.from_on, c.valid_from) AS from_on, least(l.until_on, c.valid_until) AS until_on
FROM level l
JOIN deals_credit c ON c.subscription_id = l.subscription_id
WHERE c.share > 0 AND c.subscription_id >= %(low)s AND c.subscription_id < %(high)s{only}
  AND greatest(l.from_on, c.valid_from) < least(l.until_on, c.valid_until)
  AND coalesce(c.valid_until > l.from_month, true)
"""

MONTHLY = """
-- The same, cut at the ends of months.
CREATE TEMP TABLE monthly ON COMMIT DROP AS
SELECT x.subscription_id, x.product_id, x.family_id, x.currency, x.started_on, x.partner_id, x.role, x.mrr, x.share,
       m.period, m.month - x.started_month + 1 AS age,
       greatest(x.from_on, m.period) AS from_on,
       least(x.until_on, (m.period + interval '1 month')::date) AS until_on
FROM stretch x
CROSS JOIN LATERAL (
    SELECT g::date AS period, 12 * extract(year FROM g)::int + extract(month FROM g)::int AS month
    FROM generate_series(date_trunc('month', greatest(x.from_on, x.from_month)),
                         least(x.until_on, %(end)s) - 1, interval '1 month') g
) m
"""

MONTHLY_OF_ONE = """
-- The same where no earlier month is looked at: cut to the one month, without a series for each row.
CREATE TEMP TABLE monthly ON COMMIT DROP AS
SELECT x.subscription_id, x.product_id, x.family_id, x.currency, x.started_on, x.partner_id, x.role, x.mrr, x.share,
       %(period)s AS period, %(month)s - x.started_month + 1 AS age,
       greatest(x.from_on, %(period)s) AS from_on, least(x.until_on, %(end)s) AS until_on
FROM stretch x
WHERE x.from_on < %(end)s AND x.until_on > %(period)s
"""


def only(statement: str, column: str, *, is_everything: bool) -> str:
    """Complete a statement: where no month is computed of everything, it finds what changed by index."""
    changed = f" AND {column} = ANY(ARRAY(SELECT subscription_id FROM scope))"  # noqa: S608 - columns of ours
    return statement.replace("{only}", "" if is_everything else changed)
