"""Step 4: one statement per kind says what rates apply to. To add a kind, add its statement here.

All have one row shape. ``weight`` is mrr · share · days, share in per cent, to be divided by the days in the month
where the kind looks at every day of it (``MONTHLY_KINDS``) and by 1 where it looks at single days. The column
``partner_id`` is the key's partner; ``mrr`` is the MRR on the day that a SPIFF looks at; ``below_id`` is the partner
on whose credit an override is earned. Kinds are numbered in the order in which a cap is used up (``KIND_ORDER``).
The accelerator is no subscription's: it has a step of its own (``accelerator.py``).
"""

from __future__ import annotations

from commissions.kinds import KIND_ORDER, Kind

COLUMNS = (
    "kind, partner_id, subscription_id, role, period, weight, days, mrr, share, from_on, below_id, "
    "product_id, family_id, currency, reference_day, age, days_alive"
)

RECURRING = """
    -- Prorated MRR: every day of the month at its level and share.
    SELECT {kind}, partner_id, subscription_id, role, period, mrr * share * (until_on - from_on), until_on - from_on,
           mrr, share, from_on, NULL::bigint, product_id, family_id, currency, greatest(period, started_on), age,
           NULL::integer
    FROM monthly
"""

UPFRONT = """
    -- The MRR on the day it started, once, in the month of that day.
    SELECT {kind}, partner_id, subscription_id, role, started_period, mrr * share, 1, mrr, share, started_on, NULL,
           product_id, family_id, currency, started_on, 1, days_alive
    FROM stretch
    WHERE from_on = started_on AND started_period >= from_month AND started_period <= %(period)s
"""

SPIFF = """
    -- A flat amount × share when a subscription starts with MRR; the amount stands in the rule. Weight 100 · share
    -- makes amount · weight ÷ (100 · 100) the amount times the share.
    SELECT {kind}, partner_id, subscription_id, role, started_period, 100 * share, 1, mrr, share, started_on, NULL,
           product_id, family_id, currency, started_on, 1, days_alive
    FROM stretch
    WHERE from_on = started_on AND started_period >= from_month AND started_period <= %(period)s
"""

EXPANSION = """
    -- The month's steps from one level to another, each at the share of its day; a step from or to 0 is a start or an
    -- end. Down counts against up, but in a role a month never earns less than nothing.
    SELECT {kind}, partner_id, subscription_id, role, period, step * share, 1, step, share, from_on, NULL,
           product_id, family_id, currency, greatest(period, started_on),
           12 * extract(year FROM period)::int + extract(month FROM period)::int - started_month + 1, NULL
    FROM (
        SELECT *, sum(step * share) OVER (PARTITION BY partner_id, subscription_id, role, period) AS together
        FROM (
            SELECT x.*, x.mrr - x.mrr_before AS step, date_trunc('month', x.from_on)::date AS period
            FROM stretch x
            WHERE x.from_on = x.level_from AND x.mrr_before > 0 AND x.mrr <> x.mrr_before
              AND x.from_on >= x.from_month AND x.from_on < %(end)s
        ) steps
    ) summed
    WHERE together > 0
"""

RENEWAL = """
    -- The MRR on each anniversary of the start; PostgreSQL puts 29 February on the 28th in other years, as the rules
    -- do.
    SELECT {kind}, x.partner_id, x.subscription_id, x.role, date_trunc('month', a.on_day)::date, x.mrr * x.share, 1,
           x.mrr, x.share, a.on_day, NULL, x.product_id, x.family_id, x.currency, date_trunc('month', a.on_day)::date,
           12 * a.years + 1, NULL
    FROM (
        SELECT s.subscription_id, s.from_month, (s.started_on + make_interval(years => n))::date AS on_day, n AS years
        FROM subject s
        CROSS JOIN LATERAL generate_series(
            greatest(1, extract(year FROM s.from_month)::int - extract(year FROM s.started_on)::int),
            extract(year FROM %(period)s::date)::int - extract(year FROM s.started_on)::int) n
    ) a
    JOIN stretch x ON x.subscription_id = a.subscription_id AND x.from_on <= a.on_day AND a.on_day < x.until_on
    WHERE a.on_day >= a.from_month AND a.on_day < %(end)s
"""

OVERRIDE = """
    -- The sourced, prorated MRR of the partners below, on the days when this partner was their parent; one level only.
    SELECT {kind}, parent_id, subscription_id, 'sourced', period, mrr * share * (until_on - from_on),
           until_on - from_on, mrr, share, from_on, partner_id, product_id, family_id, currency,
           greatest(period, started_on), age, NULL
    FROM (
        SELECT m.subscription_id, m.product_id, m.family_id, m.currency, m.started_on, m.partner_id, m.mrr, m.share,
               m.period, m.age, a.parent_id, greatest(m.from_on, a.valid_from) AS from_on,
               least(m.until_on, a.valid_until) AS until_on
        FROM monthly m
        JOIN partners_parentassignment a ON a.partner_id = m.partner_id
        WHERE m.role = 'sourced'
    ) below
    WHERE from_on < until_on
"""

SOURCES = {
    Kind.RECURRING: RECURRING,
    Kind.UPFRONT: UPFRONT,
    Kind.SPIFF: SPIFF,
    Kind.EXPANSION: EXPANSION,
    Kind.RENEWAL: RENEWAL,
    Kind.OVERRIDE: OVERRIDE,
}

MONTHLY_KINDS = (KIND_ORDER[Kind.RECURRING], KIND_ORDER[Kind.OVERRIDE])
"""Numbers of the kinds that look at every day of the month."""


def sources(kinds: frozenset[str]) -> str:
    """Return the statement of this step for the kinds that some rule pays; recurring is always among them.

    A kind without any rule earns nothing, whatever the facts are.
    """
    chosen = [
        statement.replace("{kind}", f"{KIND_ORDER[kind]}::smallint")
        for kind, statement in SOURCES.items()
        if kind in kinds or kind == Kind.RECURRING
    ]
    rows = "    UNION ALL".join(chosen)
    return f"CREATE TEMP TABLE source ({COLUMNS}) ON COMMIT DROP AS{rows}"
