"""Why a run's sum differs from that of the month before: every cent of the difference has exactly one cause."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from commissions.models import Run

CAUSES = (
    "new",
    "began",
    "upgrade",
    "full_month",
    "one_off",
    "tier",
    "rate",
    "age",
    "share",
    "downgrade",
    "part_month",
    "stopped",
    "ended",
    "one_off_past",
    "clawback",
    "true_up",
    "true_up_past",
    "catch_up",
    "catch_up_past",
    "other",
)
"""Every cause, in the order in which a page lists them."""

CHANGES = """
WITH now AS (
    -- What this run posts, with the terms that an explanation of a change needs.
    SELECT e.partner_id, e.subscription_id, e.kind, e.currency, e.amount, e.is_true_up, e.earned_period,
           commissions_working(e) AS working,
           e.earned_period = %(period)s AS is_own_month
    FROM commissions_entry e WHERE e.run_id = %(run)s
), was AS (
    -- What the approved runs of the month before have posted; more than one when it was run again.
    SELECT e.partner_id, e.subscription_id, e.kind, e.currency, sum(e.amount) AS amount, e.is_true_up,
           (array_agg(commissions_working(e) ORDER BY e.run_id DESC))[1] AS working,
           e.earned_period = %(before)s AS is_own_month
    FROM commissions_entry e
    WHERE e.run_id IN (SELECT r.id FROM commissions_run r WHERE r.status = 'approved' AND r.period = %(before)s)
    GROUP BY e.partner_id, e.subscription_id, e.kind, e.currency, e.is_true_up, e.earned_period
), pair AS (
    -- Each customer month beside the one before. A full join, on keys of which each side has one.
    SELECT coalesce(n.partner_id, w.partner_id) AS partner_id,
           coalesce(n.subscription_id, w.subscription_id) AS subscription_id,
           coalesce(n.kind, w.kind) AS kind, coalesce(n.currency, w.currency) AS currency,
           coalesce(n.amount, 0) - coalesce(w.amount, 0) AS change, coalesce(n.amount, 0) AS posted,
           n.partner_id IS NOT NULL AS is_now, w.partner_id IS NOT NULL AS was_before,
           n.working AS new, w.working AS old
    FROM (SELECT * FROM now WHERE NOT is_true_up AND is_own_month) n
    FULL JOIN (SELECT * FROM was WHERE NOT is_true_up AND is_own_month) w
        ON (n.partner_id, n.kind, n.currency) = (w.partner_id, w.kind, w.currency)
        AND coalesce(n.subscription_id, 0) = coalesce(w.subscription_id, 0)  -- equality, so that it can be hashed
), measured AS (
    SELECT p.*, p.kind IN ('recurring', 'override') AS is_monthly,
           date_trunc('month', s.started_on) > coalesce(%(before)s, '-infinity'::date) AS is_new,
           coalesce(l.mrr, 0) = 0 AS has_ended,
           jsonb_path_query_array(p.new, '$.parts[*].rate') AS new_rates,
           jsonb_path_query_array(p.old, '$.parts[*].rate') AS old_rates,
           rn.age_from AS new_age_from, ro.age_from AS old_age_from,
           a.mrr AS new_mrr, b.mrr AS old_mrr, a.share AS new_share, b.share AS old_share,
           a.part AS new_part, b.part AS old_part
    FROM pair p
    LEFT JOIN deals_subscription s ON s.id = p.subscription_id
    LEFT JOIN commissions_rule rn ON rn.id = (p.new #>> '{parts,0,rule}')::bigint
    LEFT JOIN commissions_rule ro ON ro.id = (p.old #>> '{parts,0,rule}')::bigint
    LEFT JOIN LATERAL (
        SELECT m.mrr FROM deals_mrrchange m
        WHERE m.subscription_id = p.subscription_id AND m.effective_on < %(end)s
        ORDER BY m.effective_on DESC LIMIT 1
    ) l ON true
    CROSS JOIN LATERAL ({new_terms}) a
    CROSS JOIN LATERAL ({old_terms}) b
    WHERE p.change <> 0
), caused AS (
    SELECT partner_id, subscription_id, currency, change, posted,
           CASE
               WHEN NOT was_before AND is_new THEN 'new'
               WHEN NOT was_before AND is_monthly THEN 'began'
               WHEN NOT is_now AND NOT is_monthly THEN 'one_off_past'
               WHEN NOT is_monthly THEN 'one_off'
               WHEN has_ended THEN 'ended'
               WHEN NOT is_now THEN 'stopped'
               WHEN new_rates <> old_rates AND new ->> 'tier' IS DISTINCT FROM old ->> 'tier' THEN 'tier'
               WHEN new_rates <> old_rates AND new_age_from > old_age_from THEN 'age'
               WHEN new_rates <> old_rates THEN 'rate'
               WHEN new_mrr > old_mrr THEN 'upgrade'
               WHEN new_mrr < old_mrr THEN 'downgrade'
               WHEN new_share <> old_share THEN 'share'
               WHEN new_part > old_part THEN 'full_month'
               WHEN new_part < old_part THEN 'part_month'
               ELSE 'other'
           END AS cause
    FROM measured
    UNION ALL
    SELECT partner_id, subscription_id, currency, change, posted, 'same' FROM pair WHERE change = 0
    UNION ALL
    SELECT partner_id, subscription_id, currency, amount, amount,
           CASE WHEN working ? 'clawback' THEN 'clawback' ELSE 'true_up' END
    FROM now WHERE is_true_up
    UNION ALL
    SELECT partner_id, subscription_id, currency, -amount, 0, 'true_up_past' FROM was WHERE is_true_up
    UNION ALL
    SELECT partner_id, subscription_id, currency, amount, amount, 'catch_up'
    FROM now WHERE NOT is_true_up AND NOT is_own_month
    UNION ALL
    SELECT partner_id, subscription_id, currency, -amount, 0, 'catch_up_past'
    FROM was WHERE NOT is_true_up AND NOT is_own_month
)
SELECT partner_id, (SELECT p.name FROM partners_partner p WHERE p.id = partner_id), currency, cause, sum(change),
       sum(posted), count(DISTINCT subscription_id), count(DISTINCT partner_id)
FROM caused
GROUP BY GROUPING SETS ((currency, cause), (partner_id, currency, cause))
"""

TERMS = """
        -- Mean MRR and share of the credited days, and the part of the month that they are.
        SELECT sum((t ->> 'mrr')::numeric * (t ->> 'days')::int) / nullif(sum((t ->> 'days')::int), 0) AS mrr,
               sum((t ->> 'share')::numeric * (t ->> 'days')::int) / nullif(sum((t ->> 'days')::int), 0) AS share,
               sum((t ->> 'days')::int) / nullif(({working} ->> 'days_in_month')::numeric, 0) AS part
        FROM jsonb_path_query({working}, '$.parts[*].stretches[*]') t
"""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of a change, in one currency: how much, through how many subscriptions and partners."""

    code: str
    amount: Decimal
    subscriptions: int
    partners: int


@dataclass(frozen=True, slots=True)
class PartnerChange:
    """What changed for one partner in one currency, largest cause first; the causes add up to ``amount``.

    ``posted`` is what the run posts; ``before`` what the month before had.
    """

    partner_id: int
    partner: str
    currency: str
    amount: Decimal
    posted: Decimal
    causes: tuple[Cause, ...]

    @property
    def before(self) -> Decimal:
        """What the month before had."""
        return self.posted - self.amount


@dataclass(frozen=True, slots=True)
class CurrencyChange:
    """The same for a whole currency, causes in the order of a page: growth, then fall."""

    currency: str
    amount: Decimal
    posted: Decimal
    causes: tuple[Cause, ...]

    @property
    def before(self) -> Decimal:
        """What the month before had."""
        return self.posted - self.amount


@dataclass(frozen=True, slots=True)
class Changes:
    """A run against the month before. ``before`` is that month; empty when there is none to compare with."""

    before: date | None
    by_currency: dict[str, CurrencyChange]
    by_partner: tuple[PartnerChange, ...]


def month_before(run: Run) -> date | None:
    """Return the month to compare with: that of the approved run on which this one is based.

    A month that is run again posts differences only: it is compared with nothing.
    """
    return run.based_on.period if run.based_on is not None and run.based_on.period < run.period else None


def changes_of(run: Run) -> Changes:
    """Return the causes of the difference between ``run`` and the month before it."""
    before = month_before(run)
    statement = CHANGES.replace("{new_terms}", TERMS.replace("{working}", "p.new")).replace(
        "{old_terms}", TERMS.replace("{working}", "p.old")
    )
    end = (run.period + timedelta(days=32)).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"run": run.pk, "period": run.period, "before": before, "end": end})
        rows = [_Row(*row) for row in cursor.fetchall()]
    by_currency: dict[str, list[_Row]] = defaultdict(list)
    by_partner: dict[tuple[int, str], list[_Row]] = defaultdict(list)
    for row in rows:
        if row.partner_id is None:
            by_currency[row.currency].append(row)
        else:
            by_partner[row.partner_id, row.currency].append(row)
    return Changes(
        before=before,
        by_currency={currency: _currency_change(by_currency[currency]) for currency in sorted(by_currency)},
        by_partner=tuple(sorted(map(_partner_change, by_partner.values()), key=_largest_first)),
    )


class _Row(NamedTuple):
    """One row of the statement; without a partner it is a currency's."""

    partner_id: int | None
    partner: str | None
    currency: str
    cause: str
    change: Decimal
    posted: Decimal
    subscriptions: int
    partners: int


def _causes(rows: Iterable[_Row]) -> list[Cause]:
    """Leave out what cancels out or stayed the same."""
    return [Cause(row.cause, row.change, row.subscriptions, row.partners) for row in rows if row.change]


def _currency_change(rows: list[_Row]) -> CurrencyChange:
    causes = sorted(_causes(rows), key=lambda cause: (cause.amount < 0, CAUSES.index(cause.code)))
    return CurrencyChange(
        currency=rows[0].currency,
        amount=sum((row.change for row in rows), Decimal(0)),
        posted=sum((row.posted for row in rows), Decimal(0)),
        causes=tuple(causes),
    )


def _partner_change(rows: list[_Row]) -> PartnerChange:
    return PartnerChange(
        partner_id=rows[0].partner_id or 0,
        partner=rows[0].partner or "",
        currency=rows[0].currency,
        amount=sum((row.change for row in rows), Decimal(0)),
        posted=sum((row.posted for row in rows), Decimal(0)),
        causes=tuple(sorted(_causes(rows), key=lambda cause: -abs(cause.amount))),
    )


def _largest_first(change: PartnerChange) -> tuple[Decimal, str, str]:
    return (-abs(change.amount), change.partner, change.currency)
