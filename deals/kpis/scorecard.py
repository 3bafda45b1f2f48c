"""The scorecard of one partner, and cohorts by month: figures of the register put together for a page."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.kpis.firsts import first_deal_of
from deals.kpis.revenue import channel_mrr, nrr
from deals.models import Dimension, Family
from deals.queries.rollups.reading import readings_of_each, retained_by
from deals.queries.scorecards import scorecard_of
from partners.models import PartnerStatus, StatusPeriod
from prm import formats
from prm.metrics import evaluate, metric_of, metrics_for, months_up_to, together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from deals.kpis.firsts import Start
    from prm.actors import Actor
    from prm.metrics import Metric, Scope, Value

STRIP = ("channel_mrr", "nrr", "win_rate", "sales_cycle")
GROUPS = ("revenue", "retention")
SAID_OTHERWISE = {"sourced_mrr", "mrr_by_segment"}
"""A partner's sourced MRR is its channel MRR, and its families stand beside it."""

COHORT_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Told:
    """A figure with its definition."""

    metric: Metric
    value: Value


@dataclass(frozen=True, slots=True)
class Card:
    """What a scorecard shows: the strip on top, all figures of money, the year's months, and the first deal."""

    strip: tuple[Told, ...]
    figures: tuple[Told, ...]
    families: tuple[tuple[str, Decimal], ...]
    days: tuple[date, ...]
    mrr: tuple[Value, ...]
    nrr: tuple[Value, ...]
    start: Start | None


def card_of(scope: Scope, actor: Actor) -> Card:
    """Return the scorecard of a scope's partner, as far as ``actor`` may ask for its figures."""
    with together():
        months = scorecard_of(scope).months
        wanted = (metric for metric in metrics_for(actor) if metric.group in GROUPS and not metric.internal)
        codes = [metric.code for metric in wanted if metric.code not in SAID_OTHERWISE]
        told = {code: Told(metric_of(code), evaluate(code, scope, actor)) for code in {*STRIP, *codes}}
    names = dict(Family.objects.values_list("code", "name"))
    cuts = [cut for cut in months[-1].cuts() if cut.dimension == Dimension.FAMILY and cut.mrr]
    return Card(
        strip=tuple(told[code] for code in STRIP),
        figures=tuple(told[code] for code in codes if code not in STRIP),
        families=tuple((names.get(cut.key, cut.key), cut.mrr) for cut in sorted(cuts, key=lambda cut: -cut.mrr)),
        days=tuple(reading.day for reading in months),
        mrr=tuple(channel_mrr(reading) for reading in months),
        nrr=tuple(nrr(reading) for reading in months),
        start=first_deal_of(scope),
    )


@dataclass(frozen=True, slots=True)
class CohortMonth:
    """A cohort at the end of one month: partners that were active, their MRR, and NRR."""

    day: date
    active: Decimal | None
    mrr: Decimal
    nrr: Decimal | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """The partners activated in one month or year, month by month; before it began there is nothing."""

    name: str
    partners: int
    months: tuple[CohortMonth | None, ...]


def cohorts_of(scope: Scope, partners: Sequence[tuple[int, date]], *, by_year: bool) -> tuple[list[date], list[Cohort]]:
    """Return the months' last days up to the scope's day, and the cohorts of ``partners`` (key and activation) on them.

    As many queries whatever the number of partners and months.
    """
    days = months_up_to(scope.as_of, COHORT_MONTHS)
    groups: dict[str, dict[int, date]] = {}
    for pk, began in partners:
        groups.setdefault(f"{began:%Y}" if by_year else f"{began:%Y-%m}", {})[pk] = began
    keys = [pk for pk, _began in partners]
    active = _active_on(days, keys)
    cells: dict[str, list[CohortMonth | None]] = {name: [] for name in groups}
    for day, readings in zip(days, readings_of_each(days, keys), strict=True):
        for name, those in groups.items():
            begun = [pk for pk, began in those.items() if began <= day]
            if not begun:
                cells[name].append(None)
                continue
            those_begun = [readings[pk] for pk in begun]
            top, bottom = retained_by(those_begun)
            cells[name].append(
                CohortMonth(
                    day,
                    Decimal(len(active[day] & set(begun))) / len(begun),
                    sum((reading.amount("sourced") for reading in those_begun), Decimal(0)),
                    top / bottom if bottom else None,
                )
            )
    ordered = sorted(groups, reverse=True)
    return days, [Cohort(name, len(groups[name]), tuple(cells[name])) for name in ordered]


def _active_on(days: Sequence[date], keys: Sequence[int]) -> Mapping[date, set[int]]:
    """Return the partners that were active on each day. One query."""
    found: dict[date, set[int]] = {day: set() for day in days}
    rows = StatusPeriod.objects.filter(partner_id__in=keys, status=PartnerStatus.ACTIVE, valid__overlap=(days[0], None))
    for pk, since, until in rows.values_list("partner_id", "valid_from", "valid_until"):
        for day in days:
            if (since is None or since <= day) and (until is None or day < until):
                found[day].add(pk)
    return found


def strip_sentence(told: Told) -> str:
    """Return the line under a figure of the strip."""
    value = told.value
    if value.value is None:
        return str(value.undefined)
    counted = {"n": formats.number(value.n)}
    if told.metric.code == "channel_mrr":
        return ngettext("%(n)s live customer", "%(n)s live customers", value.n) % counted
    if told.metric.code == "nrr":
        return ngettext("%(n)s customer of a year before", "%(n)s customers of a year before", value.n) % counted
    return _("n = %(n)s, 12 months") % counted
