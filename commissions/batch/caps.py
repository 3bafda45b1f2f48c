"""Step 7: the cap on what one partner earns on one subscription over its life."""

from commissions.batch.differences import SETTLED

CAPS = """
-- All kinds but overrides and accelerators, in order of period and then of kinds, are at most what the cap of each
-- period's own plan leaves. What was posted for months that are not computed again has used up its part. Months before
-- the window stand as posted, also for what they leave, and also where their key vanished; what they are entitled to,
-- for the open items, is what the caps would have left without a window.
WITH pair AS (
    SELECT DISTINCT e.partner_id, e.subscription_id
    FROM earned e JOIN commissions_plan pl ON pl.id = e.plan_id
    WHERE e.kind < 5 AND pl.cap_per_subscription IS NOT NULL AND pl.cap_currency IN ('', e.currency)
), settled AS (
    SELECT x.partner_id, x.subscription_id, sum(x.amount) AS amount
    FROM (
        SELECT e.partner_id, e.subscription_id, e.amount
        FROM commissions_entry e JOIN subject s ON s.subscription_id = e.subscription_id
        WHERE e.subscription_id = ANY(ARRAY(SELECT subscription_id FROM pair)) AND e.run_id = ANY(%(approved)s)
          AND e.earned_period < s.from_month AND e.kind NOT IN ('override', 'accelerator')
        UNION ALL
        SELECT a.partner_id, a.subscription_id, a.amount FROM ({settled}) a WHERE a.kind < 5
    ) x JOIN pair USING (partner_id, subscription_id)
    GROUP BY 1, 2
), keys AS (
    SELECT partner_id, subscription_id, kind, currency, period, e.amount,
           coalesce(s.amount, 0) AS posted, e.amount IS NOT NULL AS is_earned,
           period < %(opens)s AND kind IN (0, 3) AS stands,
           CASE WHEN pl.cap_currency IN ('', currency) THEN round(pl.cap_per_subscription, e.minor_units) END AS cap
    FROM (SELECT earned.* FROM earned JOIN pair USING (partner_id, subscription_id) WHERE kind < 5) e
    FULL JOIN (SELECT posted.* FROM posted JOIN pair USING (partner_id, subscription_id)
               WHERE period < %(opens)s AND kind IN (0, 3)) s
        USING (partner_id, subscription_id, kind, currency, period)
    LEFT JOIN commissions_plan pl ON pl.id = e.plan_id
    UNION ALL
    SELECT partner_id, subscription_id, -1, '', '-infinity', amount, amount, false, true, NULL FROM settled
), running AS (
    SELECT *, commissions_capped(CASE WHEN stands THEN posted ELSE amount END, CASE WHEN NOT stands THEN cap END)
                  OVER life AS used,
           commissions_capped(coalesce(amount, 0), cap) OVER life AS used_without_window
    FROM keys
    WINDOW life AS (PARTITION BY partner_id, subscription_id ORDER BY period, kind ROWS UNBOUNDED PRECEDING)
), left_over AS (
    SELECT *, CASE WHEN cap IS NULL THEN amount
                   WHEN stands THEN used_without_window - coalesce(lag(used_without_window) OVER life, 0)
                   ELSE used - coalesce(lag(used) OVER life, 0) END AS capped
    FROM running
    WINDOW life AS (PARTITION BY partner_id, subscription_id ORDER BY period, kind)
)
UPDATE earned e
SET amount = c.capped,
    details = coalesce(e.details, '{}') || jsonb_build_object('cap', jsonb_build_object(
        'limit', trim_scale(c.cap)::text, 'before', trim_scale(e.amount)::text))
FROM left_over c
WHERE c.is_earned AND c.capped <> e.amount
  AND (e.partner_id, e.subscription_id, e.kind, e.period) = (c.partner_id, c.subscription_id, c.kind, c.period)
""".replace("{settled}", SETTLED.replace("{compared}", "<"))
