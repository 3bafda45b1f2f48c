"""Steps 1 to 3: facts cut into stretches of days on which nothing changes."""

SUBJECTS = """
-- One row per subscription: what rules match on, its currency's minor unit, and for how many days it lived
-- before its MRR first fell to 0 (a subscription that comes back later does not undo that).
CREATE TEMP TABLE subject ON COMMIT DROP AS
SELECT s.id AS subscription_id, s.product_id, p.family_id, s.currency, c.minor_units, s.started_on,
       date_trunc('month', s.started_on)::date AS started_period,
       (SELECT min(m.effective_on) FROM deals_mrrchange m
        WHERE m.subscription_id = s.id AND m.mrr = 0 AND m.effective_on > s.started_on) - s.started_on AS days_alive
FROM deals_subscription s
JOIN deals_product p ON p.id = s.product_id
JOIN prm_currency c ON c.code = s.currency;
ALTER TABLE subject ADD PRIMARY KEY (subscription_id);
ANALYZE subject
"""

LEVELS = """
-- The MRR level on each stretch of days: from a change until the next one. Days before started_on do not count,
-- but a change dated before it sets the starting level. mrr_before is the level of the day before, 0 at first.
CREATE TEMP TABLE level ON COMMIT DROP AS
SELECT subscription_id, mrr, from_on, until_on, mrr_before
FROM (
    SELECT *, lag(mrr, 1, 0) OVER (PARTITION BY subscription_id ORDER BY from_on) AS mrr_before
    FROM (
        SELECT m.subscription_id, m.mrr, greatest(m.effective_on, s.started_on) AS from_on,
               coalesce(lead(m.effective_on) OVER (PARTITION BY m.subscription_id ORDER BY m.effective_on),
                        'infinity'::date) AS until_on
        FROM deals_mrrchange m JOIN subject s USING (subscription_id)
    ) changes
    WHERE from_on < until_on
) levels
WHERE mrr > 0;
ANALYZE level
"""

MONTHLY_STRETCHES = """
-- Credited stretches, cut at the ends of months, from the program's first month through the period.
CREATE TEMP TABLE monthly_stretch ON COMMIT DROP AS
SELECT x.subscription_id, x.partner_id, x.role, x.mrr, x.share, m.period,
       greatest(x.from_on, m.period) AS from_on,
       least(x.until_on, (m.period + interval '1 month')::date) AS until_on
FROM (
    SELECT l.subscription_id, c.partner_id, c.role, l.mrr, c.share,
           greatest(l.from_on, coalesce(c.valid_from, l.from_on), %(first)s) AS from_on,
           least(l.until_on, coalesce(c.valid_until, l.until_on), %(end)s) AS until_on
    FROM level l
    JOIN deals_credit c ON c.subscription_id = l.subscription_id AND c.share > 0 AND NOT isempty(c.valid)
    WHERE l.from_on < %(end)s
) x
CROSS JOIN LATERAL (
    SELECT g::date AS period
    FROM generate_series(date_trunc('month', x.from_on), x.until_on - 1, interval '1 month') g
) m
WHERE x.from_on < x.until_on;
ANALYZE monthly_stretch
"""

STEPS = {"subjects": SUBJECTS, "levels": LEVELS, "monthly_stretches": MONTHLY_STRETCHES}
