"""Self-billing documents of an approved run: one a statement of a partner that has agreed, in one statement of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from datetime import date, datetime

ISSUE = """
-- Due: statements of partners whose agreement holds today and whose VAT id finance has verified. The supplier charges
-- the country's rate where both are registered there; across a border the customer accounts for the VAT. What a
-- negative statement takes back corrects the latest invoice in its currency; without one there is nothing to correct.
WITH due AS (
    SELECT s.id AS statement_id, s.partner_id, s.currency, s.earned + s.true_up + s.adjustments AS net,
           a.id AS agreement_id, a.legal_name, a.address, f.number AS supplier_vat_id, y.legal_name AS customer_name,
           y.address AS customer_address, y.vat_id AS customer_vat_id, v.rate, o.id AS original_id, p.code,
           c.minor_units, (r.period + interval '1 month' - interval '1 day')::date AS tax_point
    FROM commissions_statement s
    JOIN commissions_run r ON r.id = s.run_id
    JOIN partners_partner p ON p.id = s.partner_id
    JOIN partners_selfbillingagreement a ON a.partner_id = s.partner_id AND a.valid @> %(on)s::date
    JOIN partners_taxform f ON f.partner_id = s.partner_id AND f.kind = 'vat' AND f.status = 'verified'
    JOIN prm_currency c ON c.code = s.currency
    JOIN commissions_payer y ON y.vat_id <> ''
    LEFT JOIN commissions_vatrate v ON left(f.number, 2) = left(y.vat_id, 2)
         AND v.country = CASE left(y.vat_id, 2) WHEN 'EL' THEN 'GR' ELSE left(y.vat_id, 2) END
         AND v.valid @> (r.period + interval '1 month' - interval '1 day')::date
    LEFT JOIN LATERAL (
        SELECT d.id FROM commissions_selfbillingdocument d
        WHERE d.partner_id = s.partner_id AND d.currency = s.currency AND d.kind = 'invoice'
        ORDER BY d.series_number DESC LIMIT 1
    ) o ON true
    WHERE s.run_id = %(run)s AND left(f.number, 2) = ANY (%(union)s)
      AND (left(f.number, 2) <> left(y.vat_id, 2) OR v.rate IS NOT NULL)
), counted AS (
    SELECT due.*, row_number() OVER (PARTITION BY partner_id ORDER BY currency) AS place,
           count(*) OVER (PARTITION BY partner_id) AS of_partner
    FROM due WHERE net > 0 OR (net < 0 AND original_id IS NOT NULL)
), series AS (
    -- Each partner's counter is a row that stays locked until the approval ends, so that its numbers have no gaps.
    INSERT INTO prm_numberseries (name, last)
    SELECT 'self-billing ' || partner_id, count(*) FROM counted GROUP BY partner_id ORDER BY partner_id
    ON CONFLICT (name) DO UPDATE SET last = prm_numberseries.last + excluded.last
    RETURNING name, last
)
INSERT INTO commissions_selfbillingdocument (
    number, series_number, partner_id, statement_id, agreement_id, kind, corrects_id, issued_on, issued_at, tax_point,
    currency, net, vat_rate, vat, total, supplier_name, supplier_address, supplier_vat_id, customer_name,
    customer_address, customer_vat_id
)
SELECT 'SB-' || upper(d.code) || '-' || lpad(n.taken::text, greatest(5, length(n.taken::text)), '0'), n.taken,
       d.partner_id, d.statement_id, d.agreement_id, CASE WHEN d.net > 0 THEN 'invoice' ELSE 'credit_note' END,
       CASE WHEN d.net < 0 THEN d.original_id END, %(on)s, %(now)s, d.tax_point, d.currency, d.net, d.rate, n.vat,
       d.net + n.vat, d.legal_name, d.address, d.supplier_vat_id, d.customer_name, d.customer_address,
       d.customer_vat_id
FROM counted d
JOIN series ON series.name = 'self-billing ' || d.partner_id
CROSS JOIN LATERAL (
    SELECT series.last - d.of_partner + d.place AS taken,
           coalesce(round(d.net * d.rate * 0.01, d.minor_units), 0) AS vat
) n
ORDER BY d.partner_id, d.place
"""

UNION = "AT BE BG HR CY CZ DK EE FI FR DE EL HU IE IT LV LT LU MT NL PL PT RO SI SK ES SE XI".split()
"""Prefixes of the VAT ids of the EU, Northern Ireland included."""


def issue_self_billing(*, run_id: int, on: date, now: datetime) -> int:
    """Issue the documents of an approved run on a day; return how many. The caller's transaction approves the run."""
    with connection.cursor() as cursor:
        cursor.execute(ISSUE, {"run": run_id, "on": on, "now": now, "union": UNION})
        return int(cursor.rowcount)
