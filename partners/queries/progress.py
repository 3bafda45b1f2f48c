"""Where a partner stands towards its tiers: each criterion, the figure of today, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partners.models import TierEvaluation, TierOverride
from partners.policy.tiers import Check, Warned, checks_of, computed_on, earliest_demotion, next_above, tier_on
from partners.queries.tiers import figures_of, places_of, tiers_and_rungs, unknown_figures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from django.db.models import QuerySet

    from partners.models import Tier
    from partners.policy.tiers import Figure, Rung
    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Progress:
    """``held`` is the tier of today, ``next`` the one above the computed tier, each with its criteria.

    ``names`` are those of all tiers by code, the lowest first.
    """

    held: Tier | None
    computed: Tier | None
    next: Tier | None
    held_checks: tuple[Check, ...]
    next_checks: tuple[Check, ...]
    warning: Warned | None
    review: date | None
    by_hand_until: date | None
    names: Mapping[str, str]

    @property
    def failing(self) -> list[Check]:
        """Return the criteria of the computed tier that do not hold."""
        return [check for check in self.held_checks if check.holds is False]

    @property
    def missing(self) -> list[Check]:
        """Return what is missing for the next tier."""
        return [check for check in self.next_checks if check.holds is False]


def progress_of(*, partner_id: int, on: date, review_month: int) -> Progress:
    """Return where a partner stands on a day. Two queries and those of the figures."""
    known = tiers_and_rungs()
    rungs, tiers = tuple(rung for _tier, rung in known), {tier.code: tier for tier, _rung in known}
    place = places_of([partner_id], after=on)[partner_id]
    held, computed = tier_on(place.rows, on), computed_on(place.rows, place.overrides, on)
    below = next((rung for rung in rungs if rung.code == computed), None)
    above = next_above(rungs, computed)
    wanted = [rung for rung in (below, above) if rung is not None and not unknown_figures([rung])]
    figures = figures_of(wanted, [partner_id], as_of=on)[partner_id]
    by_hand = next((one for one in place.overrides if one.covers(on)), None)
    warning = place.warning if place.warning and place.warning.tier == computed else None
    return Progress(
        held=tiers.get(held or ""),
        computed=tiers.get(computed or ""),
        next=tiers[above.code] if above else None,
        held_checks=_checks(below, wanted, figures),
        next_checks=_checks(above, wanted, figures),
        warning=warning,
        review=earliest_demotion(warning.on, month=review_month) if warning else None,
        by_hand_until=by_hand.end if by_hand else None,
        names={code: tier.name for code, tier in tiers.items()},
    )


def _checks(rung: Rung | None, known: list[Rung], figures: Mapping[str, Figure]) -> tuple[Check, ...]:
    return checks_of(rung, figures) if rung is not None and rung in known else ()


def evaluations_of(actor: Actor, *, partner_id: int) -> QuerySet[TierEvaluation]:
    """Return what evaluations found about a partner, the newest first."""
    rows = TierEvaluation.objects.visible_to(actor).filter(partner_id=partner_id).select_related("run")
    return rows.order_by("-run__as_of")


def overrides_of(actor: Actor, *, partner_id: int) -> QuerySet[TierOverride]:
    """Return a partner's tiers by hand, the newest first; voided ones held on no day."""
    rows = TierOverride.objects.visible_to(actor).filter(partner_id=partner_id).select_related("tier")
    return rows.exclude(valid__isempty=True).order_by("-valid_from")
