"""Whom a rule matches on a day, and which other rule pays there: counts, no amounts.

What the change would cost is the engine's to say (``services.simulation``); this says where it would be felt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.kinds import Kind
from commissions.queries.rule_relations import rules_with_names, shape_of

if TYPE_CHECKING:
    from commissions.models import Rule

ONE_OFF = (Kind.UPFRONT, Kind.SPIFF, Kind.ACCELERATOR)
"""Kinds that look at a customer's first day: the customers that started in the year before stand for those to come."""


@dataclass(frozen=True, slots=True)
class ReachPart:
    """Where ``rule`` (None: no other rule) pays today; ``takes_over`` when the rule in question would pay instead."""

    rule: Rule | None
    takes_over: bool
    partners: int
    subscriptions: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a rule matches on ``day``: distinct partners and subscriptions, and who pays there now."""

    day: date
    is_one_off: bool
    partners: int
    subscriptions: int
    parts: tuple[ReachPart, ...]


MATCHED = """
-- Credited partners (for overrides their parents) whose plan, tier, role, product, currency and customer month the
-- rule matches on the day, each with the most specific other rule that matches the same case.
WITH one AS (
    SELECT s.id, s.currency, s.product_id, p.family_id, s.started_on,
           CASE WHEN %(one_off)s THEN s.started_on ELSE %(day)s::date END AS on_day,
           CASE WHEN %(one_off)s THEN 1
                ELSE 12 * (extract(year FROM %(day)s::date) - extract(year FROM s.started_on))
                     + extract(month FROM %(day)s::date) - extract(month FROM s.started_on) + 1 END::int AS age
    FROM deals_subscription s JOIN deals_product p ON p.id = s.product_id
    WHERE (%(product)s = 0 OR s.product_id = %(product)s) AND (%(family)s = 0 OR p.family_id = %(family)s)
      AND (%(currency)s = '' OR s.currency = %(currency)s) AND s.started_on <= %(day)s
      AND (NOT %(one_off)s OR s.started_on > %(day)s::date - interval '1 year')
), matched AS (
    SELECT o.*, payee.partner_id, c.role, held.plan_id, t.tier_id
    FROM one o
    CROSS JOIN LATERAL (SELECT m.mrr FROM deals_mrrchange m
                        WHERE m.subscription_id = o.id AND m.effective_on <= o.on_day
                        ORDER BY m.effective_on DESC LIMIT 1) l
    JOIN deals_credit c ON c.subscription_id = o.id AND c.share > 0 AND c.valid @> o.on_day
    LEFT JOIN partners_parentassignment a ON %(override)s AND a.partner_id = c.partner_id AND a.valid @> o.on_day
    CROSS JOIN LATERAL (SELECT CASE WHEN %(override)s THEN a.parent_id ELSE c.partner_id END AS partner_id) payee
    LEFT JOIN commissions_planassignment pa ON pa.partner_id = payee.partner_id AND pa.valid @> o.on_day
    LEFT JOIN commissions_plan dp ON dp.is_default AND pa.plan_id IS NULL
    CROSS JOIN LATERAL (SELECT coalesce(pa.plan_id, dp.id) AS plan_id) held
    LEFT JOIN partners_tierassignment t ON t.partner_id = payee.partner_id AND t.valid @> o.on_day
    WHERE l.mrr > 0 AND held.plan_id = %(plan)s AND payee.partner_id IS NOT NULL
      AND (NOT %(override)s OR c.role = 'sourced') AND (%(kind)s <> 'accelerator' OR c.role = 'sourced')
      AND (%(kind)s <> 'renewal' OR o.age > 12)
      AND (%(tier)s = 0 OR t.tier_id = %(tier)s) AND (%(role)s = '' OR c.role = %(role)s)
      AND o.age >= %(age_from)s AND (%(age_until)s::int IS NULL OR o.age < %(age_until)s)
)
SELECT other.id, other.rank IS NULL OR other.rank < %(rank)s::int[], count(DISTINCT m.partner_id), count(DISTINCT m.id)
FROM matched m
LEFT JOIN LATERAL (
    SELECT r.id, ARRAY[CASE WHEN r.product_id IS NOT NULL THEN 2 WHEN r.family_id IS NOT NULL THEN 1 ELSE 0 END,
                       (r.tier_id IS NOT NULL)::int, (r.role <> '')::int, (r.currency <> '')::int] AS rank
    FROM commissions_rule r
    WHERE r.plan_id = %(plan)s AND r.kind = %(kind)s AND r.kind <> 'accelerator' AND r.retired_at IS NULL
      AND r.id <> ALL(%(without)s) AND r.valid @> %(day)s::date AND r.ages @> m.age
      AND coalesce(r.product_id, m.product_id) = m.product_id AND coalesce(r.family_id, m.family_id) = m.family_id
      AND (r.tier_id IS NULL OR r.tier_id = m.tier_id) AND r.role IN ('', m.role) AND r.currency IN ('', m.currency)
    ORDER BY rank DESC LIMIT 1
) other ON true
GROUP BY GROUPING SETS ((1, 2), ())
ORDER BY 2 DESC, 4 DESC, 1 NULLS LAST
"""


def reach_of(rule: Rule, *, on: date, instead_of: int | None = None) -> Reach | None:
    """Return whom the rule would match on the first day from ``on`` on which it holds; None when it holds on none.

    ``instead_of`` is the version that it replaces, which counts as gone. Two queries.
    """
    day = _day_of(rule, on)
    if day is None:
        return None
    shape = shape_of(rule)
    one_off = rule.kind in ONE_OFF
    values: dict[str, Any] = {
        **{name: getattr(shape, name) for name in ("plan", "kind", "product", "family", "tier", "role", "currency")},
        "age_from": shape.age_from,
        "age_until": shape.age_until,
        "rank": [int(part) for part in shape.specificity],
        "override": rule.kind == Kind.OVERRIDE,
        "one_off": one_off,
        "day": day,
        "without": [pk for pk in (instead_of, rule.pk) if pk],
    }
    with connection.cursor() as cursor:
        cursor.execute(MATCHED, values)
        *rows, total = sorted(cursor.fetchall(), key=_total_last)
    rules = rules_with_names().in_bulk([row[0] for row in rows if row[0] is not None])
    parts = tuple(ReachPart(rules.get(row[0]), row[1], row[2], row[3]) for row in rows)
    return Reach(day=day, is_one_off=one_off, partners=total[2], subscriptions=total[3], parts=parts)


def _total_last(row: tuple[Any, ...]) -> bool:
    """Only the sum over all has no answer in the second column."""
    return row[1] is None


def _day_of(rule: Rule, on: date) -> date | None:
    if rule.valid_from is not None and rule.valid_from == rule.valid_until:
        return None
    day = max(on, rule.valid_from) if rule.valid_from else on
    return day if rule.valid_until is None or day < rule.valid_until else rule.valid_until - timedelta(days=1)
