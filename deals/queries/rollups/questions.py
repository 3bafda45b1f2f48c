"""What is asked of the rollups of some days, or of work tables of the same shape: each question has one answer."""

from deals.queries.rollups.shared import COUNTED_AGAIN
from deals.queries.rollups.sums import AMOUNTS

COUNTS = (
    "live", "begun", "opening", "churned", "contracted", "expanded", "year_opening", "terms", "renewed", "unrated",
    "year_opened", "kept",
)  # fmt: skip

OF_DAYS = """
-- Everything about several days in one answer: sums by day and currency, counts by day, segments of some of them.
SELECT json_build_object(
    'base', (SELECT base_currency FROM prm_program),
    'rates', (
        SELECT json_agg(json_build_array(currency, month, per_eur) ORDER BY month) FROM prm_fxrate
        WHERE month <= %(day)s
    ),
    'days', (
        SELECT json_agg(json_build_array(d.day, d.stale OR EXISTS (
            SELECT FROM deals_rollupmark m WHERE coalesce(m.from_day <= d.day, true)), d.built_ms))
        FROM deals_rollupday d WHERE d.day = ANY(%(days)s::date[])
    ),
    'money', (
        SELECT json_agg(x) FROM (
            SELECT day, currency, {sums} FROM {money} WHERE day = ANY(%(days)s::date[]) AND {whose}
            GROUP BY day, currency
        ) x
    ),
    'counts', (
        SELECT json_agg(x) FROM (
            SELECT day, {counts} FROM {customers} WHERE day = ANY(%(days)s::date[]) AND {whose} GROUP BY day
        ) x
    ),
    'total', (
        SELECT json_agg(json_build_array(day, currency, total)) FROM {money}
        WHERE day = ANY(%(days)s::date[]) AND partner_id IS NULL AND total <> 0
    ),
    'segments', (
        SELECT json_agg(json_build_array(day, dimension, key, currency, mrr, month_ago, year_ago)) FROM (
            SELECT day, dimension, key, currency, sum(mrr) AS mrr, sum(month_ago) AS month_ago,
                sum(year_ago) AS year_ago
            FROM {segments} WHERE day = ANY(%(cut_days)s::date[]) AND {whose} GROUP BY day, dimension, key, currency
            ORDER BY day, dimension, key, currency
        ) x
    ){beside}
)::text
"""

INFLUENCED = """,
    'influence', (
        SELECT json_agg(json_build_array(day, currency, mrr)) FROM (
            SELECT day, currency, sum(mrr) AS mrr FROM {influence}
            WHERE day = ANY(%(days)s::date[]) AND partners && %(partners)s::bigint[] GROUP BY day, currency
        ) x
    )"""
"""Only where several partners are asked about: one's own is weighted, the program's is a sum of its own."""

BELOW = """,
    'below', (
        SELECT json_agg(json_build_array(d.day, a.partner_id) ORDER BY a.partner_id)
        FROM unnest(%(days)s::date[]) d (day)
        JOIN partners_parentassignment a ON a.parent_id = ANY(%(partners)s::bigint[]) AND a.valid @> d.day
    )"""
"""Only where one partner is asked about: its sub-partners of each day."""

EVERYBODY = "partner_id IS NULL"
THESE = "partner_id = ANY(%(partners)s::bigint[])"

OF_EACH = f"""
-- Everything about each of many partners on one day in one answer.
SELECT json_build_object(
    'base', (SELECT base_currency FROM prm_program),
    'rates', (
        SELECT json_agg(json_build_array(currency, month, per_eur) ORDER BY month) FROM prm_fxrate
        WHERE month <= %(day)s
    ),
    'days', (
        SELECT json_agg(json_build_array(d.stale OR EXISTS (
            SELECT FROM deals_rollupmark m WHERE coalesce(m.from_day <= d.day, true)), d.built_ms))
        FROM deals_rollupday d WHERE d.day = %(day)s
    ),
    'money', (
        SELECT json_agg(json_build_array(partner_id, currency, {", ".join(AMOUNTS)})) FROM {{money}}
        WHERE day = %(day)s AND {THESE}
    ),
    'counts', (
        SELECT json_agg(json_build_array(partner_id, {", ".join(COUNTS)})) FROM {{customers}}
        WHERE day = %(day)s AND {THESE}
    ),
    'shared', (
        SELECT json_agg(json_build_array(partner_id, account_id, year_opening, year_closing)) FROM {{shared_customers}}
        WHERE day = %(day)s AND {THESE} AND year_opening + year_closing > 0
    ),
    'total', (
        SELECT json_agg(json_build_array(currency, total)) FROM {{money}}
        WHERE day = %(day)s AND {EVERYBODY} AND total <> 0
    )
)::text
"""  # noqa: S608 - names of ours

ASKED = OF_DAYS.replace("{sums}", ", ".join(f"sum({name}) AS {name}" for name in AMOUNTS)).replace(
    "{counts}", ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
)


OF_PROGRAM = ASKED.replace("{beside}", "").replace("{whose}", EVERYBODY)
OF_ONE = ASKED.replace("{beside}", BELOW).replace("{whose}", THESE)
OF_SEVERAL = ASKED.replace("{beside}", INFLUENCED + COUNTED_AGAIN).replace("{whose}", THESE)
"""The question about days of the program, of one partner, and of several together."""
