"""Steps 1 to 4: every subscription, credit and customer on the days that one day's figures look at.

The days are the day itself, a month and a year before it, and the eve of its month (partner rules, section 4). The work
tables are temporary: they are the session's own, cost no WAL and end with the transaction.
"""

RATES = """
-- What one unit of a currency is in the program's: by the closing rates of the day's month, or the last one before.
CREATE TEMP TABLE mrr_rate ON COMMIT DROP AS
WITH last AS (
    SELECT DISTINCT ON (currency) currency, per_eur FROM prm_fxrate
    WHERE month <= %(day)s AND currency <> 'EUR' ORDER BY currency, month DESC
), euro AS (
    SELECT currency, per_eur FROM last UNION ALL SELECT 'EUR', 1
)
SELECT e.currency, round(b.per_eur / e.per_eur, 20) AS factor
FROM euro e JOIN euro b ON b.currency = %(base)s AND e.currency <> %(base)s
UNION ALL SELECT %(base)s, 1
"""

POSITIONS = """
-- One row per subscription that has begun: its MRR on each of the days, on its first day, and on the first and the last
-- day of the twelve-month term that ended in the year (a term ends on the anniversary, 29 February on the 28th). Days
-- before started_on do not count, but a change dated before it sets the starting level.
CREATE TEMP TABLE mrr_position ON COMMIT DROP AS
SELECT x.subscription_id, x.account_id, x.currency, x.started_on, x.family_id, r.factor, x.anniversary, x.term_from,
       coalesce(g.origin, '') AS origin, CASE WHEN g.origin = 'co_sell' THEN g.holder_id END AS co_seller,
       coalesce(sum(x.mrr) FILTER (WHERE x.from_on <= %(day)s AND x.until_on > %(day)s), 0) AS mrr,
       coalesce(sum(x.mrr) FILTER (WHERE x.from_on <= %(month_ago)s AND x.until_on > %(month_ago)s), 0) AS month_ago,
       coalesce(sum(x.mrr) FILTER (WHERE x.from_on <= %(year_ago)s AND x.until_on > %(year_ago)s), 0) AS year_ago,
       coalesce(sum(x.mrr) FILTER (WHERE x.from_on <= %(eve)s AND x.until_on > %(eve)s), 0) AS eve,
       coalesce(sum(x.mrr) FILTER (WHERE x.from_on <= x.started_on AND x.until_on > x.started_on), 0) AS begun,
       coalesce(sum(x.mrr) FILTER (WHERE x.from_on <= x.term_from AND x.until_on > x.term_from), 0) AS term_begin,
       coalesce(sum(x.mrr) FILTER (WHERE x.from_on <= x.anniversary AND x.until_on > x.anniversary), 0) AS term_end
FROM (
    SELECT m.subscription_id, s.account_id, s.currency, s.started_on, s.registration_id, p.family_id, m.mrr,
           t.anniversary, (s.started_on + make_interval(years => t.years - 1))::date AS term_from,
           greatest(m.effective_on, s.started_on) AS from_on,
           coalesce(lead(m.effective_on) OVER (PARTITION BY m.subscription_id ORDER BY m.effective_on),
                    'infinity') AS until_on
    FROM deals_mrrchange m
    JOIN deals_subscription s ON s.id = m.subscription_id
    JOIN deals_product p ON p.id = s.product_id
    LEFT JOIN LATERAL (
        SELECT n AS years, (s.started_on + make_interval(years => n))::date AS anniversary
        FROM (SELECT extract(year FROM %(day)s)::int - extract(year FROM s.started_on)::int AS n) y
    ) this ON true
    LEFT JOIN LATERAL (
        SELECT n AS years, (s.started_on + make_interval(years => n))::date AS anniversary
        FROM (SELECT this.years - CASE WHEN this.anniversary > %(day)s THEN 1 ELSE 0 END AS n) y
        WHERE n >= 1 AND (s.started_on + make_interval(years => n))::date > %(year_ago)s
    ) t ON true
    WHERE s.started_on <= %(day)s{only}
) x
LEFT JOIN deals_registration g ON g.id = x.registration_id
LEFT JOIN mrr_rate r ON r.currency = x.currency
WHERE x.from_on < x.until_on
GROUP BY x.subscription_id, x.account_id, x.currency, x.started_on, x.family_id, r.factor, x.anniversary, x.term_from,
         g.origin, g.holder_id
"""

OF_PARTNERS = """
      AND s.account_id IN (
          SELECT o.account_id FROM deals_credit c JOIN deals_subscription o ON o.id = c.subscription_id
          WHERE c.partner_id = ANY(%(partners)s)
          UNION ALL
          SELECT g.account_id FROM deals_registration g WHERE g.holder_id = ANY(%(partners)s) AND g.origin = 'co_sell'
      )"""
"""Narrows the positions to the customers of some partners, all of each customer."""

WEIGHTS = """
-- One row per credit of a partner in a role on a subscription: its share, as a fraction, on each of the days.
CREATE TEMP TABLE mrr_weight ON COMMIT DROP AS
SELECT c.subscription_id, c.partner_id, c.role,
       coalesce(max(c.share) FILTER (WHERE c.valid @> %(day)s::date), 0) / 100 AS share,
       coalesce(max(c.share) FILTER (WHERE c.valid @> %(month_ago)s::date), 0) / 100 AS month_ago,
       coalesce(max(c.share) FILTER (WHERE c.valid @> %(year_ago)s::date), 0) / 100 AS year_ago,
       coalesce(max(c.share) FILTER (WHERE c.valid @> %(eve)s::date), 0) / 100 AS eve,
       coalesce(max(c.share) FILTER (WHERE c.valid @> p.started_on), 0) / 100 AS begun,
       coalesce(max(c.share) FILTER (WHERE c.valid @> p.term_from), 0) / 100 AS term_begin
FROM deals_credit c
JOIN mrr_position p USING (subscription_id)
WHERE c.share > 0 AND NOT isempty(c.valid)
GROUP BY c.subscription_id, c.partner_id, c.role
"""

HAD = """
-- Which part of a customer a partner had a year before: its sourced MRR then ÷ all MRR of the customer then, across
-- currencies at the day's rates. A subscription begun since weighs as much.
CREATE TEMP TABLE mrr_had ON COMMIT DROP AS
SELECT w.partner_id, p.account_id, sum(p.year_ago * p.factor * w.year_ago) / min(a.whole) AS part
FROM mrr_weight w
JOIN mrr_position p USING (subscription_id)
JOIN (
    SELECT account_id, sum(year_ago * factor) AS whole FROM mrr_position
    WHERE year_ago > 0 AND factor IS NOT NULL GROUP BY account_id
) a USING (account_id)
WHERE w.role = 'sourced' AND w.year_ago > 0 AND p.year_ago > 0 AND p.factor IS NOT NULL
GROUP BY w.partner_id, p.account_id
"""

BEGUN_SINCE = """
-- Subscriptions begun since, of customers that a partner had then.
CREATE TEMP TABLE mrr_begun_since ON COMMIT DROP AS
SELECT h.partner_id, p.account_id, p.subscription_id, p.currency, p.factor, p.mrr * h.part AS mrr
FROM mrr_had h
JOIN mrr_position p USING (account_id)
WHERE p.started_on > %(year_ago)s AND p.mrr > 0
"""

CUSTOMERS = """
-- One row per partner and customer, in the program's currency: what it was worth then, and now with the shares of then.
CREATE TEMP TABLE mrr_customer ON COMMIT DROP AS
WITH first AS (
    SELECT account_id, min(started_on) AS began_on FROM mrr_position WHERE begun > 0 GROUP BY account_id
)
SELECT partner_id, account_id, bool_or(is_live) AS is_live, bool_or(is_new) AS is_new,
       sum(opening) AS opening, sum(closing) AS closing,
       sum(year_opening) AS year_opening, sum(year_closing) AS year_closing
FROM (
    SELECT w.partner_id, p.account_id, w.share > 0 AND p.mrr > 0 AS is_live,
           w.begun > 0 AND p.begun > 0 AND p.started_on = f.began_on AND f.began_on > %(year_ago)s AS is_new,
           p.eve * w.eve * p.factor AS opening, p.mrr * w.eve * p.factor AS closing,
           p.year_ago * w.year_ago * p.factor AS year_opening,
           CASE WHEN p.started_on <= %(year_ago)s THEN p.mrr * w.year_ago * p.factor END AS year_closing
    FROM mrr_weight w
    JOIN mrr_position p USING (subscription_id)
    LEFT JOIN first f USING (account_id)
    WHERE w.role = 'sourced'
    UNION ALL
    SELECT partner_id, account_id, false, false, 0, 0, 0, mrr * factor FROM mrr_begun_since WHERE factor IS NOT NULL
) x
GROUP BY partner_id, account_id
"""

STEPS = (
    ("mrr_rate", RATES),
    ("mrr_position", POSITIONS),
    ("mrr_weight", WEIGHTS),
    ("mrr_had", HAD),
    ("mrr_begun_since", BEGUN_SINCE),
    ("mrr_customer", CUSTOMERS),
)
"""In their order, each with the table that it makes."""
