"""Joint plans of the tests: drafted, proposed and agreed through the services, as people do it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from partners.services.plans.agreeing import agree_plan
from partners.services.plans.drafting import Content, PlannedAction, begin_plan, propose_plan, write_plan
from partners.services.reviews import prepare_review, record_review

if TYPE_CHECKING:
    from partners.models import BusinessReview, Partner, PlanVersion
    from tests.cast import Cast

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TARGETS = {("certified_people", quarter): Decimal(number) for quarter, number in ((1, 1), (2, 2), (3, 2), (4, 3))}
ACTIONS = (
    PlannedAction("Train two engineers", "partner", "Sanna Rinne", date(2026, 9, 30)),
    PlannedAction("Give a seminar", "vendor", "Anna Kowal", date(2026, 12, 15)),
)
CONTENT = Content("Grow backup in Finland", TARGETS, ACTIONS)


def make_draft(
    cast: Cast, partner: Partner | None = None, *, begins_on: date = date(2026, 1, 1), content: Content = CONTENT
) -> PlanVersion:
    """Make a plan that is being drafted."""
    manager = cast.actor("manager")
    begun = begin_plan(partner_id=(partner or cast.partner).pk, begins_on=begins_on, actor=manager, now=NOW)
    return write_plan(version_id=begun.pk, edits=begun.edits, content=content, actor=manager, now=NOW)


def make_proposed(
    cast: Cast, partner: Partner | None = None, *, begins_on: date = date(2026, 1, 1), content: Content = CONTENT
) -> PlanVersion:
    """Make a plan that waits for agreement."""
    draft = make_draft(cast, partner, begins_on=begins_on, content=content)
    return propose_plan(version_id=draft.pk, edits=draft.edits, actor=cast.actor("manager"), now=NOW)


def make_held(cast: Cast, *, day: date, summary: str = "Two seminars") -> BusinessReview:
    """Hold a review with Northwind on a day that is past."""
    manager = cast.actor("manager")
    row = prepare_review(partner_id=cast.partner.pk, day=day, agenda="Backup", actor=manager, now=NOW)
    return record_review(partner=cast.partner, summary=summary, actor=manager, now=NOW, review_id=row.pk)


def make_agreed(cast: Cast, *, begins_on: date = date(2026, 1, 1), content: Content = CONTENT) -> PlanVersion:
    """Make a plan to which Northwind's owner has agreed."""
    proposed = make_proposed(cast, begins_on=begins_on, content=content)
    return agree_plan(version_id=proposed.pk, edits=proposed.edits, actor=cast.actor("owner"), now=NOW)
