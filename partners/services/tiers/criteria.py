"""Criteria and benefits of tiers: tried on paper, and put in force."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Tier, TierCriterion
from partners.policy.tiers import Criterion, Move, Rung, Warned, computed_on, decide
from partners.queries.tiers import as_figure, evaluated_partners, figures_of, places_of, unknown_figures
from partners.services.tiers.placing import take_turns
from prm import audit, estimates
from prm.actors import InternalRole
from prm.deadline import TooLongError, deadline
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from prm.actors import Actor
    from prm.estimates import TierCost

BENEFITS = ("protection_days", "live_cap", "auto_approve", "mdf_share")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a tier shall ask for (amounts by figure, rates in per cent) and give; benefits that are left out stay."""

    tier: str
    criteria: Mapping[str, Decimal]
    benefits: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mover:
    """A partner that would hold another tier."""

    code: str
    name: str
    held: str
    tier: str
    is_up: bool


@dataclass(frozen=True, slots=True)
class Simulation:
    """Who would move under other criteria, the partners that go up first, and what a month would cost then."""

    as_of: date
    partners: int
    movers: tuple[Mover, ...]
    period: date | None
    costs: tuple[TierCost, ...]


def simulate_criteria(*, wanted: Sequence[Wanted], actor: Actor, now: datetime) -> Simulation:
    """Return who would move by the figures of today if tiers asked for ``wanted``, and the cost in commission.

    As if warnings had been given long ago and today were a review: up to the highest tier that is reached, down one
    where a criterion fails. Changes nothing. Raises ``DomainError`` for an unknown figure and where it takes longer
    than ``SIMULATION_SECONDS``; ``NotAllowedError`` for anybody but administrators.
    """
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError
    rungs = _rungs(wanted)
    on = Program.current().day_of(now)
    try:
        with transaction.atomic(), deadline(settings.SIMULATION_SECONDS):
            moved, count = _moved(rungs, on=on)
    except TooLongError as stopped:
        raise DomainError(
            "simulation_too_long", _("This takes longer to compute than a page may take; nothing was changed.")
        ) from stopped
    priced = estimates.tier_cost(actor, {pk: tier for pk, (_held, tier) in moved.items()}, now)
    return Simulation(on, count, _movers(rungs, moved), *(priced or (None, ())))


def _rungs(wanted: Sequence[Wanted]) -> tuple[Rung, ...]:
    asked = {one.tier: one.criteria for one in wanted}
    rungs = tuple(
        Rung(
            tier.code,
            tier.rank,
            tuple(
                Criterion(figure, as_figure(figure, amount))
                for figure, amount in sorted(asked.get(tier.code, {}).items())
            ),
        )
        for tier in Tier.objects.order_by("rank")
    )
    if unknown := unknown_figures(rungs):
        raise DomainError("unknown_figure", _("No figure is called “%(name)s”.") % {"name": unknown[0]})
    return rungs


def _moved(rungs: Sequence[Rung], *, on: date) -> tuple[dict[int, tuple[str, str]], int]:
    """Return the partners that would move, with the tier computed today and the one they would come to."""
    ids = [pk for pk, _code in evaluated_partners()]
    figures, places = figures_of(rungs, ids, as_of=on), places_of(ids, after=on)
    moved = {}
    for pk in ids:
        held = computed_on(places[pk].rows, places[pk].overrides, on)
        warned = Warned(held, on.replace(year=on.year - 1, day=1)) if held else None
        found = decide(
            ladder=rungs, held=held, warning=warned, figures=figures[pk], on=on, effective=on, is_review=True
        )
        if found.move is not Move.KEPT:
            moved[pk] = (held or "", found.tier or "")
    return moved, len(ids)


def _movers(rungs: Sequence[Rung], moved: Mapping[int, tuple[str, str]]) -> tuple[Mover, ...]:
    rank, names = {rung.code: rung.rank for rung in rungs}, dict(Tier.objects.values_list("code", "name"))
    found = [
        Mover(
            partner.code,
            partner.name,
            names.get(moved[partner.pk][0], ""),
            names.get(moved[partner.pk][1], ""),
            is_up=rank.get(moved[partner.pk][1], 0) > rank.get(moved[partner.pk][0], 0),
        )
        for partner in Partner.objects.filter(pk__in=moved)
    ]
    return tuple(sorted(found, key=lambda mover: (not mover.is_up, mover.name.casefold())))


def set_criteria(*, wanted: Sequence[Wanted], actor: Actor, now: datetime) -> int:
    """Let tiers ask for and give what is wanted from the next evaluation on; return how many tiers changed.

    What partners hold does not change by it. Raises ``DomainError`` for an unknown figure, ``NotAllowedError`` for
    anybody but administrators.
    """
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError
    _rungs(wanted)
    changed = 0
    with transaction.atomic():
        take_turns()
        tiers = {tier.code: tier for tier in Tier.objects.select_for_update(no_key=True).order_by("pk")}
        for one in wanted:
            tier = tiers[one.tier]
            before = _told(tier)
            TierCriterion.objects.filter(tier=tier).exclude(figure__in=one.criteria).delete()
            for figure, amount in one.criteria.items():
                TierCriterion.objects.update_or_create(tier=tier, figure=figure, defaults={"at_least": amount})
            for name in set(BENEFITS) & set(one.benefits):
                setattr(tier, name, one.benefits[name])
            tier.save(update_fields=list(BENEFITS))
            tier.refresh_from_db()
            after = _told(tier)
            if before != after:
                changed += 1
                audit.record(
                    action="tier.changed", actor=actor, now=now, target=tier, data={"before": before, "after": after}
                )
    return changed


def _told(tier: Tier) -> dict[str, object]:
    asked = TierCriterion.objects.filter(tier=tier).order_by("figure").values_list("figure", "at_least")
    return {
        "criteria": {figure: f"{amount.normalize():f}" for figure, amount in asked},
        **{name: str(getattr(tier, name)) for name in BENEFITS},
    }
