"""Step 4: one statement per kind says what rates apply to. To add a kind, add its statement here.

Every statement inserts into ``source``: ``weight`` is Σ(mrr · share · days), share in per cent, to be divided by
``days`` (days in the month; 1 where a kind looks at one day only). ``stretches`` are the same figures for the
explanation. The column ``partner_id`` is the key's partner; ``mrr`` is the MRR on the day that a SPIFF looks at.
The accelerator is no subscription's: it has a step of its own (``accelerator.py``).
"""

SOURCE_TABLE = """
CREATE TEMP TABLE source (
    kind text NOT NULL, partner_id bigint NOT NULL, subscription_id bigint NOT NULL, role text NOT NULL,
    period date NOT NULL, weight numeric NOT NULL, days integer NOT NULL, stretches jsonb NOT NULL, mrr numeric
) ON COMMIT DROP
"""

RECURRING = """
-- Prorated MRR: every day of the month at its level and share.
INSERT INTO source
SELECT 'recurring', partner_id, subscription_id, role, period,
       sum(mrr * share * days), max(extract(day FROM period + interval '1 month' - interval '1 day'))::int,
       jsonb_agg(jsonb_build_object('mrr', trim_scale(mrr)::text, 'share', trim_scale(share)::text, 'days', days,
                                    'from', from_on) ORDER BY from_on)
FROM (
    SELECT partner_id, subscription_id, role, period, mrr, share, sum(until_on - from_on)::int AS days,
           min(from_on) AS from_on
    FROM monthly_stretch GROUP BY partner_id, subscription_id, role, period, mrr, share
) s
GROUP BY partner_id, subscription_id, role, period
"""

UPFRONT = """
-- The MRR on the day it started, once, in the month of that day.
INSERT INTO source
SELECT 'upfront', c.partner_id, s.subscription_id, c.role, s.started_period, l.mrr * c.share, 1,
       jsonb_build_array(jsonb_build_object('mrr', trim_scale(l.mrr)::text, 'share', trim_scale(c.share)::text,
                                            'days', 1, 'from', s.started_on))
FROM subject s
JOIN level l ON l.subscription_id = s.subscription_id AND l.from_on = s.started_on
JOIN deals_credit c ON c.subscription_id = s.subscription_id AND c.share > 0 AND c.valid @> s.started_on
WHERE s.started_period BETWEEN %(first)s AND %(period)s
"""

SPIFF = """
-- A flat amount × share when a subscription starts with MRR; the amount stands in the rule. Weight 100 · share makes
-- amount · weight ÷ (100 · 100) the amount times the share.
INSERT INTO source
SELECT 'spiff', c.partner_id, s.subscription_id, c.role, s.started_period, 100 * c.share, 1,
       jsonb_build_array(jsonb_build_object('mrr', trim_scale(l.mrr)::text, 'share', trim_scale(c.share)::text,
                                            'days', 1, 'from', s.started_on)), l.mrr
FROM subject s
JOIN level l ON l.subscription_id = s.subscription_id AND l.from_on = s.started_on
JOIN deals_credit c ON c.subscription_id = s.subscription_id AND c.share > 0 AND c.valid @> s.started_on
WHERE s.started_period BETWEEN %(first)s AND %(period)s
"""

EXPANSION = """
-- The month's steps from one level to another, each at the share of its day; a step from or to 0 is a start or an end.
-- Down counts against up, but a month never earns less than nothing.
INSERT INTO source
SELECT 'expansion', partner_id, subscription_id, role, period, sum(step * share), 1,
       jsonb_agg(jsonb_build_object('mrr', trim_scale(step)::text, 'share', trim_scale(share)::text, 'days', 1,
                                    'from', from_on) ORDER BY from_on)
FROM (
    SELECT c.partner_id, l.subscription_id, c.role, date_trunc('month', l.from_on)::date AS period,
           l.mrr - l.mrr_before AS step, c.share, l.from_on
    FROM level l
    JOIN deals_credit c ON c.subscription_id = l.subscription_id AND c.share > 0 AND c.valid @> l.from_on
    WHERE l.mrr_before > 0 AND l.mrr <> l.mrr_before AND l.from_on >= %(first)s AND l.from_on < %(end)s
) steps
GROUP BY partner_id, subscription_id, role, period HAVING sum(step * share) > 0
"""

RENEWAL = """
-- The MRR on each anniversary of the start; PostgreSQL puts 29 February on the 28th in other years, as the rules do.
INSERT INTO source
SELECT 'renewal', c.partner_id, a.subscription_id, c.role, date_trunc('month', a.on_day)::date, l.mrr * c.share, 1,
       jsonb_build_array(jsonb_build_object('mrr', trim_scale(l.mrr)::text, 'share', trim_scale(c.share)::text,
                                            'days', 1, 'from', a.on_day))
FROM (
    SELECT s.subscription_id, (s.started_on + make_interval(years => n))::date AS on_day
    FROM subject s
    CROSS JOIN LATERAL generate_series(
        1, (extract(year FROM %(end)s::date) - extract(year FROM s.started_on))::int) n
) a
JOIN level l ON l.subscription_id = a.subscription_id AND l.from_on <= a.on_day AND a.on_day < l.until_on
JOIN deals_credit c ON c.subscription_id = a.subscription_id AND c.share > 0 AND c.valid @> a.on_day
WHERE a.on_day >= %(first)s AND a.on_day < %(end)s
"""

OVERRIDE = """
-- The sourced, prorated MRR of the partners below, on the days when this partner was their parent; one level only.
INSERT INTO source
SELECT 'override', parent_id, subscription_id, 'sourced', period,
       sum(mrr * share * days), max(extract(day FROM period + interval '1 month' - interval '1 day'))::int,
       jsonb_agg(jsonb_build_object('mrr', trim_scale(mrr)::text, 'share', trim_scale(share)::text, 'days', days,
                                    'from', from_on, 'partner', partner_id) ORDER BY from_on, partner_id)
FROM (
    SELECT a.parent_id, m.partner_id, m.subscription_id, m.period, m.mrr, m.share,
           sum(least(m.until_on, coalesce(a.valid_until, m.until_on))
               - greatest(m.from_on, coalesce(a.valid_from, m.from_on)))::int AS days,
           min(greatest(m.from_on, coalesce(a.valid_from, m.from_on))) AS from_on
    FROM monthly_stretch m
    JOIN partners_parentassignment a ON a.partner_id = m.partner_id AND a.valid && daterange(m.from_on, m.until_on)
    WHERE m.role = 'sourced'
    GROUP BY a.parent_id, m.partner_id, m.subscription_id, m.period, m.mrr, m.share
) s
GROUP BY parent_id, subscription_id, period
"""

SOURCES = {
    "recurring": RECURRING,
    "upfront": UPFRONT,
    "spiff": SPIFF,
    "expansion": EXPANSION,
    "renewal": RENEWAL,
    "override": OVERRIDE,
}

STEPS = {
    "source_table": SOURCE_TABLE,
    **{f"source_{kind}": sql for kind, sql in SOURCES.items()},
    "analyze_source": "ANALYZE source",
}
