"""The accelerator: a bonus on a partner's new MRR of the month, in marginal brackets; no subscription's own.

Its keys belong to partners while its facts are subscriptions': it is a step of its own, over all subscriptions.
"""

SCOPE = """
-- Which of a partner's months are computed again beside the months after the last approved one. Terms of a partner
-- changed: all its months from the first one affected. A subscription changed: the months in which it starts, or
-- started before its start was moved, for everybody who is, or was, credited. Later changes of MRR touch no start.
CREATE TEMP TABLE accelerator_scope ON COMMIT DROP AS
SELECT partner_id, coalesce(from_month, '-infinity') AS from_on, %(full_from)s AS until_on
FROM commissions_changedfact
WHERE subscription_id IS NULL AND partner_id IS NOT NULL AND coalesce(from_month < %(full_from)s, true)
  AND coalesce(from_month <= %(period)s, true)
UNION
SELECT p.partner_id, m.period, (m.period + interval '1 month')::date
FROM (
    SELECT DISTINCT c.subscription_id, coalesce(moved.from_month, date_trunc('month', s.started_on)::date) AS period
    FROM commissions_changedfact c
    LEFT JOIN deals_subscription s ON s.id = c.subscription_id
    LEFT JOIN LATERAL (
        SELECT date_trunc('month', s.started_on)::date AS from_month
        UNION
        SELECT n.from_month FROM commissions_changedfact n
        WHERE n.subscription_id = c.subscription_id AND n.source = 'deals_subscription'
    ) moved ON true
    WHERE coalesce(c.from_month <= coalesce(moved.from_month, date_trunc('month', s.started_on)::date), true)
) m
CROSS JOIN LATERAL (
    SELECT partner_id FROM deals_credit d WHERE d.subscription_id = m.subscription_id
    UNION
    SELECT partner_id FROM commissions_changedfact f
    WHERE f.subscription_id = m.subscription_id AND f.partner_id IS NOT NULL
) p
WHERE m.period < %(full_from)s AND m.period >= %(first)s AND m.period <= %(period)s
"""

NO_SCOPE = """
CREATE TEMP TABLE accelerator_scope (partner_id bigint, from_on date, until_on date) ON COMMIT DROP
"""

EARLIEST = "SELECT greatest(least(min(from_on), %(full_from)s), %(first)s) FROM accelerator_scope"

IN_SCOPE = (
    "({period} >= %(full_from)s OR EXISTS (SELECT FROM accelerator_scope a WHERE a.partner_id = {partner}"
    " AND {period} >= a.from_on AND {period} < a.until_on))"
)

STARTED = "deals_subscription s JOIN deals_credit c ON c.subscription_id = s.id"
STARTED_OF_FEW = """(
        SELECT * FROM deals_subscription WHERE id = ANY(ARRAY(
            SELECT d.subscription_id FROM deals_credit d
            WHERE d.partner_id = ANY(ARRAY(SELECT partner_id FROM accelerator_scope))))
    ) s
    CROSS JOIN LATERAL (SELECT * FROM deals_credit one WHERE one.subscription_id = s.id OFFSET 0) c"""
"""Where no month is computed of everybody, the subscriptions of the few partners in scope are found by index."""

NEW_MRR = """
-- New MRR per partner, currency and month: share × MRR on the first day, of the subscriptions that started in it with
-- role sourced. Plan and tier are those of the month's first day.
CREATE TEMP TABLE new_mrr ON COMMIT DROP AS
SELECT n.*, c.minor_units::int AS minor_units, ('1e' || c.minor_units)::numeric AS up,
       ('1e-' || c.minor_units)::numeric AS down, coalesce(pa.plan_id, %(default_plan)s, 0) AS plan_id, ta.tier_id
FROM (
    SELECT c.partner_id, s.currency, date_trunc('month', s.started_on)::date AS period, sum(l.mrr * c.share) AS weight
    FROM {started}
    CROSS JOIN LATERAL (
        SELECT m.mrr FROM deals_mrrchange m
        WHERE m.subscription_id = s.id AND m.effective_on <= s.started_on
        ORDER BY m.effective_on DESC LIMIT 1
    ) l
    WHERE s.started_on >= %(accelerator_from)s AND s.started_on < %(end)s AND l.mrr > 0
      AND c.role = 'sourced' AND c.share > 0 AND c.valid @> s.started_on
      AND c.partner_id >= %(low)s AND c.partner_id < %(high)s
      AND {in_scope}
    GROUP BY 1, 2, 3
) n
JOIN prm_currency c ON c.code = n.currency
LEFT JOIN commissions_planassignment pa ON pa.partner_id = n.partner_id AND pa.valid @> n.period
LEFT JOIN partners_tierassignment ta ON ta.partner_id = n.partner_id AND ta.valid @> n.period
""".replace("{in_scope}", IN_SCOPE.format(period="date_trunc('month', s.started_on)::date", partner="c.partner_id"))

BRACKETS = """
-- Each bracket's rate applies only to the part above its threshold and up to the next one's. If any rule of the
-- partner's tier matches, only those form the brackets.
CREATE TEMP TABLE bonus ON COMMIT DROP AS
SELECT partner_id, currency, period, max(plan_id) AS plan_id, max(tier_id) AS tier_id, min(rule_id) AS rule_id,
       min(rate) AS rate, ({rounded})::numeric(20, 4) AS amount,
       jsonb_build_object('new_mrr', trim_scale(max(weight) / 100)::text,
           'parts', jsonb_agg(jsonb_build_object('role', 'sourced', 'rule', rule_id, 'rate', trim_scale(rate)::text,
               'above', trim_scale(threshold)::text, 'part', trim_scale(part / 100)::text, 'stretches', '[]'::jsonb)
               ORDER BY threshold)) AS details
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
GROUP BY partner_id, currency, period, up, down
""".replace(
    "{rounded}",
    "sign(sum(rate * part)) * div(abs(sum(rate * part)) * 2 * up + 10000, 20000) * down",
)

ENTRIES = """
-- The difference to what was posted for the same months; a bonus that vanished is reversed.
INSERT INTO {target} (run_id, partner_id, subscription_id, kind, currency, earned_period, amount, entitlement,
                      posted_before, is_true_up, role, rule_id, rate, mrr, share, days, divisor, from_on,
                      below_id, age, tier_id, plan_id, details)
SELECT %(run)s, partner_id, NULL, 'accelerator', currency, period, coalesce(b.amount, 0) - coalesce(p.amount, 0),
       coalesce(b.amount, 0), coalesce(p.amount, 0), coalesce(period <= %(last_approved)s, false),
       CASE WHEN b.rule_id IS NULL THEN '' ELSE 'sourced' END, b.rule_id, b.rate, NULL, NULL, NULL,
       CASE WHEN b.rule_id IS NOT NULL THEN 1 END, NULL, NULL, CASE WHEN b.rule_id IS NOT NULL THEN 1 END, b.tier_id,
       b.plan_id, b.details
FROM bonus b
FULL JOIN (
    SELECT x.partner_id, x.currency, x.earned_period AS period, sum(x.amount) AS amount
    FROM (
        SELECT e.partner_id, e.currency, e.earned_period, e.amount FROM commissions_entry e
        WHERE e.run_id = ANY(%(approved)s) AND e.kind = 'accelerator' AND e.subscription_id IS NULL
        UNION ALL
        SELECT a.partner_id, a.currency, a.earned_period, a.amount FROM commissions_adjustment a
        WHERE a.settles AND a.kind = 'accelerator' AND (a.run_id = ANY(%(approved)s) OR a.run_id = %(run)s)
    ) x
    WHERE x.partner_id >= %(low)s AND x.partner_id < %(high)s
      AND x.earned_period >= %(accelerator_from)s AND {in_scope}
    GROUP BY 1, 2, 3
) p USING (partner_id, currency, period)
WHERE coalesce(b.amount, 0) <> coalesce(p.amount, 0)
""".replace("{in_scope}", IN_SCOPE.format(period="x.earned_period", partner="x.partner_id"))
