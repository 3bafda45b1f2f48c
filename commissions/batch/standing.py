"""The lasting list of differences outside the correction window, brought up to date when a run is approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Sequence

GONE = """
-- A key that the run looked at and that differs no more needs nobody; what was decided stays as a record.
DELETE FROM commissions_standingdifference d
WHERE d.decision = '' AND (%(looked_at)s::bigint[] IS NULL OR d.subscription_id = ANY(%(looked_at)s::bigint[]))
  AND NOT EXISTS (SELECT FROM commissions_openitem i
                  WHERE i.run_id = %(run)s AND i.partner_id = d.partner_id
                    AND i.subscription_id IS NOT DISTINCT FROM d.subscription_id AND i.kind = d.kind
                    AND i.currency = d.currency AND i.earned_period = d.earned_period)
"""

REOPENED = """
-- A decision was about figures: where they are others now, the difference waits for another one.
UPDATE commissions_standingdifference d
SET decision = '', decided_at = NULL, decided_by_id = NULL, decided_label = '', reason = '', adjustment_id = NULL
FROM commissions_openitem i
WHERE i.run_id = %(run)s AND i.partner_id = d.partner_id AND i.subscription_id IS NOT DISTINCT FROM d.subscription_id
  AND i.kind = d.kind AND i.currency = d.currency AND i.earned_period = d.earned_period
  AND d.decision <> '' AND (i.entitlement, i.posted) <> (d.entitlement, d.posted)
"""

SEEN = """
-- Each difference of the run, new or with its figures as they are now.
INSERT INTO commissions_standingdifference
    (partner_id, subscription_id, kind, currency, earned_period, entitlement, posted, first_seen_run_id, seen_run_id,
     decision, decided_label, reason)
SELECT partner_id, subscription_id, kind, currency, earned_period, entitlement, posted, %(run)s, %(run)s, '', '', ''
FROM commissions_openitem WHERE run_id = %(run)s
ORDER BY partner_id, subscription_id, kind, currency, earned_period
ON CONFLICT (partner_id, subscription_id, kind, currency, earned_period) DO UPDATE
SET entitlement = EXCLUDED.entitlement, posted = EXCLUDED.posted, seen_run_id = EXCLUDED.seen_run_id
"""


def merge_open_items(run_id: int, *, looked_at: Sequence[int] | None = None) -> None:
    """Bring the lasting list up to date with the run's rows; part of the approval's transaction.

    ``looked_at`` are the ids of the subscriptions that the run computed; None means all of them (a full run).
    """
    parameters = {"run": run_id, "looked_at": None if looked_at is None else list(looked_at)}
    with connection.cursor() as cursor:
        for statement in (GONE, REOPENED, SEEN):
            cursor.execute(statement, parameters)
