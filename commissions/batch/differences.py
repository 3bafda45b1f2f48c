"""Steps 7 to 9: what was posted, and the entries that make up the difference."""

POSTED = """
-- What all approved runs have posted for each key, and what adjustments that settle it have, those of this run too;
-- 0 stands for "no subscription", so that keys can be joined.
CREATE TEMP TABLE posted ON COMMIT DROP AS
SELECT partner_id, subscription_id, kind, currency, period, sum(amount) AS amount
FROM (
    SELECT e.partner_id, coalesce(e.subscription_id, 0) AS subscription_id, e.kind, e.currency,
           e.earned_period AS period, e.amount
    FROM commissions_entry e JOIN commissions_run r ON r.id = e.run_id AND r.status = 'approved'
    UNION ALL
    SELECT a.partner_id, coalesce(a.subscription_id, 0), a.kind, a.currency, a.earned_period, a.amount
    FROM commissions_adjustment a JOIN commissions_run r ON r.id = a.run_id
    WHERE a.settles AND (r.status = 'approved' OR r.id = %(run)s)
) every
GROUP BY 1, 2, 3, 4, 5;
ANALYZE posted
"""

DIFFERENCES = """
-- A full join: a key that vanished is reversed. A key that earns nothing and was never posted is no difference.
CREATE TEMP TABLE difference ON COMMIT DROP AS
SELECT partner_id, subscription_id, kind, currency, period,
       coalesce(e.amount, 0) AS entitlement, coalesce(p.amount, 0) AS posted, e.working,
       kind IN ('recurring', 'expansion', 'override') AND period < %(opens)s AS is_outside_window
FROM entitled e
FULL JOIN posted p USING (partner_id, subscription_id, kind, currency, period)
WHERE coalesce(e.amount, 0) <> coalesce(p.amount, 0)
"""

OPEN_ITEMS = """
-- Differences older than the correction window wait until someone decides.
INSERT INTO commissions_openitem
    (run_id, partner_id, subscription_id, kind, currency, earned_period, entitlement, posted)
SELECT %(run)s, partner_id, nullif(subscription_id, 0), kind, currency, period, entitlement, posted
FROM difference WHERE is_outside_window
"""

INSERT_ENTRIES = """
-- The entries, in the order of their keys, so that the same facts give the same rows.
INSERT INTO {partition} (run_id, partner_id, subscription_id, kind, currency, earned_period, amount, entitlement,
                         posted_before, is_true_up, working)
SELECT %(run)s, partner_id, nullif(subscription_id, 0), kind, currency, period, entitlement - posted, entitlement,
       posted, coalesce(period <= %(last_approved)s, false), working
FROM difference WHERE NOT is_outside_window
ORDER BY partner_id, period, subscription_id, array_position(%(kinds)s, kind), currency
"""

DIGEST = """
-- A fingerprint of every amount in a fixed order: what was reviewed is what is approved.
SELECT count(*), count(DISTINCT partner_id),
       encode(sha256(convert_to(coalesce(string_agg(
           concat_ws('|', partner_id, subscription_id, kind, currency, earned_period, amount), E'\\n'
           ORDER BY partner_id, subscription_id, kind, currency, earned_period), ''), 'UTF8')), 'hex')
FROM commissions_entry WHERE run_id = %(run)s
"""

STEPS = {"differences": DIFFERENCES, "open_items": OPEN_ITEMS}
