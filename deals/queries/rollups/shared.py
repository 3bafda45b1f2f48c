"""Customers and terms that several partners have: of a selection of partners each counts once.

Counts are kept by partner; those of a selection are their sum, less what is counted more than once. Who shares nothing
stands in no table here, so that this stays small.
"""

SHARED_CUSTOMERS = """
-- A customer of several partners: each one's part of it, as the counts compare it.
INSERT INTO {shared_customers}
    (day, account_id, partner_id, is_live, is_new, opening, closing, year_opening, year_closing)
SELECT %(day)s, account_id, partner_id, is_live, is_new, opening, closing, year_opening, year_closing
FROM (
    SELECT c.*, count(*) OVER (PARTITION BY account_id) AS partners
    FROM (
        SELECT partner_id, account_id, is_live, is_new, coalesce(opening, 0) AS opening,
               coalesce(closing, 0) AS closing, coalesce(year_opening, 0) AS year_opening,
               coalesce(year_closing, 0) AS year_closing
        FROM mrr_customer
    ) c
    WHERE is_live OR is_new OR opening + closing + year_opening + year_closing > 0
) x
WHERE partners > 1
"""

SHARED_TERMS = """
INSERT INTO {shared_terms} (day, partners, terms, renewed)
SELECT %(day)s, s.partners, count(*), count(*) FILTER (WHERE p.term_end > 0)
FROM (
    SELECT subscription_id, array_agg(partner_id ORDER BY partner_id) AS partners
    FROM mrr_weight WHERE role = 'sourced' AND term_begin > 0 GROUP BY subscription_id HAVING count(*) > 1
) s
JOIN mrr_position p USING (subscription_id)
WHERE p.term_begin > 0
GROUP BY s.partners
"""

CLOSING_AGAIN = "closing_again"
"""What one partner's subscriptions of a customer add to NRR where only another of the selection had the customer."""

COUNTED_AGAIN = """,
    'again', (
        SELECT json_agg(x) FROM (
            SELECT day, sum(live) AS live, sum(begun) AS begun, sum(opening) AS opening, sum(churned) AS churned,
                   sum(contracted) AS contracted, sum(expanded) AS expanded, sum(year_opening) AS year_opening,
                   sum(kept) AS kept, sum(closing_again) AS closing_again, sum(terms) AS terms,
                   sum(renewed) AS renewed
            FROM (
                SELECT day, bool_or(is_live)::int - count(*) FILTER (WHERE is_live) AS live,
                       bool_or(is_new)::int - count(*) FILTER (WHERE is_new) AS begun,
                       (sum(opening) > 0)::int - count(*) FILTER (WHERE opening > 0) AS opening,
                       (sum(opening) > 0 AND sum(closing) = 0)::int
                           - count(*) FILTER (WHERE opening > 0 AND closing = 0) AS churned,
                       (sum(closing) > 0 AND sum(closing) < sum(opening))::int
                           - count(*) FILTER (WHERE closing > 0 AND closing < opening) AS contracted,
                       (sum(opening) > 0 AND sum(closing) > sum(opening))::int
                           - count(*) FILTER (WHERE opening > 0 AND closing > opening) AS expanded,
                       (sum(year_opening) > 0)::int - count(*) FILTER (WHERE year_opening > 0) AS year_opening,
                       least(sum(year_opening), CASE WHEN sum(year_opening) > 0 THEN sum(year_closing) ELSE 0 END)
                           - coalesce(sum(least(year_opening, year_closing)) FILTER (WHERE year_opening > 0), 0)
                           AS kept,
                       CASE WHEN sum(year_opening) > 0
                            THEN coalesce(sum(year_closing) FILTER (WHERE year_opening = 0), 0) ELSE 0 END
                           AS closing_again, 0 AS terms, 0 AS renewed
                FROM {shared_customers}
                WHERE day = ANY(%(days)s::date[]) AND partner_id = ANY(%(partners)s::bigint[])
                GROUP BY day, account_id
                UNION ALL
                SELECT day, 0, 0, 0, 0, 0, 0, 0, 0, 0, terms * again, renewed * again
                FROM (
                    SELECT day, terms, renewed, 1 - (
                        SELECT count(*) FROM unnest(partners) one WHERE one = ANY(%(partners)s::bigint[])
                    ) AS again
                    FROM {shared_terms}
                    WHERE day = ANY(%(days)s::date[]) AND partners && %(partners)s::bigint[]
                ) t
            ) s
            GROUP BY day
        ) x
    )"""
"""By how much the counts of several partners together differ from the sum of each one's, by day."""
