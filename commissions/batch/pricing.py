"""Steps 5 and 6: the one rule that applies, and the entitlement of each key."""

PRICED = """
-- Tier and plan are the ones held on the reference day, the later of the period's first day and started_on; of the
-- plan's rules in force that match, the most specific wins: product over family over any, then tier, role and
-- currency over any. Rules cannot tie, so the order is total. A SPIFF's minimum MRR is tested after the choice: there
-- is no fallback to another rule.
CREATE TEMP TABLE priced ON COMMIT DROP AS
SELECT w.*, r.rule_id, r.rate, r.is_met
FROM (
    SELECT x.*, s.product_id, s.family_id, s.currency, s.minor_units, s.days_alive,
           greatest(x.period, s.started_on) AS reference_day,
           (12 * (extract(year FROM x.period) - extract(year FROM s.started_on))
            + extract(month FROM x.period) - extract(month FROM s.started_on))::int + 1 AS age,
           coalesce(pa.plan_id, dp.id) AS plan_id, ta.tier_id
    FROM source x
    JOIN subject s USING (subscription_id)
    LEFT JOIN commissions_planassignment pa
        ON pa.partner_id = x.partner_id AND pa.valid @> greatest(x.period, s.started_on)
    LEFT JOIN commissions_plan dp ON dp.is_default AND pa.plan_id IS NULL
    LEFT JOIN partners_tierassignment ta
        ON ta.partner_id = x.partner_id AND ta.valid @> greatest(x.period, s.started_on)
) w
LEFT JOIN LATERAL (
    SELECT r.id AS rule_id, coalesce(r.rate, r.amount) AS rate,
           coalesce(w.mrr >= r.minimum_mrr, true) AS is_met
    FROM commissions_rule r
    WHERE r.retired_at IS NULL AND r.plan_id = w.plan_id AND r.kind = w.kind
      AND r.valid @> w.reference_day AND r.ages @> w.age
      AND (r.product_id IS NULL OR r.product_id = w.product_id)
      AND (r.family_id IS NULL OR r.family_id = w.family_id)
      AND (r.tier_id IS NULL OR r.tier_id = w.tier_id)
      AND (r.role = '' OR r.role = w.role)
      AND (r.currency = '' OR r.currency = w.currency)
    ORDER BY (r.product_id IS NOT NULL) DESC, (r.family_id IS NOT NULL) DESC, (r.tier_id IS NOT NULL) DESC,
             (r.role <> '') DESC, (r.currency <> '') DESC
    LIMIT 1
) r ON true;
ANALYZE priced
"""

EARNED = """
-- One entitlement per key, before caps. The roles of a partner add up; rounding happens once, with one division.
-- Clawback: MRR that fell to 0 fewer than N days after the start takes an upfront back whole or in part. Basis
-- `collected`: times paid ÷ billed of the month, clamped to 0…1, and 0 while nothing is recorded.
CREATE TEMP TABLE earned ON COMMIT DROP AS
WITH terms AS (
    SELECT p.*, pl.basis, pl.clawback, pl.clawback_days,
           p.kind IN ('upfront', 'spiff') AND pl.clawback <> 'none' AND p.days_alive < pl.clawback_days AS taken_back,
           pl.basis = 'collected' AND p.kind <> 'spiff' AS follows_payment,
           CASE WHEN c.billed > 0 THEN greatest(0, least(c.paid, c.billed)) ELSE 0 END AS paid,
           CASE WHEN c.billed > 0 THEN c.billed ELSE 1 END AS billed
    FROM priced p
    JOIN commissions_plan pl ON pl.id = p.plan_id
    LEFT JOIN deals_collection c
        ON pl.basis = 'collected' AND c.subscription_id = p.subscription_id AND c.month = p.period
    WHERE p.is_met
), factors AS (
    SELECT *,
           CASE WHEN NOT coalesce(taken_back, false) THEN 1 WHEN clawback = 'full' THEN 0 ELSE days_alive END
               * CASE WHEN follows_payment THEN paid ELSE 1 END AS times,
           CASE WHEN coalesce(taken_back, false) AND clawback = 'prorated' THEN clawback_days ELSE 1 END
               * CASE WHEN follows_payment THEN billed ELSE 1 END AS divided
    FROM terms
)
SELECT partner_id, subscription_id, kind, currency, period, minor_units, plan_id,
       commissions_round(sum(rate * weight) * times, days::numeric * divided * 10000, minor_units) AS amount,
       jsonb_strip_nulls(jsonb_build_object(
           'parts', jsonb_agg(jsonb_build_object(
               'role', role, 'rule', rule_id, 'rate', trim_scale(rate)::text, 'stretches', stretches) ORDER BY role),
           'days_in_month', days, 'age', age, 'tier', tier_id, 'plan', plan_id, 'basis', basis,
           'clawback', CASE WHEN taken_back THEN
               jsonb_build_object('mode', clawback, 'days_alive', days_alive, 'days', clawback_days) END,
           'collected', CASE WHEN follows_payment THEN
               jsonb_build_object('paid', trim_scale(paid)::text, 'billed', trim_scale(billed)::text) END
       )) AS working
FROM factors
GROUP BY partner_id, subscription_id, kind, currency, period, minor_units, plan_id, days, age, tier_id, basis,
         taken_back, clawback, days_alive, clawback_days, follows_payment, paid, billed, times, divided
"""

ENTITLED = """
-- The cap: what one partner earns on one subscription over its life, all kinds but overrides and accelerators, in
-- order of period and then of kinds, is at most what the cap of each period's own plan leaves. Months before the
-- window stand as posted, also for what they leave, and also where their key vanished; what they are entitled to,
-- for the open items, is what the caps would have left without a window.
CREATE TEMP TABLE entitled ON COMMIT DROP AS
WITH standing AS (
    SELECT * FROM posted WHERE period < %(opens)s AND kind IN ('recurring', 'expansion')
), ordered AS (
    SELECT *,
           commissions_capped(CASE WHEN stands THEN coalesce(posted, 0) ELSE amount END,
                              CASE WHEN NOT stands THEN cap END) OVER life AS used,
           commissions_capped(coalesce(amount, 0), cap) OVER life AS used_without_window
    FROM (
        SELECT partner_id, subscription_id, kind, currency, period, e.amount, e.working, s.amount AS posted,
               period < %(opens)s AND kind IN ('recurring', 'expansion') AS stands,
               CASE WHEN kind <> 'override' AND pl.cap_currency IN ('', currency)
                    THEN round(pl.cap_per_subscription, e.minor_units) END AS cap
        FROM earned e
        FULL JOIN standing s USING (partner_id, subscription_id, kind, currency, period)
        LEFT JOIN commissions_plan pl ON pl.id = e.plan_id
    ) keys
    WINDOW life AS (PARTITION BY partner_id, subscription_id, kind = 'override'
                    ORDER BY period, array_position(%(kinds)s, kind) ROWS UNBOUNDED PRECEDING)
)
SELECT partner_id, subscription_id, kind, currency, period, capped AS amount,
       CASE WHEN capped <> amount THEN working || jsonb_build_object('cap', jsonb_build_object(
           'limit', trim_scale(cap)::text, 'before', trim_scale(amount)::text)) ELSE working END AS working
FROM (
    SELECT *, CASE WHEN cap IS NULL THEN amount
              WHEN stands THEN used_without_window - coalesce(lag(used_without_window) OVER life, 0)
              ELSE used - coalesce(lag(used) OVER life, 0) END AS capped
    FROM ordered
    WINDOW life AS (PARTITION BY partner_id, subscription_id, kind = 'override'
                    ORDER BY period, array_position(%(kinds)s, kind))
) c
WHERE amount IS NOT NULL
"""
