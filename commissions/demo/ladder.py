"""What tiers ask for, who stands where, and who holds one by hand; a month is evaluated as it ended."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from commissions.demo.partners import ADMIN, MANAGER, SECOND_MANAGER
from commissions.demo.timeline import MONTHS, at
from partners.models import Tier, TierCriterion
from partners.services.reviews import record_review
from partners.services.tiers.evaluation import evaluate_tiers
from partners.services.tiers.overrides import set_by_hand

if TYPE_CHECKING:
    from commissions.demo.people import Cast
    from commissions.demo.timeline import Timeline

CRITERIA = {
    "silver": {"sourced_mrr_12m": "1500", "won_12m": "5", "certified_people": "1"},
    "gold": {"sourced_mrr_12m": "3000", "won_12m": "10", "live_customers": "12", "certified_people": "2", "nrr": "70"},
    "platinum": {
        "sourced_mrr_12m": "7500",
        "won_12m": "16",
        "live_customers": "25",
        "certified_people": "3",
        "nrr": "90",
    },
}
"""Rates in per cent."""

REVIEWS = (
    ("aldervik", 8, "Two webinars on Backup before spring; Jere passes Security by January."),
    ("brenner-netz", 31, "Platinum at risk: two more certified people by the end of the year."),
    ("calder-finch", 24, "Win back two clinics; a joint case study in January."),
    ("wisla-systems", 46, "Renewals first: a call with each customer that ends this quarter."),
    ("rheinufer", 60, "Hire a second engineer for Security."),
    ("bursztyn", 12, "Ready for Gold; logo wall and a launch event."),
)
"""Partner, working days ago, and what was agreed."""

BY_HAND = (
    ("baltica", "gold", 12, "A distributor is judged by what its sub-partners sell."),
    ("gulf-meridian", "gold", 12, "A distributor is judged by what its sub-partners sell."),
    ("penhale", "gold", 4, "Carries our campaign in the south-west until spring."),
)
"""Who, which tier, for how many months, and why."""


def place_partners(timeline: Timeline, cast: Cast) -> None:
    """Write the criteria, the tiers by hand, and the evaluation of the last whole month, made as it ended."""
    tiers = {tier.code: tier for tier in Tier.objects.all()}
    TierCriterion.objects.bulk_create(
        TierCriterion(tier=tiers[code], figure=figure, at_least=Decimal(least))
        for code, figures in CRITERIA.items()
        for figure, least in figures.items()
    )
    first, admin = timeline.month(MONTHS), cast.colleague(ADMIN)
    for code, tier, months, reason in BY_HAND:
        set_by_hand(
            partner_id=cast.partners[code].pk,
            tier=tier,
            valid_from=first,
            valid_until=timeline.month(MONTHS + months),
            reason=reason,
            actor=admin,
            now=at(first, 0),
        )
    evaluate_tiers(as_of=first - timedelta(days=1), actor=admin, now=at(first, 0))


def review(timeline: Timeline, cast: Cast) -> None:
    """Hold the business reviews of the last half-year."""
    for code, back, summary in REVIEWS:
        record_review(
            partner=cast.partners[code],
            summary=summary,
            actor=cast.colleague(MANAGER if cast.partners[code].manager_email == MANAGER else SECOND_MANAGER),
            now=at(timeline.working_day(back), 15),
        )
