"""Step 4: one statement per kind says what rates apply to. To add a kind, add its statement here.

Every statement inserts into ``source``: ``weight`` is Σ(mrr · share · days), share in per cent, to be divided by
``days`` (days in the month; 1 where a kind looks at one day only). ``stretches`` are the same figures for the
explanation. The column ``partner_id`` is the key's partner.
"""

SOURCE_TABLE = """
CREATE TEMP TABLE source (
    kind text NOT NULL, partner_id bigint NOT NULL, subscription_id bigint NOT NULL, role text NOT NULL,
    period date NOT NULL, weight numeric NOT NULL, days integer NOT NULL, stretches jsonb NOT NULL
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

SOURCES = {"recurring": RECURRING, "upfront": UPFRONT, "override": OVERRIDE}

STEPS = {
    "source_table": SOURCE_TABLE,
    **{f"source_{kind}": sql for kind, sql in SOURCES.items()},
    "analyze_source": "ANALYZE source",
}
