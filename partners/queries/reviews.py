"""Reads of business reviews, and what the page of one puts together as of its day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partners.models import BusinessReview
from partners.queries.plans import plan_of_day, plans_of, rows_of, targets_of
from prm import metrics
from prm.metrics import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from partners.models import PlanVersion
    from partners.queries.plans import Row
    from prm.actors import Actor
    from prm.metrics import Metric, Value

FIGURES = (
    "sourced_mrr", "live_customers", "nrr", "won_12m", "win_rate", "sales_cycle", "certified_people", "psat",
)  # fmt: skip
"""What a review speaks about first, those of them that the program counts."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure on the day of the review, and on that of the review before where there was one."""

    metric: Metric
    value: Value
    before: Value | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a review shows: figures as of ``as_of``, those of ``since`` beside them, targets of the plan in force."""

    review: BusinessReview
    as_of: date
    since: date | None
    figures: tuple[Moved, ...]
    version: PlanVersion | None
    rows: tuple[Row, ...]


def reviews_of(*, actor: Actor, partner_id: int) -> Sequence[BusinessReview]:
    """Return the reviews of a partner that ``actor`` sees, the newest first. One query."""
    rows = BusinessReview.objects.visible_to(actor).filter(partner_id=partner_id)
    return list(rows.select_related("partner").order_by("-day"))


def review_before(review: BusinessReview) -> BusinessReview | None:
    """Return the last review that was held before one. One query."""
    rows = BusinessReview.objects.filter(partner=review.partner_id, day__lt=review.day, held_at__isnull=False)
    return rows.order_by("-day").first()


def prepared(review: BusinessReview, *, actor: Actor, today: date) -> Prepared:
    """Return what the page of a review shows: as of its day, or today where that lies ahead.

    Four queries and those of the figures, whatever the number of partners and deals.
    """
    as_of, last = min(review.day, today), review_before(review)
    days = [as_of] if last is None else [last.day, as_of]
    page = plan_of_day(plans_of(actor=actor, partner_id=review.partner_id), as_of)
    version = page.current if page is not None else None
    known = {metric.code: metric for metric in metrics.metrics_for(actor)}
    scope = Scope(as_of=as_of, partner_id=review.partner_id)
    with metrics.together():
        figures = []
        for code in FIGURES:
            if code in known:
                values = metrics.series_of(code, scope, days, actor)
                figures.append(Moved(known[code], values[-1], values[0] if last is not None else None))
        rows = rows_of(version, targets_of(version), actor=actor, today=as_of) if version is not None else []
    return Prepared(review, as_of, last.day if last is not None else None, tuple(figures), version, tuple(rows))
