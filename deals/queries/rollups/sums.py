"""Step 5: the sums of a day, out of the work tables of ``steps``, for the tables named in braces.

A statement writes into the rollups themselves or into work tables of the same shape: so figures of a day that is
rolled up and of one that is not come from the same statements.
"""

from deals.queries.rollups.shared import SHARED_CUSTOMERS, SHARED_TERMS

PIECES = """
-- Every sum of every partner and of the program, piece by piece; what a piece does not speak of is 0.
CREATE TEMP TABLE mrr_piece ON COMMIT DROP AS SELECT * FROM deals_moneyrollup WITH NO DATA
"""

CREDITED = """
-- What is credited. The program's influenced MRR is another thing than the sum of its partners', and counted below.
INSERT INTO mrr_piece (day, partner_id, currency, sourced, sourced_month_ago, sourced_year_ago, influenced, services,
    begun, opening, churned, contracted, expanded, fresh, year_opening, year_closing, term_opening, term_expanded)
SELECT %(day)s, partner_id, currency,
       sum(p.mrr * w.share) FILTER (WHERE w.role = 'sourced'),
       sum(p.month_ago * w.month_ago) FILTER (WHERE w.role = 'sourced'),
       sum(p.year_ago * w.year_ago) FILTER (WHERE w.role = 'sourced'),
       CASE WHEN grouping(partner_id) = 0 THEN sum(p.mrr * w.share) FILTER (WHERE w.role = 'influenced') END,
       sum(p.mrr * w.share) FILTER (WHERE w.role = 'services'),
       sum(p.begun * w.begun) FILTER (WHERE w.role = 'sourced' AND p.started_on > %(year_ago)s),
       sum(p.eve * w.eve) FILTER (WHERE w.role = 'sourced'),
       sum(p.eve * w.eve) FILTER (WHERE w.role = 'sourced' AND p.mrr = 0),
       sum((p.eve - p.mrr) * w.eve) FILTER (WHERE w.role = 'sourced' AND p.mrr > 0 AND p.mrr < p.eve),
       sum((p.mrr - p.eve) * w.eve) FILTER (WHERE w.role = 'sourced' AND p.eve > 0 AND p.mrr > p.eve),
       sum(p.mrr * w.share) FILTER (WHERE w.role = 'sourced' AND p.eve = 0),
       sum(p.year_ago * w.year_ago) FILTER (WHERE w.role = 'sourced'),
       sum(p.mrr * w.year_ago) FILTER (WHERE w.role = 'sourced' AND p.year_ago > 0),
       sum(p.term_begin * w.term_begin) FILTER (WHERE w.role = 'sourced'),
       sum(greatest(p.term_end - p.term_begin, 0) * w.term_begin)
           FILTER (WHERE w.role = 'sourced' AND p.term_begin > 0)
FROM mrr_weight w
JOIN mrr_position p USING (subscription_id)
GROUP BY GROUPING SETS ((partner_id, currency), (currency))
"""

BEGUN_SINCE = """
INSERT INTO mrr_piece (day, partner_id, currency, year_closing)
SELECT %(day)s, partner_id, currency, sum(mrr) FROM mrr_begun_since
GROUP BY GROUPING SETS ((partner_id, currency), (currency))
"""

PAUSED_THEN = """
-- Subscriptions that had begun and paid nothing then (a free start, a pause) belong to the customers that paid then.
INSERT INTO mrr_piece (day, partner_id, currency, year_closing)
SELECT %(day)s, w.partner_id, p.currency, sum(p.mrr * w.year_ago)
FROM mrr_weight w
JOIN mrr_position p USING (subscription_id)
JOIN mrr_had h ON h.partner_id = w.partner_id AND h.account_id = p.account_id
WHERE w.role = 'sourced' AND w.year_ago > 0 AND p.started_on <= %(year_ago)s AND p.year_ago = 0 AND p.mrr > 0
GROUP BY w.partner_id, p.currency
UNION ALL
SELECT %(day)s, NULL, p.currency, sum(p.mrr * w.year_ago)
FROM mrr_weight w
JOIN mrr_position p USING (subscription_id)
WHERE w.role = 'sourced' AND w.year_ago > 0 AND p.started_on <= %(year_ago)s AND p.year_ago = 0 AND p.mrr > 0
  AND p.account_id IN (SELECT account_id FROM mrr_had)
GROUP BY p.currency
"""

CO_SELL = """
-- Subscriptions of registrations with the origin co-sell, whole; a partner's are those of its own registrations.
INSERT INTO mrr_piece (day, partner_id, currency, co_sell, co_sell_month_ago, co_sell_year_ago)
SELECT %(day)s, co_seller, currency, sum(mrr), sum(month_ago), sum(year_ago)
FROM mrr_position WHERE co_seller IS NOT NULL
GROUP BY GROUPING SETS ((co_seller, currency), (currency))
"""

TOTALS = """
INSERT INTO mrr_piece (day, partner_id, currency, total, total_month_ago, total_year_ago)
SELECT %(day)s, NULL, currency, sum(mrr), sum(month_ago), sum(year_ago) FROM mrr_position GROUP BY currency
"""

INFLUENCE = """
-- Influenced and sourced by nobody: whole subscriptions, each once, by who influences them.
INSERT INTO {influence} (day, partners, currency, mrr, subscriptions)
SELECT %(day)s, i.partners, p.currency, sum(p.mrr), count(*)
FROM (
    SELECT subscription_id, array_agg(partner_id ORDER BY partner_id) AS partners
    FROM mrr_weight WHERE role = 'influenced' AND share > 0 GROUP BY subscription_id
) i
JOIN mrr_position p USING (subscription_id)
WHERE p.mrr > 0 AND NOT EXISTS (
    SELECT FROM mrr_weight w WHERE w.subscription_id = i.subscription_id AND w.role = 'sourced' AND w.share > 0
)
GROUP BY i.partners, p.currency
"""

INFLUENCE_OF_PROGRAM = """
INSERT INTO mrr_piece (day, partner_id, currency, influenced)
SELECT %(day)s, NULL, currency, sum(mrr) FROM {influence} WHERE day = %(day)s GROUP BY currency
"""

AMOUNTS = (
    "sourced", "sourced_month_ago", "sourced_year_ago", "influenced", "services", "co_sell", "co_sell_month_ago",
    "co_sell_year_ago", "total", "total_month_ago", "total_year_ago", "begun", "opening", "churned", "contracted",
    "expanded", "fresh", "year_opening", "year_closing", "term_opening", "term_expanded",
)  # fmt: skip

MONEY = (
    "INSERT INTO {money} (day, partner_id, currency, "
    + ", ".join(AMOUNTS)
    + ")\nSELECT %(day)s, partner_id, currency, "
    + ", ".join(f"coalesce(sum({name}), 0)" for name in AMOUNTS)
    + "\nFROM mrr_piece GROUP BY partner_id, currency\nHAVING "
    + " OR ".join(f"sum({name}) <> 0" for name in AMOUNTS)
)

COUNTS = """
-- Customers and terms, of each partner and of the program (there each customer and each term once).
INSERT INTO {customers} (day, partner_id, base_currency, live, begun, opening, churned, contracted, expanded,
    year_opening, terms, renewed, unrated, year_opened, kept)
SELECT %(day)s, partner_id, %(base)s, sum(live), sum(begun), sum(opening), sum(churned), sum(contracted),
       sum(expanded), sum(year_opening), sum(terms), sum(renewed), sum(unrated), sum(year_opened), sum(kept)
FROM (
    SELECT partner_id, count(*) FILTER (WHERE is_live) AS live, count(*) FILTER (WHERE is_new) AS begun,
           count(*) FILTER (WHERE opening > 0) AS opening,
           count(*) FILTER (WHERE opening > 0 AND closing = 0) AS churned,
           count(*) FILTER (WHERE closing > 0 AND closing < opening) AS contracted,
           count(*) FILTER (WHERE opening > 0 AND closing > opening) AS expanded,
           count(*) FILTER (WHERE year_opening > 0) AS year_opening, 0 AS terms, 0 AS renewed, 0 AS unrated,
           coalesce(sum(year_opening), 0) AS year_opened,
           coalesce(sum(least(year_opening, coalesce(year_closing, 0))) FILTER (WHERE year_opening > 0), 0) AS kept
    FROM (
        SELECT partner_id, account_id, is_live, is_new, opening, closing, year_opening, year_closing FROM mrr_customer
        UNION ALL
        SELECT NULL, account_id, bool_or(is_live), bool_or(is_new), sum(opening), sum(closing), sum(year_opening),
               sum(year_closing)
        FROM mrr_customer GROUP BY account_id
    ) c
    GROUP BY partner_id
    UNION ALL
    SELECT w.partner_id, 0, 0, 0, 0, 0, 0, 0, count(DISTINCT subscription_id),
           count(DISTINCT subscription_id) FILTER (WHERE p.term_end > 0), 0, 0, 0
    FROM mrr_weight w
    JOIN mrr_position p USING (subscription_id)
    WHERE w.role = 'sourced' AND w.term_begin > 0 AND p.term_begin > 0
    GROUP BY GROUPING SETS ((w.partner_id), ())
    UNION ALL
    SELECT w.partner_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(DISTINCT subscription_id), 0, 0
    FROM mrr_weight w
    JOIN mrr_position p USING (subscription_id)
    WHERE p.factor IS NULL AND (p.mrr > 0 OR p.year_ago > 0)
    GROUP BY GROUPING SETS ((w.partner_id), ())
) x
GROUP BY partner_id
HAVING sum(live + begun + opening + year_opening + terms + unrated) > 0
"""

SEGMENTS = """
-- Sourced MRR of partners by what the subscription is.
INSERT INTO {segments} (day, partner_id, dimension, key, currency, mrr, month_ago, year_ago)
SELECT %(day)s, partner_id,
       CASE WHEN grouping(family) = 0 THEN 'family' WHEN grouping(segment) = 0 THEN 'segment'
            WHEN grouping(country) = 0 THEN 'country' ELSE 'origin' END,
       CASE WHEN grouping(family) = 0 THEN family WHEN grouping(segment) = 0 THEN segment
            WHEN grouping(country) = 0 THEN country ELSE origin END,
       currency, sum(mrr), sum(month_ago), sum(year_ago)
FROM (
    SELECT w.partner_id, p.currency, f.code AS family, a.segment, a.country, p.origin, p.mrr * w.share AS mrr,
           p.month_ago * w.month_ago AS month_ago, p.year_ago * w.year_ago AS year_ago
    FROM mrr_weight w
    JOIN mrr_position p USING (subscription_id)
    JOIN deals_family f ON f.id = p.family_id
    JOIN deals_account a ON a.id = p.account_id
    WHERE w.role = 'sourced'
) x
GROUP BY partner_id, currency, GROUPING SETS ((family), (segment), (country), (origin))
HAVING sum(mrr) <> 0 OR sum(month_ago) <> 0 OR sum(year_ago) <> 0
"""

SEGMENTS_OF_PROGRAM = """
-- All MRR of the program by what the subscription is.
INSERT INTO {segments} (day, partner_id, dimension, key, currency, mrr, month_ago, year_ago)
SELECT %(day)s, NULL,
       CASE WHEN grouping(f.code) = 0 THEN 'family' WHEN grouping(a.segment) = 0 THEN 'segment'
            WHEN grouping(a.country) = 0 THEN 'country' ELSE 'origin' END,
       CASE WHEN grouping(f.code) = 0 THEN f.code WHEN grouping(a.segment) = 0 THEN a.segment
            WHEN grouping(a.country) = 0 THEN a.country ELSE p.origin END,
       p.currency, sum(p.mrr), sum(p.month_ago), sum(p.year_ago)
FROM mrr_position p
JOIN deals_family f ON f.id = p.family_id
JOIN deals_account a ON a.id = p.account_id
GROUP BY p.currency, GROUPING SETS ((f.code), (a.segment), (a.country), (p.origin))
HAVING sum(p.mrr) <> 0 OR sum(p.month_ago) <> 0 OR sum(p.year_ago) <> 0
"""

TIERS = """
-- By the tier that the sourcing partner held on each day; what nobody sources is the program's, without a tier.
INSERT INTO {segments} (day, partner_id, dimension, key, currency, mrr, month_ago, year_ago)
SELECT %(day)s, partner_id, 'tier', key, currency, sum(mrr), sum(month_ago), sum(year_ago)
FROM (
    SELECT m.partner_id, coalesce(t.code, '') AS key, m.currency, CASE d.at WHEN 1 THEN m.sourced ELSE 0 END AS mrr,
           CASE d.at WHEN 2 THEN m.sourced_month_ago ELSE 0 END AS month_ago,
           CASE d.at WHEN 3 THEN m.sourced_year_ago ELSE 0 END AS year_ago
    FROM {money} m
    CROSS JOIN (VALUES (1, %(day)s::date), (2, %(month_ago)s::date), (3, %(year_ago)s::date)) d(at, day)
    LEFT JOIN partners_tierassignment h ON h.partner_id = m.partner_id AND h.valid @> d.day
    LEFT JOIN partners_tier t ON t.id = h.tier_id
    WHERE m.day = %(day)s AND m.partner_id IS NOT NULL
) x
GROUP BY GROUPING SETS ((partner_id, key, currency), (key, currency))
HAVING sum(mrr) <> 0 OR sum(month_ago) <> 0 OR sum(year_ago) <> 0
"""

UNTIERED = """
INSERT INTO {segments} (day, partner_id, dimension, key, currency, mrr, month_ago, year_ago)
SELECT day, NULL, 'tier', '*', currency, total - sourced, total_month_ago - sourced_month_ago,
       total_year_ago - sourced_year_ago
FROM {money}
WHERE day = %(day)s AND partner_id IS NULL
  AND (total <> sourced OR total_month_ago <> sourced_month_ago OR total_year_ago <> sourced_year_ago)
"""

SUMS = (
    PIECES, CREDITED, BEGUN_SINCE, PAUSED_THEN, CO_SELL, TOTALS, INFLUENCE, INFLUENCE_OF_PROGRAM, MONEY, COUNTS,
    SHARED_CUSTOMERS, SHARED_TERMS, SEGMENTS, SEGMENTS_OF_PROGRAM, TIERS, UNTIERED,
)  # fmt: skip
"""In their order."""
