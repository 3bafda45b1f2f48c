"""The accelerator: a bonus on a partner's new MRR of the month, in marginal brackets; no subscription's own."""

NEW_MRR = """
-- New MRR per partner, currency and month: share × MRR on the first day, of the subscriptions that started in it with
-- role sourced. Plan and tier are those of the month's first day.
CREATE TEMP TABLE new_mrr ON COMMIT DROP AS
SELECT n.*, coalesce(pa.plan_id, dp.id) AS plan_id, ta.tier_id
FROM (
    SELECT c.partner_id, s.currency, s.minor_units, s.started_period AS period, sum(l.mrr * c.share) AS weight
    FROM subject s
    JOIN level l ON l.subscription_id = s.subscription_id AND l.from_on = s.started_on
    JOIN deals_credit c ON c.subscription_id = s.subscription_id AND c.role = 'sourced' AND c.share > 0
        AND c.valid @> s.started_on
    WHERE s.started_period BETWEEN %(first)s AND %(period)s
    GROUP BY 1, 2, 3, 4
) n
LEFT JOIN commissions_planassignment pa ON pa.partner_id = n.partner_id AND pa.valid @> n.period
LEFT JOIN commissions_plan dp ON dp.is_default AND pa.plan_id IS NULL
LEFT JOIN partners_tierassignment ta ON ta.partner_id = n.partner_id AND ta.valid @> n.period
"""

ENTITLED = """
-- Each bracket's rate applies only to the part above its threshold and up to the next one's. If any rule of the
-- partner's tier matches, only those form the brackets.
INSERT INTO entitled (partner_id, subscription_id, kind, currency, period, amount, working)
SELECT partner_id, 0, 'accelerator', currency, period, commissions_round(sum(rate * part), 10000, minor_units),
       jsonb_build_object('days_in_month', 1, 'tier', max(tier_id), 'plan', max(plan_id), 'age', 1,
           'new_mrr', trim_scale(max(weight) / 100)::text,
           'parts', jsonb_agg(jsonb_build_object('role', 'sourced', 'rule', rule_id, 'rate', trim_scale(rate)::text,
               'above', trim_scale(threshold)::text, 'part', trim_scale(part / 100)::text, 'stretches', '[]'::jsonb)
               ORDER BY threshold))
FROM (
    SELECT *, least(weight, 100 * lead(threshold, 1, 'infinity'::numeric) OVER (
                  PARTITION BY partner_id, currency, period ORDER BY threshold)) - 100 * threshold AS part
    FROM (
        SELECT n.*, r.id AS rule_id, r.rate, coalesce(r.threshold, 0) AS threshold,
               r.tier_id IS NOT NULL AS is_of_tier,
               bool_or(r.tier_id IS NOT NULL) OVER (PARTITION BY n.partner_id, n.currency, n.period) AS tier_decides
        FROM new_mrr n
        JOIN commissions_rule r ON r.kind = 'accelerator' AND r.retired_at IS NULL AND r.plan_id = n.plan_id
            AND r.currency = n.currency AND r.valid @> n.period AND (r.tier_id IS NULL OR r.tier_id = n.tier_id)
    ) matching
    WHERE is_of_tier = tier_decides
) brackets
WHERE part > 0
GROUP BY partner_id, currency, period, minor_units
"""

STEPS = {"new_mrr": NEW_MRR, "accelerator": ENTITLED}
