"""Reads of tiers: the ladder, partners' figures for it, what they hold, and how they came to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateField, F, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, JSONObject
from django.utils import translation

from partners.models import Partner, PartnerStatus, Tier, TierAssignment, TierCriterion, TierOverride, TierWarning
from partners.policy.tiers import Criterion, Figure, Rung, Stretch, Warned
from prm import metrics
from prm.actors import RULE
from prm.metrics import Scope, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from prm.metrics import Value as MetricValue

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
    """Return the tiers as the policy compares them, the lowest first. One query."""
    return tuple(rung for _tier, rung in tiers_and_rungs())


def tiers_and_rungs() -> list[tuple[Tier, Rung]]:
    """Return the tiers, the lowest first, each with how the policy compares it. One query."""
    asked = TierCriterion.objects.filter(tier=OuterRef("pk")).order_by("figure")
    told = JSONObject(figure="figure", at_least=Cast("at_least", TextField()))
    rows = Tier.objects.annotate(asked=ArraySubquery(asked.values_list(told))).order_by("rank")
    return [(tier, Rung(tier.code, tier.rank, _criteria(tier.asked))) for tier in rows]


def _criteria(asked: Iterable[Mapping[str, str]]) -> tuple[Criterion, ...]:
    return tuple(Criterion(one["figure"], as_figure(one["figure"], Decimal(one["at_least"]))) for one in asked)


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
    """Return the figures that criteria ask for, of each partner. A constant number of queries."""
    codes = sorted({criterion.figure for rung in rungs for criterion in rung.criteria})
    found: dict[int, dict[str, Figure]] = {pk: {} for pk in partner_ids}
    with metrics.together():
        for code in codes:
            values = metrics.by_partner(code, Scope(as_of), partner_ids, RULE)
            for pk in partner_ids:
                found[pk][code] = _figure(values[pk])
    return found


def _figure(value: MetricValue) -> Figure:
    with translation.override("en"):  # stored with the evaluation; pages say it in the reader's language
        return Figure(value.value, value.n, str(value.undefined))


def evaluated_partners() -> list[tuple[int, str]]:
    """Return key and code of every partner whose tier is evaluated, by code. One query."""
    return list(Partner.objects.filter(status__in=EVALUATED).order_by("code").values_list("pk", "code"))


def places_of(partner_ids: Sequence[int], *, after: date) -> dict[int, Place]:
    """Return what partners hold, by code of the tier, where it ends after a day or is open. One query."""
    goes_on = Q(valid_until__isnull=True) | Q(valid_until__gt=after)
    held = TierAssignment.objects.filter(goes_on, partner__in=partner_ids).exclude(valid__isempty=True)
    by_hand = TierOverride.objects.filter(valid_until__gt=after, partner__in=partner_ids).exclude(valid__isempty=True)
    stands = TierWarning.objects.filter(partner__in=partner_ids, withdrawn_on=None, carried_out_on=None)
    never = Value(None, DateField())
    rows = _told(held, "held", F("valid_from"), F("valid_until")).union(
        _told(by_hand, "by_hand", F("valid_from"), F("valid_until")),
        _told(stands, "warning", F("warned_on"), never),
        all=True,
    )
    found: defaultdict[int, _Gathered] = defaultdict(_Gathered)
    for pk, what, tier, start, end in sorted(rows, key=lambda row: row[3] or date.min):
        if what == "held":
            found[pk].rows.append(Stretch(tier, start, end))
        elif what == "by_hand":
            found[pk].overrides.append(Stretch(tier, start, end))
        else:
            found[pk].warning = Warned(tier, start)
    gathered = {pk: found[pk] for pk in partner_ids}
    return {pk: Place(tuple(one.rows), tuple(one.overrides), one.warning) for pk, one in gathered.items()}


def _told(rows: QuerySet[Any], what: str, start: Any, end: Any) -> QuerySet[Any, Any]:
    named = rows.annotate(what=Value(what), of=F("tier__code"), since=start, until=end).order_by()
    told: QuerySet[Any, Any] = named.values_list("partner_id", "what", "of", "since", "until")
    return told
