"""What a reviewer must know before approving: named statements over the work tables of the computation.

At most ``examples`` rows per code are kept; ``data.count`` says how many there are.
"""

NO_RULE = """
-- Partners credited in the period with MRR that no rule pays, for no kind at all.
INSERT INTO commissions_runwarning (run_id, code, partner_id, subscription_id, data)
SELECT %(run)s, 'no_rule', partner_id, NULL, jsonb_build_object('count', count(*))
FROM (
    SELECT partner_id, subscription_id FROM priced
    WHERE period = %(period)s GROUP BY 1, 2 HAVING bool_and(rule_id IS NULL)
) unpaid
GROUP BY partner_id ORDER BY partner_id LIMIT %(examples)s
"""

NO_CREDIT = """
-- Subscriptions bought through a partner, with MRR in the period, on which nobody is credited in it.
INSERT INTO commissions_runwarning (run_id, code, partner_id, subscription_id, data)
SELECT %(run)s, 'no_credit', NULL, subscription_id, jsonb_build_object('count', count(*) OVER ())
FROM (
    SELECT DISTINCT l.subscription_id FROM level l JOIN deals_subscription s ON s.id = l.subscription_id
    WHERE s.source = 'partner' AND l.from_on < %(end)s AND l.until_on > %(period)s
      AND NOT EXISTS (SELECT FROM monthly_stretch m
                      WHERE m.subscription_id = l.subscription_id AND m.period = %(period)s)
) uncredited
ORDER BY subscription_id LIMIT %(examples)s
"""

SHARE_BELOW_100 = """
-- Subscriptions credited in the period, with sourced shares below 100 %% on a paying day.
INSERT INTO commissions_runwarning (run_id, code, partner_id, subscription_id, data)
SELECT %(run)s, 'share_below_100', NULL, subscription_id,
       jsonb_build_object('count', count(*) OVER (), 'share', trim_scale(share)::text)
FROM (
    SELECT d.subscription_id, min(d.share) AS share
    FROM (
        SELECT m.subscription_id, m.from_on, sum(o.share) AS share
        FROM (SELECT DISTINCT subscription_id, from_on FROM monthly_stretch
              WHERE period = %(period)s AND role = 'sourced') m
        JOIN monthly_stretch o ON o.subscription_id = m.subscription_id AND o.role = 'sourced'
            AND o.period = %(period)s AND m.from_on >= o.from_on AND m.from_on < o.until_on
        GROUP BY 1, 2
    ) d
    GROUP BY d.subscription_id HAVING min(d.share) < 100
) low
ORDER BY subscription_id LIMIT %(examples)s
"""

NOT_ACTIVE = """
-- Partners that earn while they are not active: money accrues, nothing is paid.
INSERT INTO commissions_runwarning (run_id, code, partner_id, subscription_id, data)
SELECT %(run)s, 'partner_not_active', p.id, NULL, jsonb_build_object('status', p.status)
FROM partners_partner p
WHERE p.status <> 'active' AND p.id IN (SELECT partner_id FROM difference WHERE NOT is_outside_window)
ORDER BY p.id LIMIT %(examples)s
"""

STEPS = {
    "warn_no_rule": NO_RULE,
    "warn_no_credit": NO_CREDIT,
    "warn_share_below_100": SHARE_BELOW_100,
    "warn_not_active": NOT_ACTIVE,
}
