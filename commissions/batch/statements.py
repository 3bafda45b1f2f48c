"""Issues the statements of an approved run, and clears the change marks that it has dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from commissions.queries.ledger import PAYABLES
from prm.models import NumberSeries

if TYPE_CHECKING:
    from datetime import date, datetime

ISSUE = f"""
-- One statement per partner and currency that the run touches by entries or adjustments, in one pass over its entries.
-- The opening balance is the last closing one; what the ledger says is owed less than that was paid since.
INSERT INTO commissions_statement (number, run_id, partner_id, currency, opening, earned, true_up, adjustments, paid,
                                   closing, entry_count, issued_at)
SELECT 'S-' || lpad(n::text, greatest(6, length(n::text)), '0'), %(run)s, partner_id, currency, opening, earned,
       true_up, adjustments, opening - payable, payable + earned + true_up + adjustments, entries, %(now)s
FROM (
    SELECT %(first)s - 1 + row_number() OVER (ORDER BY p.code, t.currency) AS n, t.*, o.opening,
           coalesce(l.payable, 0) AS payable
    FROM (
        SELECT partner_id, currency, sum(entries) AS entries, sum(earned) AS earned, sum(true_up) AS true_up,
               sum(adjustments) AS adjustments
        FROM (
            SELECT partner_id, currency, count(*) AS entries,
                   coalesce(sum(amount) FILTER (WHERE NOT is_true_up), 0) AS earned,
                   coalesce(sum(amount) FILTER (WHERE is_true_up), 0) AS true_up, 0 AS adjustments
            FROM commissions_entry WHERE run_id = %(run)s GROUP BY 1, 2
            UNION ALL
            SELECT partner_id, currency, 0, 0, 0, sum(amount)
            FROM commissions_adjustment WHERE run_id = %(run)s GROUP BY 1, 2
        ) parts
        GROUP BY 1, 2
    ) t
    JOIN partners_partner p ON p.id = t.partner_id
    LEFT JOIN ({PAYABLES}) l ON l.partner_id = t.partner_id AND l.currency = t.currency
    CROSS JOIN LATERAL (
        SELECT coalesce((SELECT s.closing FROM commissions_statement s
                         WHERE s.partner_id = t.partner_id AND s.currency = t.currency
                         ORDER BY s.id DESC LIMIT 1), 0) AS opening
    ) o
) numbered
ORDER BY n
"""  # noqa: S608 - a constant of our own

POST = """
-- What a statement adds to the payable, commission and adjustments apart; what it takes back goes the other way.
INSERT INTO commissions_posting (debit, credit, amount, currency, partner_id, cause, statement_id, posted_at)
SELECT CASE WHEN m.amount > 0 THEN m.expense ELSE 'partner_payable' END,
       CASE WHEN m.amount > 0 THEN 'partner_payable' ELSE m.expense END,
       abs(m.amount), s.currency, s.partner_id, m.cause, s.id, %(now)s
FROM commissions_statement s
CROSS JOIN LATERAL (VALUES
    ('earned', 'commission_expense', s.earned + s.true_up),
    ('adjusted', 'adjustment_expense', s.adjustments)
) m (cause, expense, amount)
WHERE s.run_id = %(run)s AND m.amount <> 0
ORDER BY s.id, m.cause DESC
"""

CLEAR_MARKS = """
-- Only marks that the run's snapshot saw, and that lie in months it computed: a change that committed later, or
-- whose effect lies ahead, stays for the next run.
DELETE FROM commissions_changedfact
WHERE pg_visible_in_snapshot(xid, %(snapshot)s::pg_snapshot) AND coalesce(from_month <= %(period)s, true)
"""


def issue_statements(*, run_id: int, now: datetime) -> int:
    """Issue and post the statements of a run, numbered without gaps in order of partner code; return how many.

    The counter's row stays locked until the caller's transaction ends, so that numbers have no gaps.
    """
    first = NumberSeries.take("statement", 0)
    with connection.cursor() as cursor:
        cursor.execute(ISSUE, {"run": run_id, "first": first, "now": now, "partners": None})
        count = int(cursor.rowcount)
        NumberSeries.take("statement", count)
        cursor.execute(POST, {"run": run_id, "now": now})
    return count


def clear_marks(*, snapshot: str, period: date) -> int:
    """Clear the change marks that an approved run has dealt with; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(CLEAR_MARKS, {"snapshot": snapshot, "period": period})
        return int(cursor.rowcount)
