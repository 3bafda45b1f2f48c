"""Reads the work tables of one subscription: what a month has earned by partner and kind, and what kept it away."""

from __future__ import annotations

from commissions.batch.pricing import PRICED
from commissions.batch.warnings import OTHER_AGE

PAYING = """
-- The prorated MRR of the month, whoever is credited.
SELECT coalesce(round(sum(mrr * (least(until_on, %(month_end)s) - greatest(from_on, %(month)s)))
                      / (%(month_end)s - %(month)s), 6), 0)
FROM level WHERE from_on < %(month_end)s AND until_on > %(month)s
"""

UNPRICED = """
-- Partners and kinds that the month's facts speak of, without an entitlement: what stands in the way. Where roles
-- differ, the reason nearest to being paid is told.
SELECT x.partner_id, (%(kinds)s::text[])[x.kind + 1], max(w.minimum_mrr) FILTER (WHERE w.rule_id IS NOT NULL),
       max(x.mrr), min(x.age),
       (array['below_minimum', 'no_rule_for_age', 'no_rule', 'no_plan'])[min(
           CASE WHEN w.rule_id IS NOT NULL THEN 1 WHEN h.plan_id = 0 THEN 4 WHEN {other_age} THEN 2
                ELSE 3 END)]
FROM source x {priced}
WHERE x.period = %(month)s AND NOT EXISTS (
    SELECT FROM earned e
    WHERE e.partner_id = x.partner_id AND e.kind = x.kind AND e.period = x.period)
GROUP BY x.partner_id, x.kind
ORDER BY x.partner_id, x.kind
""".replace("{other_age}", OTHER_AGE.replace("{s}", "w")).replace("{priced}", PRICED)

EARNED = """
-- What each partner and kind has earned in the month, with everything it was computed from, why it may be nothing,
-- and what was used of a cap before it.
SELECT partner_id, (%(kinds)s::text[])[kind + 1] AS kind, currency, amount, role, rule_id, rate,
       CASE WHEN stretches = 1 THEN mrr END AS mrr, CASE WHEN stretches = 1 THEN share END AS share, days, divisor,
       from_on, below_id, age, nullif(tier_id, 0) AS tier_id, plan_id, details::text AS details,
       CASE WHEN amount <> 0 THEN '' WHEN details ? 'cap' THEN 'cap_reached'
            WHEN follows_payment AND paid = 0 THEN 'not_collected'
            WHEN details #>> '{clawback,mode}' = 'full' THEN 'taken_back'
            WHEN rate = 0 THEN 'rate_is_zero' ELSE 'below_minor_unit' END AS reason,
       (SELECT coalesce(sum(CASE WHEN period < %(opens)s AND kind IN (0, 3) THEN p.amount ELSE o.amount END), 0)
        FROM earned o FULL JOIN posted p USING (partner_id, subscription_id, kind, currency, period)
        WHERE partner_id = e.partner_id AND kind < 5 AND (period, kind) < (e.period, e.kind)) AS used
FROM earned e
WHERE period = %(month)s
ORDER BY partner_id, e.kind
"""
