"""The subscriptions, terms and customers behind a figure of MRR, from the facts, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from deals.queries.rollups.computing import facts_on
from partners.queries.selection import partners_of

if TYPE_CHECKING:
    from prm.metrics import Scope

MOST = 1_000
"""Rows shown; a figure of more says how many it rests on."""

CREDITED = """
SELECT s.external_id, a.name, a.public_id, q.name, p.currency, p.{now}, w.{share} * 100, p.{now} * w.{share}
FROM mrr_weight w
JOIN mrr_position p USING (subscription_id)
JOIN deals_subscription s ON s.id = p.subscription_id
JOIN deals_account a ON a.id = p.account_id
JOIN partners_partner q ON q.id = w.partner_id
WHERE w.role = %(role)s AND p.{now} * w.{share} > 0{where}{whose}
ORDER BY p.{now} * w.{share} DESC, s.external_id, q.name LIMIT %(most)s
"""

MOVED = """
SELECT s.external_id, a.name, a.public_id, q.name, p.currency, p.{then}, p.{now}, w.{share} * 100
FROM mrr_weight w
JOIN mrr_position p USING (subscription_id)
JOIN deals_subscription s ON s.id = p.subscription_id
JOIN deals_account a ON a.id = p.account_id
JOIN partners_partner q ON q.id = w.partner_id
WHERE w.role = 'sourced' AND p.{then} * w.{share} > 0{where}{whose}
ORDER BY p.{then} * w.{share} DESC, s.external_id, q.name LIMIT %(most)s
"""

WHOLE = """
SELECT s.external_id, a.name, a.public_id, q.name, p.currency, p.year_ago, p.month_ago, p.mrr
FROM mrr_position p
JOIN deals_subscription s ON s.id = p.subscription_id
JOIN deals_account a ON a.id = p.account_id
LEFT JOIN partners_partner q ON q.id = p.co_seller
WHERE p.mrr + p.month_ago + p.year_ago > 0{where}
ORDER BY p.mrr DESC, p.year_ago DESC, s.external_id LIMIT %(most)s
"""

CUSTOMERS = """
SELECT a.name, a.public_id, string_agg(q.name, ', ' ORDER BY q.name), sum(c.year_opening),
       coalesce(sum(c.year_closing), 0)
FROM mrr_customer c
JOIN deals_account a ON a.id = c.account_id
JOIN partners_partner q ON q.id = c.partner_id
WHERE (c.year_opening > 0 OR c.year_closing > 0){whose}
GROUP BY a.id HAVING sum(c.year_opening) > 0
ORDER BY 4 DESC, a.name, a.id LIMIT %(most)s
"""


def rows_behind(scope: Scope, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a statement about the work tables of the scope's day.

    ``{whose}`` narrows it to the scope's partners. ``{now}``, ``{then}``, ``{share}``, ``{where}`` are SQL of ours.
    """
    partners = None if scope.is_everyone else list(partners_of(scope).values_list("pk", flat=True))
    names = {name: parameters.pop(name, "") for name in ("now", "then", "share", "where")}
    whose = "" if partners is None else _whose(statement)
    with transaction.atomic(), connection.cursor() as cursor:
        given = facts_on(cursor, scope.as_of, partners=partners)
        cursor.execute(statement.format(whose=whose, **names), {**given, "most": MOST, **parameters})
        return list(cursor.fetchall())


def _whose(statement: str) -> str:
    return (
        " AND c.partner_id = ANY(%(partners)s)" if statement is CUSTOMERS else " AND w.partner_id = ANY(%(partners)s)"
    )
