"""Issues the statements of an approved run, and clears the change marks that it has dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from prm.models import NumberSeries

if TYPE_CHECKING:
    from datetime import date, datetime

COUNT = "SELECT count(DISTINCT (partner_id, currency)) FROM commissions_entry WHERE run_id = %(run)s"

ISSUE = """
-- One statement per partner and currency that the run touches; the opening balance is the last closing one.
INSERT INTO commissions_statement (number, run_id, partner_id, currency, opening, earned, true_up, adjustments, paid,
                                   closing, entry_count, issued_at)
SELECT 'S-' || lpad((%(first)s - 1 + row_number() OVER (ORDER BY p.code, t.currency))::text, 6, '0'), %(run)s,
       t.partner_id, t.currency, o.closing, t.earned, t.true_up, 0, 0, o.closing + t.earned + t.true_up, t.entries,
       %(now)s
FROM (
    SELECT partner_id, currency, count(*) AS entries,
           coalesce(sum(amount) FILTER (WHERE NOT is_true_up), 0) AS earned,
           coalesce(sum(amount) FILTER (WHERE is_true_up), 0) AS true_up
    FROM commissions_entry WHERE run_id = %(run)s GROUP BY 1, 2
) t
JOIN partners_partner p ON p.id = t.partner_id
CROSS JOIN LATERAL (
    SELECT coalesce((SELECT s.closing FROM commissions_statement s
                     WHERE s.partner_id = t.partner_id AND s.currency = t.currency
                     ORDER BY s.id DESC LIMIT 1), 0) AS closing
) o
ORDER BY p.code, t.currency
"""

CLEAR_MARKS = """
-- Only marks that the run's snapshot saw, and that lie in months it computed: a change that committed later, or
-- whose effect lies ahead, stays for the next run.
DELETE FROM commissions_changedfact
WHERE pg_visible_in_snapshot(xid, %(snapshot)s::pg_snapshot) AND coalesce(from_month <= %(period)s, true)
"""


def issue_statements(*, run_id: int, now: datetime) -> int:
    """Issue the statements of a run, numbered without gaps in order of partner code; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"run": run_id})
        count = int(cursor.fetchone()[0])
        if count:
            first = NumberSeries.take("statement", count)
            cursor.execute(ISSUE, {"run": run_id, "first": first, "now": now})
    return count


def clear_marks(*, snapshot: str, period: date) -> int:
    """Clear the change marks that an approved run has dealt with; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(CLEAR_MARKS, {"snapshot": snapshot, "period": period})
        return int(cursor.rowcount)
