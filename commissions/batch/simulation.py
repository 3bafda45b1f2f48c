"""What a month costs with the rules in force and with proposed ones: the engine's own steps, over a copy of the rules.

The proposed rules stand in a temporary table that hides the real one for the length of a transaction; nothing else
knows of them, and the caller rolls the transaction back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.batch.compute import worked_accelerators, worked_range
from commissions.batch.terms import terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

NO_RUN = 0

COSTS = """
CREATE TEMP TABLE simulated_cost (
    is_after boolean, partner_id bigint, kind text, currency text, amount numeric(30, 4)
) ON COMMIT DROP
"""

OF_SUBSCRIPTIONS = """
INSERT INTO simulated_cost
SELECT %(is_after)s, partner_id, (%(kinds)s::text[])[kind + 1], currency, sum(amount)
FROM earned WHERE period = %(period)s AND amount <> 0
GROUP BY partner_id, kind, currency
"""

OF_ACCELERATORS = """
INSERT INTO simulated_cost
SELECT %(is_after)s, partner_id, 'accelerator', currency, amount
FROM bonus WHERE period = %(period)s AND amount <> 0
"""

SHADOW = (
    "CREATE TEMP TABLE commissions_rule ON COMMIT DROP AS"
    " SELECT * FROM public.commissions_rule WHERE retired_at IS NULL"
)

CHANGE = (
    "UPDATE pg_temp.commissions_rule SET rate = CASE WHEN rate IS NOT NULL THEN %(value)s::numeric END,"
    " amount = CASE WHEN amount IS NOT NULL THEN %(value)s::numeric END WHERE id = %(rule)s"
)
"""A SPIFF's rule has an amount, every other one a rate."""

LEAVE_OUT = "DELETE FROM pg_temp.commissions_rule WHERE id = ANY(%s)"

ADD = """
INSERT INTO pg_temp.commissions_rule
    (id, plan_id, kind, product_id, family_id, tier_id, role, currency, age_from, age_until, ages,
     valid_from, valid_until, valid, rate, amount, threshold, minimum_mrr)
VALUES (%(id)s, %(plan_id)s, %(kind)s, %(product_id)s, %(family_id)s, %(tier_id)s, %(role)s, %(currency)s,
        %(age_from)s, %(age_until)s, int4range(%(age_from)s::int, %(age_until)s::int),
        %(valid_from)s, %(valid_until)s, daterange(%(valid_from)s::date, %(valid_until)s::date),
        %(rate)s::numeric, %(amount)s::numeric, %(threshold)s::numeric, %(minimum_mrr)s::numeric)
"""

TIES = """
-- Whether an added rule ties with another: the promise that the real table keeps by a constraint.
SELECT EXISTS (
    SELECT FROM pg_temp.commissions_rule a JOIN pg_temp.commissions_rule b
        ON a.id < 0 AND a.id <> b.id AND a.plan_id = b.plan_id AND a.kind = b.kind
        AND a.product_id IS NOT DISTINCT FROM b.product_id AND a.family_id IS NOT DISTINCT FROM b.family_id
        AND a.tier_id IS NOT DISTINCT FROM b.tier_id AND a.role = b.role AND a.currency = b.currency
        AND coalesce(a.threshold, 0) = coalesce(b.threshold, 0) AND a.ages && b.ages AND a.valid && b.valid)
"""

READ = """
-- Sums per currency and kind, and per partner and currency where something differs, before and after.
SELECT c.partner_id, p.code, p.name, c.kind, c.currency, c.before, c.after
FROM (
    SELECT partner_id, kind, currency, coalesce(sum(amount) FILTER (WHERE NOT is_after), 0) AS before,
           coalesce(sum(amount) FILTER (WHERE is_after), 0) AS after
    FROM simulated_cost
    GROUP BY GROUPING SETS ((currency, kind), (partner_id, currency))
) c
LEFT JOIN partners_partner p ON p.id = c.partner_id
WHERE c.partner_id IS NULL OR c.before <> c.after
ORDER BY abs(c.after - c.before) DESC, p.name, c.currency
"""


def prepare() -> None:
    """Make the table that takes the costs of both sides."""
    _execute(COSTS)


def hide_rules(*, values: Mapping[int, Any], left_out: Iterable[int], added: Iterable[Mapping[str, Any]]) -> bool:
    """Hide the rules behind changed ones for the rest of the transaction; False when an added one ties."""
    _execute(SHADOW)
    for rule, value in values.items():
        _execute(CHANGE, {"rule": rule, "value": value})
    _execute(LEAVE_OUT, [list(left_out)])
    for place, new in enumerate(added, start=1):
        _execute(ADD, {**new, "id": -place})
    with connection.cursor() as cursor:
        cursor.execute(TIES)
        return not cursor.fetchone()[0]


TIERS = (
    "CREATE TEMP TABLE partners_tierassignment ON COMMIT DROP AS"
    " SELECT * FROM public.partners_tierassignment WHERE partner_id <> ALL(%s)"
)

HOLD = """
-- Other tiers, held throughout: what a deal earns by the tier of a past day counts with them too.
INSERT INTO pg_temp.partners_tierassignment (id, partner_id, tier_id, valid)
SELECT -n.place, n.partner, t.id, daterange(NULL, NULL)
FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS n (partner, code, place)
JOIN partners_tier t ON t.code = n.code
"""


def hide_tiers(tiers: Mapping[int, str]) -> None:
    """Hide what partners (by key) hold behind other tiers (by code) for the rest of the transaction."""
    _execute(TIERS, [list(tiers)])
    _execute(HOLD, [list(tiers), list(tiers.values())])


def cost_month(*, period: date, is_after: bool) -> None:
    """Compute what every key of the month is entitled to, under the rules that are seen now, and keep the sums.

    Under a cap one month takes from the next: then all months before are computed with it.
    """
    terms = terms_of(period=period, full=True)
    window = replace(terms.window, last_approved=None)
    first = window.first if terms.has_caps else max(period, window.first)
    terms = replace(terms, window=window, full_from=first, is_partial=False, approved=(), has_settled=False)
    with worked_range(terms, run_id=NO_RUN) as (cursor, parameters):
        cursor.execute(OF_SUBSCRIPTIONS, {**parameters, "is_after": is_after})
    with worked_accelerators(terms, run_id=NO_RUN) as (cursor, parameters):
        cursor.execute(OF_ACCELERATORS, {**parameters, "is_after": is_after})


def read_costs() -> list[tuple[Any, ...]]:
    """Return the rows of :data:`READ`."""
    with connection.cursor() as cursor:
        cursor.execute(READ)
        return list(cursor.fetchall())


def _execute(statement: str, parameters: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
