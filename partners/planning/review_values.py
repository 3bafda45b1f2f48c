"""What the page of a business review prints, in the console and in the portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.planning.values import action_of, figure_values, sides_of
from partners.queries.plan_words import period_of
from partners.queries.plans import open_actions
from partners.queries.progress import progress_of
from partners.queries.reviews import prepared
from partners.queries.tier_lines import criterion_lines
from prm import formats
from prm.metrics import Unit
from prm.metrics.writing import interval_words, plain, words_of
from prm.ui.states import State, register_states

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from partners.models import BusinessReview
    from partners.queries.reviews import Moved
    from prm.actors import Actor
    from prm.models import Program
    from prm.ui.states import Words

STATES = {
    "prepared": State(
        gettext_lazy("Prepared"), "neutral", "edit", gettext_lazy("The partner sees it once it is shared, or held.")
    ),
    "shared": State(gettext_lazy("Shared"), "info", "people", gettext_lazy("The partner's owners see it.")),
    "held": State(gettext_lazy("Held"), "ok", "check", gettext_lazy("It is kept as it was recorded.")),
}


@dataclass(frozen=True, slots=True)
class ReviewOf:
    """What other apps need to know to add a part to a review: whose it is, and as of which day."""

    partner_id: int
    as_of: date


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure of a review with its n, and how it moved since the review before."""

    name: Words
    definition: Words
    words: str
    exact: str
    n: int
    interval: str
    undefined: Words
    before: str
    change: str
    icon: str


def register() -> None:
    """Name the states of a review; called when the app is ready."""
    register_states("review", STATES)


def state_of(review: BusinessReview) -> str:
    """Return the state of a review."""
    if review.held_at is not None:
        return "held"
    return "shared" if review.shared_at is not None else "prepared"


def review_values(review: BusinessReview, *, actor: Actor, program: Program, today: date) -> dict[str, object]:
    """Return what the page of a review shows."""
    found = prepared(review, actor=actor, today=today)
    sides = sides_of(review.partner, program)
    actions = list(open_actions(actor=actor, partner_id=review.partner_id, on=found.as_of))
    shown = [(one.review_id == review.pk, action_of(one, sides, actor=actor, today=today)) for one in actions]
    progress = progress_of(partner_id=review.partner_id, on=found.as_of, review_month=program.tier_review_month)
    version = found.version
    values: dict[str, object] = {
        "review": review,
        "state_code": state_of(review),
        "subject": ReviewOf(review.partner_id, found.as_of),
        "as_of": found.as_of,
        "since": found.since,
        "figures": [_shown(one) for one in found.figures],
        "version": version,
        "carried": [one for is_new, one in shown if not is_new],
        "agreed": [one for is_new, one in shown if is_new],
        "tier": progress,
        "held_lines": criterion_lines(progress.held_checks, program),
        "next_lines": criterion_lines(progress.next_checks, program),
    }
    if version is not None:
        values |= figure_values(version, found.rows, today=found.as_of) | {"period": period_of(version.plan)}
    return values


def _shown(moved: Moved) -> ShownFigure:
    metric, value, before = moved.metric, moved.value, moved.before
    was = before.value if before is not None else None
    change, icon = _change(value.value, was, metric.unit, value.currency)
    return ShownFigure(
        name=metric.name,
        definition=metric.definition,
        words=words_of(value.value, metric.unit, value.currency),
        exact=plain(value.value),
        n=value.n,
        interval=interval_words(value, metric.unit),
        undefined=value.undefined if value.value is None else "",
        before=words_of(was, metric.unit, value.currency) if was is not None else "",
        change=change,
        icon=icon,
    )


def _change(now: Decimal | None, was: Decimal | None, unit: Unit, currency: str) -> tuple[str, str]:
    """Return how a figure moved, in words and with an arrow; nothing where one of the two is not defined."""
    if now is None or was is None:
        return "", ""
    moved = now - was
    if not moved:
        return _("unchanged"), ""
    icon = "up" if moved > 0 else "down"
    if unit is Unit.RATIO:
        points = formats.number(moved * 100, places=1, signed=True)
        return _("%(points)s percentage points") % {"points": points}, icon
    if unit is Unit.MONEY and currency:
        return formats.money(moved, currency, signed=True), icon
    return formats.number(moved, signed=True), icon
