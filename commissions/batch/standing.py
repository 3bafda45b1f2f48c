"""The lasting list of differences outside the correction window, brought up to date when a run is approved."""

from __future__ import annotations

from django.db import connection

GONE = """
-- A key that the run looked at and that differs no more needs nobody; what was decided stays as a record. A run looks
-- at every month from its first full one on, and at earlier ones of what had changed; never at a partner on hold.
DELETE FROM commissions_standingdifference d
USING commissions_run r
WHERE r.id = %(run)s AND d.decision = ''
  AND (d.earned_period >= r.computed_from
       OR EXISTS (SELECT FROM commissions_runscope s
                  WHERE s.run_id = r.id AND s.subscription_id = d.subscription_id AND s.from_month <= d.earned_period))
  AND NOT EXISTS (SELECT FROM commissions_parkedpartner p WHERE p.run_id = r.id AND p.partner_id = d.partner_id)
  AND NOT EXISTS (SELECT FROM commissions_openitem i
                  WHERE i.run_id = r.id AND i.partner_id = d.partner_id
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


def merge_open_items(run_id: int) -> None:
    """Bring the lasting list up to date with the run's rows; part of the approval's transaction."""
    with connection.cursor() as cursor:
        for statement in (GONE, REOPENED, SEEN):
            cursor.execute(statement, {"run": run_id})
