"""Partners that a run leaves out because an input of theirs cannot be computed: one bad row stops nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from commissions.batch import facts
from commissions.batch.differences import LOOKED_AT_ONE
from commissions.models import ParkedPartner

if TYPE_CHECKING:
    from commissions.batch.terms import Terms
    from deals.models import Subscription

PARENTS = """
-- Everybody who may earn on a subscription: who is credited on it, and their parents.
SELECT partner_id FROM deals_credit WHERE subscription_id = %(subscription)s
UNION
SELECT a.parent_id FROM deals_credit c JOIN partners_parentassignment a ON a.partner_id = c.partner_id
WHERE c.subscription_id = %(subscription)s
"""

WITHOUT_PARKED = (
    "DELETE FROM {draft} WHERE partner_id IN (SELECT partner_id FROM commissions_parkedpartner WHERE run_id = %s)"
)

NOTES_OF_PARKED = (
    "DELETE FROM commissions_openitem WHERE run_id = %(run)s AND partner_id IN"
    " (SELECT partner_id FROM commissions_parkedpartner WHERE run_id = %(run)s)"
)

STAY_MARKED = """
-- A parked partner stays marked from its first unpaid month.
INSERT INTO commissions_changedfact (source, partner_id, from_month)
SELECT 'commissions_parkedpartner', p.partner_id,
       least(r.computed_from, r.period,
             (SELECT min(s.from_month) FROM commissions_runscope s
              JOIN deals_credit c ON c.subscription_id = s.subscription_id
              WHERE s.run_id = r.id AND (c.partner_id = p.partner_id OR c.partner_id IN (
                  SELECT a.partner_id FROM partners_parentassignment a WHERE a.parent_id = p.partner_id))))
FROM (SELECT DISTINCT run_id, partner_id FROM commissions_parkedpartner WHERE run_id = %s) p
JOIN commissions_run r ON r.id = p.run_id
"""


def park_owners(*, run_id: int, subscription: Subscription | None, reason: str, terms: Terms) -> None:
    """Park everybody who may earn on a subscription, and keep from which month on it had to be computed again."""
    if subscription is None:
        return
    if terms.is_partial:
        _keep_scope(terms, run_id=run_id, subscription_id=subscription.pk)
    with connection.cursor() as cursor:
        cursor.execute(PARENTS, {"subscription": subscription.pk})
        partners = [row[0] for row in cursor.fetchall()]
    ParkedPartner.objects.bulk_create(
        ParkedPartner(run_id=run_id, partner_id=partner_id, subscription=subscription, reason=reason)
        for partner_id in partners
    )


def _keep_scope(terms: Terms, *, run_id: int, subscription_id: int) -> None:
    """Note it as looked at: approval clears its change marks, and the partner's new one begins at that month."""
    parameters = terms.parameters(run_id=run_id, low=subscription_id, high=subscription_id + 1)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS scope")
        cursor.execute(facts.SCOPE, parameters)
        cursor.execute(LOOKED_AT_ONE, parameters)
        cursor.execute("DROP TABLE scope")


def parked_partners(*, run_id: int) -> list[int]:
    """Return the ids of the partners that a run leaves out."""
    found = ParkedPartner.objects.filter(run_id=run_id).order_by("partner_id")
    return list(found.values_list("partner_id", flat=True).distinct())


def park_partner(*, run_id: int, partner_id: int, reason: str) -> None:
    """Park a partner whose own sum cannot be computed."""
    ParkedPartner.objects.create(run_id=run_id, partner_id=partner_id, reason=reason)


def leave_out_parked(*, run_id: int, draft: str) -> int:
    """Take what was computed for parked partners out of a draft, whatever range it came from; return how many rows."""
    if not ParkedPartner.objects.filter(run_id=run_id).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(NOTES_OF_PARKED, {"run": run_id})
        cursor.execute(WITHOUT_PARKED.replace("{draft}", draft), [run_id])
        return int(cursor.rowcount)


def keep_parked_marked(*, run_id: int) -> None:
    """Mark parked partners again, as their run is approved: the next run computes what this one could not."""
    with connection.cursor() as cursor:
        cursor.execute(STAY_MARKED, [run_id])
