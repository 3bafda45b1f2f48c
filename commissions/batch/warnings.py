"""What a reviewer must know before approving, and what earns nothing and why: over the work tables of a computation.

``commissions_unpaid`` keeps every subscription with MRR in the run's month and no commission for it, with its reason
(the leakage report). Warnings sum it up: at most ``examples`` rows per code are kept; ``data.count`` says how many
there are.
"""

HAS_UNRULED = "SELECT EXISTS (SELECT FROM situation WHERE kind = 0 AND rule_id IS NULL)"

OTHER_AGE = """EXISTS (
        SELECT FROM commissions_rule r
        WHERE r.retired_at IS NULL AND r.plan_id = {s}.plan_id AND r.kind = (%(kinds)s::text[])[{s}.kind + 1]
          AND r.valid @> {s}.reference_day
          AND (r.product_id IS NULL OR r.product_id = {s}.product_id)
          AND (r.family_id IS NULL OR r.family_id = {s}.family_id)
          AND (r.tier_id IS NULL OR r.tier_id = {s}.tier_id)
          AND (r.role = '' OR r.role = {s}.role) AND (r.currency = '' OR r.currency = {s}.currency))"""
"""Whether a rule would match a situation in another customer month."""

UNRULED = """
-- Credited and paying in the month, and no rule pays for it: because the partner has no plan, because the plan's rules
-- are for other customer months, or because none matches at all.
CREATE TEMP TABLE unruled ON COMMIT DROP AS
SELECT x.partner_id, x.subscription_id,
       CASE WHEN h.plan_id = 0 THEN 'no_plan' WHEN w.other_age THEN 'no_rule_for_age' ELSE 'no_rule' END AS reason
FROM source x
JOIN holding h ON h.partner_id = x.partner_id AND h.reference_day = x.reference_day
JOIN (
    SELECT s.*, {other_age} AS other_age
    FROM situation s WHERE s.kind = 0 AND s.rule_id IS NULL
) w ON w.plan_id = h.plan_id AND w.tier_id = h.tier_id AND w.product_id = x.product_id AND w.role = x.role
    AND w.currency = x.currency AND w.day_bucket = h.day_bucket
    AND w.age_bucket = width_bucket(x.age, %(rule_ages)s::int[])
WHERE x.kind = 0 AND x.period = %(period)s
""".replace("{other_age}", OTHER_AGE.replace("{s}", "s"))

NOTHING_UNRULED = """
CREATE TEMP TABLE unruled (partner_id bigint, subscription_id bigint, reason text) ON COMMIT DROP
"""

CREDITED_MRR = """
    SELECT partner_id, subscription_id, round(sum(mrr * (upper(on_days) - lower(on_days)))
                                              / (%(end)s - %(period)s), 6) AS mrr
    FROM (
        SELECT m.partner_id, m.subscription_id, m.mrr, unnest(range_agg(daterange(m.from_on, m.until_on))) AS on_days
        FROM monthly m {whose}
        GROUP BY m.partner_id, m.subscription_id, m.mrr
    ) days
    GROUP BY partner_id, subscription_id"""
"""The MRR of the month, prorated to the days on which a partner is credited, in however many roles."""

UNPAID = """
-- Credited and paying in the month without any commission of a kind of its own, with the reason.
WITH silent AS MATERIALIZED (
    SELECT partner_id, subscription_id, min(reason) AS reason
    FROM (
        SELECT partner_id, subscription_id, reason FROM unruled
        UNION ALL
        SELECT partner_id, subscription_id,
               CASE WHEN details ? 'cap' THEN 'cap_reached' WHEN follows_payment AND paid = 0 THEN 'not_collected'
                    WHEN rate = 0 THEN 'rate_is_zero' ELSE 'below_minor_unit' END
        FROM earned WHERE kind = 0 AND period = %(period)s AND amount = 0
    ) nothing
    WHERE NOT EXISTS (
        SELECT FROM earned e
        WHERE e.partner_id = nothing.partner_id AND e.subscription_id = nothing.subscription_id
          AND e.period = %(period)s AND e.kind < 5 AND e.amount <> 0)
    GROUP BY partner_id, subscription_id
)
INSERT INTO commissions_unpaid (run_id, subscription_id, partner_id, reason, mrr)
SELECT %(run)s, subscription_id, partner_id, reason, mrr
FROM ({credited}) credited JOIN silent USING (partner_id, subscription_id)
""".replace(
    "{credited}",
    CREDITED_MRR.replace("{whose}", "JOIN silent USING (partner_id, subscription_id) WHERE m.period = %(period)s"),
)

UNCREDITED = """
-- Bought through a partner, with MRR in the month, on which nobody is credited in it.
INSERT INTO commissions_unpaid (run_id, subscription_id, partner_id, reason, mrr)
SELECT %(run)s, l.subscription_id, NULL, 'no_credit',
       round(sum(l.mrr * (least(l.until_on, %(end)s) - greatest(l.from_on, %(period)s))) / (%(end)s - %(period)s), 6)
FROM level l
WHERE l.source = 'partner' AND l.from_on < %(end)s AND l.until_on > %(period)s
  AND NOT EXISTS (SELECT FROM monthly m WHERE m.subscription_id = l.subscription_id AND m.period = %(period)s)
GROUP BY l.subscription_id
"""

SHARE_BELOW_100 = """
-- Subscriptions credited in the month, with sourced shares below 100 %% on a paying day.
INSERT INTO commissions_runwarning (run_id, code, partner_id, subscription_id, data)
SELECT %(run)s, 'share_below_100', NULL, subscription_id,
       jsonb_build_object('count', count(*) OVER (), 'range', %(low)s::bigint, 'share', trim_scale(share)::text)
FROM (
    SELECT d.subscription_id, min(d.share) AS share
    FROM (
        SELECT m.subscription_id, m.from_on, sum(o.share) AS share
        FROM (
            SELECT DISTINCT subscription_id, from_on FROM monthly
            WHERE period = %(period)s AND role = 'sourced' AND share < 100
        ) m
        JOIN monthly o ON o.subscription_id = m.subscription_id AND o.role = 'sourced'
            AND o.period = %(period)s AND m.from_on >= o.from_on AND m.from_on < o.until_on
        GROUP BY 1, 2
    ) d
    GROUP BY d.subscription_id HAVING min(d.share) < 100
) low
ORDER BY subscription_id LIMIT %(examples)s
"""

OF_RANGE = {"uncredited": UNCREDITED, "share_below_100": SHARE_BELOW_100}

MERGE_SHARES = """
-- Each range has counted and kept its own: one count for all, and the first ones as examples.
WITH counted AS (
    SELECT id, row_number() OVER (ORDER BY subscription_id) AS place,
           (SELECT sum(n) FROM (
               SELECT DISTINCT data ->> 'range', (data ->> 'count')::int AS n
               FROM commissions_runwarning WHERE run_id = %(run)s AND code = 'share_below_100') ranges) AS total
    FROM commissions_runwarning WHERE run_id = %(run)s AND code = 'share_below_100'
), dropped AS (
    DELETE FROM commissions_runwarning w USING counted c WHERE w.id = c.id AND c.place > %(examples)s
)
UPDATE commissions_runwarning w
SET data = (w.data - 'range') || jsonb_build_object('count', c.total)
FROM counted c WHERE w.id = c.id AND c.place <= %(examples)s
"""

NO_RULE = """
-- Partners credited in the month with MRR that no rule pays, for no kind at all.
INSERT INTO commissions_runwarning (run_id, code, partner_id, subscription_id, data)
SELECT %(run)s, 'no_rule', partner_id, NULL, jsonb_build_object('count', count(*))
FROM commissions_unpaid
WHERE run_id = %(run)s AND reason IN ('no_plan', 'no_rule', 'no_rule_for_age')
GROUP BY partner_id ORDER BY partner_id LIMIT %(examples)s
"""

NO_CREDIT = """
-- Subscriptions bought through a partner, with MRR in the month, on which nobody is credited in it.
INSERT INTO commissions_runwarning (run_id, code, partner_id, subscription_id, data)
SELECT %(run)s, 'no_credit', NULL, subscription_id, jsonb_build_object('count', count(*) OVER ())
FROM commissions_unpaid WHERE run_id = %(run)s AND reason = 'no_credit'
ORDER BY subscription_id LIMIT %(examples)s
"""

NOT_ACTIVE = """
-- Partners that earn while they are not active: money accrues, nothing is paid.
INSERT INTO commissions_runwarning (run_id, code, partner_id, subscription_id, data)
SELECT %(run)s, 'partner_not_active', p.id, NULL, jsonb_build_object('status', p.status)
FROM partners_partner p
WHERE p.status <> 'active' AND EXISTS (SELECT FROM {table} e WHERE e.partner_id = p.id)
ORDER BY p.id LIMIT %(examples)s
"""
