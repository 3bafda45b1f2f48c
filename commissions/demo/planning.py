"""Joint plans and the reviews to come: one plan both sides agreed on, one that waits, and a review that was shared."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from commissions.demo.partners import MANAGER
from commissions.demo.timeline import MONTHS, at
from partners.services.plans.agreeing import agree_plan
from partners.services.plans.drafting import Content, PlannedAction, begin_plan, write_and_propose
from partners.services.reviews import prepare_review, share_review

if TYPE_CHECKING:
    from commissions.demo.people import Cast
    from commissions.demo.timeline import Timeline
    from partners.models import PlanVersion

AGREED, WAITING = "aldervik", "brenner-netz"
TARGETS = {
    AGREED: {"sourced_mrr": (7000, 7800, 8600, 9500), "certified_people": (2, 3, 3, 4)},
    WAITING: {"sourced_mrr": (19000, 20000, 21000, 22000), "certified_people": (2, 3, 3, 3)},
}
AIMS = {
    AGREED: "Reach Platinum within the year: more customers for Backup, and a third certified person.",
    WAITING: "Keep Platinum: certify two more people before the review, win two customers for Connectivity.",
}


def plan_ahead(timeline: Timeline, cast: Cast) -> None:
    """Write the plans and the review through the services that serve the pages."""
    agreed_on = at(timeline.working_day_of(MONTHS - 2, 4), 10)
    version = _propose(timeline, cast, AGREED, first=MONTHS - 2)
    agree_plan(version_id=version.pk, edits=version.edits, actor=cast.actor(AGREED, "owner"), now=agreed_on)
    _propose(timeline, cast, WAITING, first=MONTHS)
    row = prepare_review(
        partner_id=cast.partners[AGREED].pk,
        day=timeline.today + timedelta(days=12),
        agenda="Pipeline for spring\nWho passes Security next\nThe joint webinar on Backup",
        actor=cast.colleague(MANAGER),
        now=at(timeline.working_day(2), 14),
    )
    share_review(review_id=row.pk, actor=cast.colleague(MANAGER), now=at(timeline.working_day(2), 15))


def _propose(timeline: Timeline, cast: Cast, code: str, *, first: int) -> PlanVersion:
    begun = at(timeline.month(first), 0)
    manager = cast.colleague(MANAGER)
    draft = begin_plan(partner_id=cast.partners[code].pk, begins_on=timeline.month(first), actor=manager, now=begun)
    content = Content(
        aims=AIMS[code],
        targets={
            (figure, quarter): Decimal(amount)
            for figure, amounts in TARGETS[code].items()
            for quarter, amount in enumerate(amounts, start=1)
        },
        actions=(
            PlannedAction("Hold a webinar on Backup together", "vendor", "Anna Kowal", timeline.month(first + 4)),
            PlannedAction("Send one more engineer to Security", "partner", cast.staff[code, "owner"].name,
                          timeline.month(first + 3)),
        ),
    )  # fmt: skip
    return write_and_propose(version_id=draft.pk, edits=draft.edits, content=content, actor=manager, now=begun)
