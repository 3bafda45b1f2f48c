"""Adjustments as a set: which run they join, and the fingerprint of what a reviewer saw."""

from __future__ import annotations

from django.db import connection

ATTACH = """
-- Everything that no approved run has taken joins the run; one that waits in another undecided run moves over, and
-- the fingerprint of that run is another one from then on.
UPDATE commissions_adjustment a SET run_id = %(run)s
WHERE a.withdrawn_at IS NULL AND a.run_id IS DISTINCT FROM %(run)s
  AND (a.run_id IS NULL OR EXISTS (SELECT FROM commissions_run r WHERE r.id = a.run_id AND r.status <> 'approved'))
"""

RELEASE = "UPDATE commissions_adjustment SET run_id = NULL WHERE run_id = %(run)s"

DIGEST = """
-- Empty where a run has none, so that its fingerprint is that of its entries alone.
SELECT CASE WHEN count(*) = 0 THEN '' ELSE
       encode(sha256(convert_to(string_agg(
           concat_ws('|', id, partner_id, currency, amount, settles, coalesce(subscription_id, 0), kind, earned_period),
           E'\\n' ORDER BY id), 'UTF8')), 'hex') END
FROM commissions_adjustment WHERE run_id = %(run)s
"""


def attach(run_id: int) -> int:
    """Have every adjustment that waits join the run; return how many came."""
    with connection.cursor() as cursor:
        cursor.execute(ATTACH, {"run": run_id})
        return int(cursor.rowcount)


def release(run_id: int) -> int:
    """Let a run's adjustments wait for another run; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"run": run_id})
        return int(cursor.rowcount)


def digest(run_id: int) -> str:
    """Return the fingerprint of a run's adjustments, or the empty string where it has none."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, {"run": run_id})
        return str(cursor.fetchone()[0])
