"""Reads of tiers: the ladder, partners' figures for it, what they hold, and how they came to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import translation

from partners.models import Partner, PartnerStatus, Tier, TierAssignment, TierCriterion, TierOverride, TierWarning
from partners.policy.tiers import Criterion, Figure, Rung, Stretch, Warned
from prm import metrics
from prm.actors import RULE
from prm.metrics import Scope, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from prm.metrics import Value

EVALUATED = (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)
"""Partners whose tier is evaluated: who has not begun, or has ended, is not."""

FIGURES = ("sourced_mrr_12m", "live_customers", "won_12m", "certified_people", "nrr")
"""What the rules name as criteria; the editor offers these first."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a partner holds and will hold: assignments and overrides that end after a day, and a warning that stands."""

    rows: tuple[Stretch, ...] = ()
    overrides: tuple[Stretch, ...] = ()
    warning: Warned | None = None


@dataclass
class _Gathered:
    rows: list[Stretch] = field(default_factory=list)
    overrides: list[Stretch] = field(default_factory=list)
    warning: Warned | None = None


def ladder() -> tuple[Rung, ...]:
    """Return the tiers with their criteria, the lowest first. Two queries."""
    asked: defaultdict[int, list[Criterion]] = defaultdict(list)
    for row in TierCriterion.objects.order_by("figure"):
        asked[row.tier_id].append(Criterion(row.figure, as_figure(row.figure, row.at_least)))
    return tuple(Rung(tier.code, tier.rank, tuple(asked[tier.pk])) for tier in Tier.objects.order_by("rank"))


def as_figure(code: str, at_least: Decimal) -> Decimal:
    """Return what a criterion asks for in the unit of its figure: rates are written in per cent, and are fractions."""
    return at_least / 100 if is_rate(code) else at_least


def is_rate(code: str) -> bool:
    """Whether a figure is a rate; an unknown one is not."""
    try:
        return metrics.metric_of(code).unit is Unit.RATIO
    except KeyError:
        return False


def unknown_figures(rungs: Iterable[Rung]) -> list[str]:
    """Return the figures that criteria ask for and nobody has registered."""
    known = {metric.code for metric in metrics.all_metrics()}
    return sorted({criterion.figure for rung in rungs for criterion in rung.criteria} - known)


def figures_of(rungs: Iterable[Rung], partner_ids: Sequence[int], *, as_of: date) -> dict[int, dict[str, Figure]]:
    """Return the figures that criteria ask for, of each partner. A constant number of queries per figure."""
    codes = sorted({criterion.figure for rung in rungs for criterion in rung.criteria})
    found: dict[int, dict[str, Figure]] = {pk: {} for pk in partner_ids}
    for code in codes:
        values = metrics.by_partner(code, Scope(as_of), partner_ids, RULE)
        for pk in partner_ids:
            found[pk][code] = _figure(values[pk])
    return found


def _figure(value: Value) -> Figure:
    with translation.override("en"):  # stored with the evaluation; pages say it in the reader's language
        return Figure(value.value, value.n, str(value.undefined))


def evaluated_partners() -> list[tuple[int, str]]:
    """Return key and code of every partner whose tier is evaluated, by code. One query."""
    return list(Partner.objects.filter(status__in=EVALUATED).order_by("code").values_list("pk", "code"))


def places_of(partner_ids: Sequence[int], *, after: date) -> dict[int, Place]:
    """Return what partners hold, by code of the tier, where it ends after a day or is open. Three queries."""
    found: defaultdict[int, _Gathered] = defaultdict(_Gathered)
    columns = ("partner_id", "tier__code", "valid_from", "valid_until")
    goes_on = Q(valid_until__isnull=True) | Q(valid_until__gt=after)
    held = TierAssignment.objects.filter(goes_on, partner__in=partner_ids)
    for pk, *stretch in held.exclude(valid__isempty=True).order_by("valid_from").values_list(*columns):
        found[pk].rows.append(Stretch(*stretch))
    by_hand = TierOverride.objects.filter(partner__in=partner_ids, valid_until__gt=after)
    for pk, *stretch in by_hand.exclude(valid__isempty=True).order_by("valid_from").values_list(*columns):
        found[pk].overrides.append(Stretch(*stretch))
    stands = TierWarning.objects.filter(partner__in=partner_ids, withdrawn_on=None, carried_out_on=None)
    for pk, tier, on in stands.values_list("partner_id", "tier__code", "warned_on"):
        found[pk].warning = Warned(tier, on)
    return {
        pk: Place(tuple(one.rows), tuple(one.overrides), one.warning)
        for pk, one in ((pk, found[pk]) for pk in partner_ids)
    }
