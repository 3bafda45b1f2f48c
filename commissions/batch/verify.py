"""``--verify``: the entries of a run against a full recompute that writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from commissions.batch import accelerator, differences
from commissions.batch.compute import worked_accelerators, worked_range
from commissions.batch.terms import terms_of

if TYPE_CHECKING:
    from datetime import date

COMPARE = """
-- Keys on which the written entries and the recomputed differences disagree; parked partners have no entries.
SELECT coalesce(p.code, '?'), coalesce(s.external_id, '-'), k.kind, k.currency, k.earned_period,
       round(k.written, c.minor_units), round(k.recomputed, c.minor_units)
FROM (
    SELECT partner_id, subscription_id, kind, currency, earned_period,
           sum(written) AS written, sum(recomputed) AS recomputed
    FROM (
        SELECT partner_id, subscription_id, kind, currency, earned_period, amount AS written, 0 AS recomputed
        FROM commissions_entry WHERE run_id = %(run)s
        UNION ALL
        SELECT partner_id, subscription_id, kind, currency, earned_period, 0, amount FROM recomputed
    ) both_sides
    WHERE partner_id NOT IN (SELECT partner_id FROM commissions_parkedpartner WHERE run_id = %(run)s)
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(written) <> sum(recomputed)
) k
JOIN prm_currency c ON c.code = k.currency
LEFT JOIN partners_partner p ON p.id = k.partner_id
LEFT JOIN deals_subscription s ON s.id = k.subscription_id
ORDER BY 1, 5, 2, 3
"""


def differences_from_full(*, run_id: int, period: date) -> list[str]:
    """Return one line for each key on which a calculated run and a full recompute disagree; writes nothing."""
    with transaction.atomic(), connection.cursor() as outer:
        outer.execute("DROP TABLE IF EXISTS recomputed")
        outer.execute("CREATE TEMP TABLE recomputed (LIKE commissions_entry INCLUDING DEFAULTS) ON COMMIT DROP")
        terms = terms_of(period=period, full=True)
        with worked_range(terms, run_id=run_id) as (cursor, parameters):
            cursor.execute(differences.ENTRIES.replace("{target}", "recomputed"), parameters)
        with worked_accelerators(terms, run_id=run_id) as (cursor, parameters):
            cursor.execute(accelerator.ENTRIES.replace("{target}", "recomputed"), parameters)
        outer.execute(COMPARE, {"run": run_id})
        lines = [
            f"{partner} {subscription} {kind} {month:%Y-%m} {currency}: written {written}, recomputed {recomputed}"
            for partner, subscription, kind, currency, month, written, recomputed in outer.fetchall()
        ]
        outer.execute("DROP TABLE recomputed")
    return lines
