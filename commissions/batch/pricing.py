"""Steps 5 and 6: the one rule that applies, and the entitlement of each key.

Every look-up by date is turned into an equality over the few distinct situations in which subscriptions are: plan and
tier are looked up once per payee and day, a rule once per situation, with days and ages taken together between the
rules' own boundaries.
"""

from __future__ import annotations

from commissions.batch.sources import MONTHLY_KINDS

HOLDINGS = """
-- Tier and plan are the ones held on the reference day, the later of the period's first day and started_on.
CREATE TEMP TABLE holding ON COMMIT DROP AS
SELECT d.partner_id, d.reference_day, coalesce(pa.plan_id, %(default_plan)s, 0) AS plan_id,
       coalesce(ta.tier_id, 0) AS tier_id, width_bucket(d.reference_day, %(rule_days)s::date[]) AS day_bucket
FROM (SELECT DISTINCT partner_id, reference_day FROM source) d
LEFT JOIN commissions_planassignment pa ON pa.partner_id = d.partner_id AND pa.valid @> d.reference_day
LEFT JOIN partners_tierassignment ta ON ta.partner_id = d.partner_id AND ta.valid @> d.reference_day
"""

SITUATIONS = """
-- Of the plan's rules in force on the reference day that match, the most specific wins: product over family over any,
-- then tier, role and currency over any. Rules cannot tie, so the order is total. With it stands what else a key needs
-- of its plan and currency: up is 10^minor, down its inverse.
CREATE TEMP TABLE situation ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY w.role)::int AS id, w.*, r.rule_id, r.rate, r.minimum_mrr,
       c.minor_units::int AS minor_units, ('1e' || c.minor_units)::numeric AS up,
       ('1e-' || c.minor_units)::numeric AS down, pl.clawback, pl.clawback_days,
       coalesce(pl.basis = 'collected' AND w.kind <> 2, false) AS follows_payment
FROM (
    SELECT kind, plan_id, tier_id, product_id, family_id, role, currency, day_bucket,
           width_bucket(age, %(rule_ages)s::int[]) AS age_bucket, min(age) AS age, min(reference_day) AS reference_day
    FROM (
        SELECT x.kind, h.plan_id, h.tier_id, x.product_id, x.family_id, x.role, x.currency, h.day_bucket,
               x.reference_day, x.age
        FROM source x
        JOIN holding h ON h.partner_id = x.partner_id AND h.reference_day = x.reference_day
    ) every
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
) w
LEFT JOIN LATERAL (
    SELECT r.id AS rule_id, coalesce(r.rate, r.amount) AS rate, r.minimum_mrr
    FROM commissions_rule r
    WHERE r.retired_at IS NULL AND r.plan_id = w.plan_id AND r.kind = (%(kinds)s::text[])[w.kind + 1]
      AND r.valid @> w.reference_day AND r.ages @> w.age
      AND (r.product_id IS NULL OR r.product_id = w.product_id)
      AND (r.family_id IS NULL OR r.family_id = w.family_id)
      AND (r.tier_id IS NULL OR r.tier_id = w.tier_id)
      AND (r.role = '' OR r.role = w.role)
      AND (r.currency = '' OR r.currency = w.currency)
    ORDER BY (r.product_id IS NOT NULL) DESC, (r.family_id IS NOT NULL) DESC, (r.tier_id IS NOT NULL) DESC,
             (r.role <> '') DESC, (r.currency <> '') DESC
    LIMIT 1
) r ON true
JOIN prm_currency c ON c.code = w.currency
LEFT JOIN commissions_plan pl ON pl.id = w.plan_id
"""

PRICED = """
    JOIN holding h ON h.partner_id = x.partner_id AND h.reference_day = x.reference_day
    JOIN situation w ON w.kind = x.kind AND w.plan_id = h.plan_id AND w.tier_id = h.tier_id
        AND w.product_id = x.product_id AND w.role = x.role AND w.currency = x.currency
        AND w.day_bucket = h.day_bucket AND w.age_bucket = width_bucket(x.age, %(rule_ages)s::int[])
"""
"""To be joined to rows of ``source`` (x): plan and tier (h) and the rule of the situation (w)."""

PAID = "w.rule_id IS NOT NULL AND coalesce(x.mrr >= w.minimum_mrr, true)"
"""Which of them earn. A SPIFF's minimum MRR is tested after the choice of the rule: there is no fallback to another."""

REPEATED = """
-- Keys to which several roles or stretches add up. They are few, and all others need no grouping.
CREATE TEMP TABLE repeated ON COMMIT DROP AS
SELECT partner_id, subscription_id, kind, period FROM source GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
"""

SITUATED = """w.currency, w.minor_units, w.up, w.down, w.plan_id, w.tier_id, w.role, w.rule_id, w.rate, w.clawback,
               w.clawback_days, w.follows_payment"""
"""What a key needs of its plan, rule and currency."""

KEYED = """
            SELECT x.partner_id, x.subscription_id, x.kind, x.period, 1 AS stretches, w.rate * x.weight AS weighted,
                   x.days, x.mrr, x.share, x.from_on, x.below_id, x.age, x.days_alive, {situated}
            FROM source x{priced}
            WHERE {paid} AND NOT EXISTS (
                SELECT FROM repeated r WHERE r.partner_id = x.partner_id AND r.subscription_id = x.subscription_id
                    AND r.kind = x.kind AND r.period = x.period)
            UNION ALL
            SELECT g.partner_id, g.subscription_id, g.kind, g.period, g.stretches, g.weighted, g.days, g.mrr, g.share,
                   g.from_on, g.below_id, g.age, g.days_alive, {situated}
            FROM (
                SELECT x.partner_id, x.subscription_id, x.kind, x.period, count(*)::int AS stretches,
                       sum(w.rate * x.weight) AS weighted, sum(x.days)::int AS days, min(w.id) AS situation_id,
                       min(x.mrr) AS mrr, min(x.share) AS share, min(x.from_on) AS from_on,
                       min(x.below_id) AS below_id, min(x.age) AS age, min(x.days_alive) AS days_alive
                FROM source x
                JOIN repeated r USING (partner_id, subscription_id, kind, period){priced}
                WHERE {paid}
                GROUP BY x.partner_id, x.subscription_id, x.kind, x.period
            ) g
            JOIN situation w ON w.id = g.situation_id"""
"""One row per key: as it stands where it is alone, added up where it is not."""

ROUND = "div({n} * 2 * {up} + ({d}), 2 * ({d})) * {down}"
"""To the minor unit, half up, with one exact division, last. ``up`` is 10^minor, ``down`` its inverse.

Nothing here is below zero, rates, levels and shares being none: half up is half away from zero, and the reversal of an
amount, a difference of rounded ones, is its exact negative.
"""

EARNED = (
    """
-- One entitlement per key, before caps. The roles of a partner add up; rounding happens once, with one division.
-- Clawback: MRR that fell to 0 fewer than N days after the start takes an upfront back whole or in part. Basis
-- `collected`: times paid ÷ billed of the month, clamped to 0…1, and 0 while nothing is recorded.
CREATE TEMP TABLE earned ON COMMIT DROP AS
SELECT partner_id, subscription_id, kind, currency, period, minor_units, plan_id, tier_id, role, rule_id, rate,
       days, divisor, mrr, share, from_on, below_id, age, stretches, follows_payment, paid,
       ({rounded})::numeric(20, 4) AS amount,
       CASE WHEN taken_back OR follows_payment THEN jsonb_strip_nulls(jsonb_build_object(
           'clawback', CASE WHEN taken_back THEN jsonb_build_object(
               'mode', clawback, 'days_alive', days_alive, 'days', clawback_days) END,
           'collected', CASE WHEN follows_payment THEN jsonb_build_object(
               'paid', trim_scale(paid)::text, 'billed', trim_scale(billed)::text) END)) END AS details
FROM (
    SELECT t.*,
           CASE WHEN taken_back OR follows_payment
                THEN weighted * CASE WHEN NOT taken_back THEN 1 WHEN clawback = 'full' THEN 0 ELSE days_alive END
                     * CASE WHEN follows_payment THEN paid ELSE 1 END
                ELSE weighted END AS numerator,
           CASE WHEN taken_back OR follows_payment
                THEN divisor * 10000 * CASE WHEN taken_back AND clawback = 'prorated' THEN clawback_days ELSE 1 END
                     * CASE WHEN follows_payment THEN billed ELSE 1::numeric END
                ELSE divisor * 10000 END AS denominator
    FROM (
        SELECT k.*,
               CASE WHEN k.kind IN {monthly} THEN (k.period + interval '1 month')::date - k.period ELSE 1 END
                   AS divisor,
               coalesce(k.clawback <> 'none' AND k.days_alive < k.clawback_days, false) AS taken_back,
               {paid_share} AS paid, {billed} AS billed
        FROM ({keyed}
        ) k{collections}
    ) t
) factors
""".replace("{rounded}", ROUND.format(n="numerator", d="denominator", up="up", down="down"))
    .replace("{monthly}", str(MONTHLY_KINDS))
    .replace("{keyed}", KEYED.replace("{situated}", SITUATED).replace("{paid}", PAID).replace("{priced}", PRICED))
)

EARNED_AS_COLLECTED = (
    EARNED.replace("{paid_share}", "CASE WHEN o.billed > 0 THEN greatest(0, least(o.paid, o.billed)) ELSE 0 END")
    .replace("{billed}", "CASE WHEN o.billed > 0 THEN o.billed ELSE 1 END")
    .replace(
        "{collections}",
        """
        LEFT JOIN deals_collection o ON o.subscription_id = k.subscription_id AND o.month = k.period
            AND o.subscription_id >= %(low)s AND o.subscription_id < %(high)s""",
    )
)
EARNED_AS_CONTRACTED = EARNED.replace("{paid_share}", "0").replace("{billed}", "1").replace("{collections}", "")
"""The same where no plan follows payments: nothing is looked up."""

DETAILS = """
-- What does not fit one row: several roles or stretches. A single stretch stands in the entry's own columns.
UPDATE earned e
SET details = jsonb_build_object('parts', p.parts) || coalesce(e.details, '{}')
FROM (
    SELECT partner_id, subscription_id, kind, period,
           jsonb_agg(jsonb_build_object('role', role, 'rule', rule_id, 'rate', trim_scale(rate)::text,
                                        'stretches', stretches) ORDER BY role) AS parts
    FROM (
        SELECT partner_id, subscription_id, kind, period, role, rule_id, rate,
               jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                   'mrr', trim_scale(mrr)::text, 'share', trim_scale(share)::text, 'days', days,
                   'from', from_on, 'partner', below_id)) ORDER BY from_on, below_id) AS stretches
        FROM (
            SELECT x.partner_id, x.subscription_id, x.kind, x.period, x.role, w.rule_id, w.rate, x.mrr, x.share,
                   x.below_id, sum(x.days) AS days, min(x.from_on) AS from_on
            FROM (SELECT s.* FROM source s JOIN earned m USING (partner_id, subscription_id, kind, period)
                  WHERE m.stretches > 1) x
            {priced}
            WHERE {paid}
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, CASE WHEN x.kind = 3 THEN x.from_on END
        ) merged
        GROUP BY 1, 2, 3, 4, 5, 6, 7
    ) part
    GROUP BY 1, 2, 3, 4
) p
WHERE e.stretches > 1
  AND (e.partner_id, e.subscription_id, e.kind, e.period) = (p.partner_id, p.subscription_id, p.kind, p.period)
""".replace("{priced}", PRICED.strip()).replace("{paid}", PAID)
