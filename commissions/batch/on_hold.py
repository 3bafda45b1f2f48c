"""Months that partners on hold are not paid: rows of the leakage report, by the engine's own first steps.

A partner is put on hold when one input cannot be computed, after others of its customers have been: who is left out
of a run, and therefore unpaid, is known only when all ranges are done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.batch import facts
from commissions.batch.compute import HIGHEST, LOWEST, WORK_TABLES
from commissions.batch.terms import NEVER
from commissions.batch.warnings import CREDITED_MRR

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from commissions.batch.terms import Terms

HeldMonth = tuple[int, int, "Decimal"]
"""Partner, subscription, and the prorated MRR of the month on the credited days."""

SCOPE = """
-- Every customer of a partner on hold, the run's month alone.
CREATE TEMP TABLE scope ON COMMIT DROP AS
SELECT DISTINCT subscription_id, %(period)s::date AS from_month FROM deals_credit WHERE partner_id = ANY(%(held)s)
"""

HELD = CREDITED_MRR.replace("{whose}", "WHERE m.period = %(period)s AND m.partner_id = ANY(%(held)s)")

NOTE = """
-- A reason of the month's own stands; a customer that this run did not look at is no news of this run.
INSERT INTO commissions_unpaid (run_id, subscription_id, partner_id, reason, mrr)
SELECT %(run)s, h.subscription_id, h.partner_id, 'on_hold', h.mrr
FROM unnest(%(partners)s::bigint[], %(subscriptions)s::bigint[], %(mrrs)s::numeric[])
     h (partner_id, subscription_id, mrr)
WHERE (%(is_everything)s OR EXISTS (SELECT FROM commissions_runscope s
                                    WHERE s.run_id = %(run)s AND s.subscription_id = h.subscription_id))
  AND NOT EXISTS (SELECT FROM commissions_unpaid u
                  WHERE u.run_id = %(run)s AND u.subscription_id = h.subscription_id AND u.partner_id = h.partner_id)
ORDER BY h.subscription_id, h.partner_id
"""

STEPS = (
    SCOPE,
    facts.only(facts.SUBJECTS, "s.id", is_everything=False),
    facts.only(facts.LEVELS, "m.subscription_id", is_everything=False),
    facts.only(facts.STRETCHES, "c.subscription_id", is_everything=False),
    facts.MONTHLY_OF_ONE,
)


def held_months(terms: Terms, *, partners: Iterable[int]) -> list[HeldMonth]:
    """Return the paying customers of these partners in the run's month, in the snapshot of this transaction."""
    parameters: dict[str, Any] = terms.parameters(run_id=0, low=LOWEST, high=HIGHEST)
    parameters |= {"held": list(partners), "full_from": NEVER}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {WORK_TABLES}")
        for statement in STEPS:
            cursor.execute(statement, parameters)
        cursor.execute(HELD, parameters)
        found = list(cursor.fetchall())
        cursor.execute(f"DROP TABLE IF EXISTS {WORK_TABLES}")
    return found


def note_held_months(found: list[HeldMonth], *, run_id: int, is_everything: bool) -> None:
    """Write them as months without pay of the run, once however often it is called."""
    partners, subscriptions, mrrs = zip(*found, strict=True) if found else ((), (), ())
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE,
            {
                "run": run_id,
                "partners": list(partners),
                "subscriptions": list(subscriptions),
                "mrrs": list(mrrs),
                "is_everything": is_everything,
            },
        )
