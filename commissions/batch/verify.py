"""``--verify``: the entries of a run against a full recompute that writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from commissions.batch.compute import WORK_TABLES, parameters_of, work_statements
from commissions.batch.differences import DIFFERENCES

if TYPE_CHECKING:
    from commissions.batch.window import Window

COMPARE = """
-- Keys on which the written entries and the recomputed differences disagree.
SELECT coalesce(p.code, '?'), coalesce(s.external_id, '-'), k.kind, k.currency, k.period, k.written, k.recomputed
FROM (
    SELECT partner_id, subscription_id, kind, currency, period,
           sum(written) AS written, sum(recomputed) AS recomputed
    FROM (
        SELECT partner_id, subscription_id, kind, currency, earned_period AS period, amount AS written, 0 AS recomputed
        FROM commissions_entry WHERE run_id = %(run)s
        UNION ALL
        SELECT partner_id, nullif(subscription_id, 0), kind, currency, period, 0, entitlement - posted
        FROM difference WHERE NOT is_outside_window
    ) both_sides
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(written) <> sum(recomputed)
) k
LEFT JOIN partners_partner p ON p.id = k.partner_id
LEFT JOIN deals_subscription s ON s.id = k.subscription_id
ORDER BY 1, 5, 2, 3
"""


def differences_from_full(*, run_id: int, window: Window) -> list[str]:
    """Return one line for each key on which a calculated run and a full recompute disagree; writes nothing."""
    parameters = parameters_of(run_id=run_id, window=window)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TABLE IF EXISTS {WORK_TABLES}")
        for statement in (*work_statements().values(), DIFFERENCES):
            cursor.execute(statement, parameters)
        cursor.execute(COMPARE, parameters)
        lines = [
            f"{partner} {subscription} {kind} {period:%Y-%m} {currency}: written {written}, recomputed {recomputed}"
            for partner, subscription, kind, currency, period, written, recomputed in cursor.fetchall()
        ]
        cursor.execute(f"DROP TABLE {WORK_TABLES}")
    return lines
