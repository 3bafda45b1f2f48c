"""The console's board of tiers: who holds what, whom a warning or a tier by hand concerns, and the runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Q, Subquery

from partners.models import (
    Partner,
    Tier,
    TierAssignment,
    TierEvaluation,
    TierOverride,
    TierRun,
    TierWarning,
)
from partners.queries.tiers import EVALUATED

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor

WARNED, BY_HAND, MOVES = "warned", "by_hand", "moves"
"""What the board can be narrowed to beside a tier."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many partners hold a tier today."""

    code: str
    name: str
    count: int


def board(*, actor: Actor, on: date, tier: str = "", only: str = "") -> QuerySet[Partner]:
    """Return evaluated partners with ``tier_name``, ``next_tier``, ``next_on``, ``warned_on`` and ``by_hand_until``.

    ``next_tier`` is what was assigned from a later day on: the outcome of the last evaluation, or the end of a tier by
    hand. One query.
    """
    held = TierAssignment.objects.filter(partner=OuterRef("pk"), valid__contains=on)
    coming = TierAssignment.objects.filter(partner=OuterRef("pk"), valid_from__gt=on).exclude(valid__isempty=True)
    coming = coming.order_by("valid_from")
    stands = TierWarning.objects.filter(partner=OuterRef("pk"), withdrawn_on=None, carried_out_on=None)
    by_hand = TierOverride.objects.filter(partner=OuterRef("pk"), valid__contains=on)
    rows: QuerySet[Any] = Partner.objects.visible_to(actor).filter(status__in=EVALUATED)
    rows = rows.annotate(
        tier_code=Subquery(held.values("tier__code")[:1]),
        tier_name=Subquery(held.values("tier__name")[:1]),
        next_tier=Subquery(coming.values("tier__name")[:1]),
        next_on=Subquery(coming.values("valid_from")[:1]),
        warned_on=Subquery(stands.values("warned_on")[:1]),
        warned_of=Subquery(stands.values("tier__name")[:1]),
        by_hand_until=Subquery(by_hand.values("valid_until")[:1]),
    )
    wanted = {WARNED: "warned_on", BY_HAND: "by_hand_until", MOVES: "next_on"}.get(only)
    if tier:
        rows = rows.filter(tier_code=tier)
    if wanted:
        rows = rows.filter(**{f"{wanted}__isnull": False})
    found: QuerySet[Partner] = rows.order_by("name", "pk")
    return found


def standings(*, on: date) -> list[Standing]:
    """Return how many evaluated partners hold each tier, the highest first. One query."""
    held = Q(assignments__valid__contains=on, assignments__partner__status__in=EVALUATED)
    rows = Tier.objects.annotate(holders=Count("assignments__partner", filter=held, distinct=True)).order_by("-rank")
    return [Standing(tier.code, tier.name, tier.holders) for tier in rows]


def runs() -> QuerySet[TierRun]:
    """Return the evaluation runs with what they did, the newest first. One query."""
    return TierRun.objects.annotate(
        partners=Count("evaluations"),
        promoted=Count("evaluations", filter=Q(evaluations__move="promoted")),
        demoted=Count("evaluations", filter=Q(evaluations__move="demoted")),
        warned=Count("evaluations", filter=Q(evaluations__notice="given")),
    ).order_by("-as_of")


def lines_of(run: TierRun, *, actor: Actor) -> QuerySet[TierEvaluation]:
    """Return what a run found, moves first. One query."""
    rows = TierEvaluation.objects.visible_to(actor).filter(run=run).select_related("partner")
    return rows.order_by("-move", "-notice", "partner__name")
