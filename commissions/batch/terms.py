"""What a computation is told: the months it looks at and what it finds out once, before it starts with any range."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection

from commissions.batch.window import BEGINNING, window_of
from commissions.kinds import KIND_ORDER, Kind
from prm.months import add_months

if TYPE_CHECKING:
    from commissions.batch.window import Window

WARNING_EXAMPLES = 200
TRUE_UP_MONTHS_DEFAULT = 12
NEVER = date(9999, 12, 1)

PROGRAM = """
-- The program's own terms, the last approved run and all approved ones, and from which month on everything changed.
SELECT (SELECT first_period FROM prm_program WHERE id = 1),
       (SELECT max(true_up_months) FROM commissions_plan),
       (SELECT max(period) FROM commissions_run WHERE status = 'approved'),
       coalesce((SELECT array_agg(id ORDER BY id) FROM commissions_run WHERE status = 'approved'), '{}'),
       (SELECT id FROM commissions_plan WHERE is_default),
       EXISTS (SELECT FROM commissions_plan WHERE basis = 'collected'),
       EXISTS (SELECT FROM commissions_plan WHERE cap_per_subscription IS NOT NULL),
       EXISTS (SELECT FROM commissions_adjustment WHERE settles AND withdrawn_at IS NULL)
"""

RULES = """
-- Which kinds some rule pays, and the days and customer months at which rules begin and end: between two of them the
-- same rules are in force.
SELECT coalesce((SELECT array_agg(DISTINCT kind) FROM commissions_rule WHERE retired_at IS NULL), '{}'),
       coalesce((SELECT array_agg(day ORDER BY day) FROM (
           SELECT valid_from AS day FROM commissions_rule WHERE retired_at IS NULL AND valid_from IS NOT NULL
           UNION SELECT valid_until FROM commissions_rule WHERE retired_at IS NULL AND valid_until IS NOT NULL
       ) d), '{}'),
       coalesce((SELECT array_agg(age ORDER BY age) FROM (
           SELECT age_from AS age FROM commissions_rule WHERE retired_at IS NULL
           UNION SELECT age_until FROM commissions_rule WHERE retired_at IS NULL AND age_until IS NOT NULL) a), '{}')
"""

MARKS = """
-- Whether anything changed for single subscriptions or partners, and from which month on everything did.
SELECT EXISTS (SELECT FROM commissions_changedfact
               WHERE (subscription_id IS NOT NULL OR partner_id IS NOT NULL) AND coalesce(from_month <= %s, true)),
       (SELECT min(coalesce(from_month, '0001-01-01')) FROM commissions_changedfact
        WHERE subscription_id IS NULL AND partner_id IS NULL)
"""

CAPPED_PARTNERS = """
-- Partners that were ever on a plan with a cap.
SELECT coalesce(array_agg(p.id), '{}')
FROM partners_partner p
WHERE EXISTS (SELECT FROM commissions_plan d WHERE d.is_default AND d.cap_per_subscription IS NOT NULL)
   OR EXISTS (SELECT FROM commissions_planassignment a JOIN commissions_plan pl ON pl.id = a.plan_id
              WHERE a.partner_id = p.id AND pl.cap_per_subscription IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What every range of one computation shares.

    ``full_from`` is the first month that is computed of all subscriptions, ``NEVER`` if there is none: then only what
    is marked as changed is computed. ``is_partial`` says whether earlier months are computed of what is marked.
    """

    window: Window
    full_from: date
    is_partial: bool
    approved: tuple[int, ...]
    default_plan: int | None
    has_collected: bool
    has_caps: bool
    has_settled: bool
    kinds: frozenset[str]
    rule_days: tuple[date, ...]
    rule_ages: tuple[int, ...]
    capped_partners: tuple[int, ...]

    @property
    def is_everything(self) -> bool:
        """Whether some month is computed of all subscriptions."""
        return self.full_from <= self.window.period

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to compute at all."""
        return not self.is_everything and not self.is_partial

    @property
    def reads_posted(self) -> bool:
        """Whether a month is computed for which something may have been posted or settled."""
        last = self.window.last_approved
        return self.has_settled or (last is not None and (self.is_partial or self.full_from <= last))

    def parameters(self, *, run_id: int, low: int, high: int) -> dict[str, Any]:
        """Return what the statements of one range are told: subscriptions with ``low`` <= id < ``high``."""
        window = self.window
        return {
            "run": run_id,
            "low": low,
            "high": high,
            "period": window.period,
            "month": 12 * window.period.year + window.period.month,
            "first": window.first,
            "opens": window.opens,
            "end": window.end,
            "last_approved": window.last_approved,
            "full_from": self.full_from,
            "computed_from": window.first if self.is_partial else self.full_from,
            "approved": list(self.approved),
            "default_plan": self.default_plan,
            "kinds": list(KIND_ORDER),
            "rule_days": list(self.rule_days),
            "rule_ages": list(self.rule_ages),
            "capped_partners": list(self.capped_partners),
            "examples": WARNING_EXAMPLES,
        }


def terms_of(*, period: date, full: bool = False, over_life: bool = False) -> Terms:
    """Read the terms of a computation of ``period`` in the snapshot of the present transaction.

    ``full`` computes every month of every subscription, whatever is marked; ``over_life`` does so with the window
    open to the beginning (to explain months outside it).
    """
    with connection.cursor() as cursor:
        cursor.execute(PROGRAM)
        first_period, true_up, last, approved, default_plan, has_collected, has_caps, has_settled = cursor.fetchone()
        cursor.execute(RULES)
        kinds, rule_days, rule_ages = cursor.fetchone()
        cursor.execute(MARKS, [period])
        is_marked, everything_from = cursor.fetchone()
        capped: list[int] = []
        if has_caps:
            cursor.execute(CAPPED_PARTNERS)
            capped = cursor.fetchone()[0]
    window = window_of(
        period=period,
        last_approved=last,
        first_period=first_period,
        true_up_months=TRUE_UP_MONTHS_DEFAULT if true_up is None else true_up,
    )
    if over_life:
        window = replace(window, opens=window.first)
    full_from = _full_from(window, everything_from, full=full, is_capped=has_caps)
    return Terms(
        window=window,
        full_from=full_from,
        is_partial=is_marked and full_from > window.first,
        approved=tuple(approved),
        default_plan=default_plan,
        has_collected=has_collected,
        has_caps=has_caps,
        has_settled=has_settled,
        kinds=frozenset(kinds) & frozenset(Kind.values),
        rule_days=tuple(rule_days),
        rule_ages=tuple(rule_ages),
        capped_partners=tuple(capped),
    )


def _full_from(window: Window, everything_from: date | None, *, full: bool, is_capped: bool) -> date:
    """Return the first month to compute of all subscriptions: after the last approved one, or where all changed.

    Under a cap one month takes from the next: what changes before the window is then computed over life.
    """
    if full or window.last_approved is None:
        return window.first
    following = max(add_months(window.last_approved, 1), window.first)
    if everything_from is None or everything_from > window.period:
        return following if following <= window.period else NEVER
    if is_capped and everything_from < window.opens:
        return window.first
    return min(max(everything_from, window.first), following)


__all__ = ["BEGINNING", "NEVER", "Terms", "terms_of"]
