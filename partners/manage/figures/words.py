"""Figures as a page shows them: words, exact values beside them, charts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from prm import formats
from prm.metrics import Part, Unit
from prm.metrics.writing import interval_words, plain, unit_of, words_of
from prm.ui import chart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from prm.metrics import Curve, CurvePoint, Metric, Value
    from prm.ui.chart import Interval, Plot, Spark
    from prm.ui.states import Words

TWO = 2
MOST_STEPS = 120
"""More steps are no chart any more."""
PERCENT_STEPS = (Decimal(0), Decimal("0.5"), Decimal(1))


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure, or a part of one, on a page: its words, and the exact value behind them."""

    code: str
    name: Words
    words: str
    exact: str
    n: int
    interval: str
    undefined: Words
    notes: tuple[Words, ...] = ()
    parts: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with its sentence and table; ``why_not`` where there is none, ``state`` its day and n."""

    plot: Plot | None
    title: str
    finding: str
    rows: list[list[str]]
    why_not: str = ""
    columns: Sequence[str] = ()
    state: str = ""


def shown(metric: Metric, value: Value) -> Shown:
    """Return the figure itself."""
    return _shown(metric, Part(metric.code, metric.name, value))


def _shown(metric: Metric, part: Part) -> Shown:
    code, name, unit, value = part.code, part.label, unit_of(metric, part), part.value
    return Shown(
        code=code,
        name=name,
        words=words_of(value.value, unit, value.currency),
        exact=plain(value.value),
        n=value.n,
        interval=interval_words(value, unit),
        undefined=value.undefined if value.value is None else "",
        notes=value.notes,
        parts=tuple(_shown(metric, part) for part in value.parts),
    )


def drawn_interval(metric: Metric, value: Value) -> Interval | None:
    """Return the 95 % interval as a drawing; only where both ends are known."""
    if value.value is None or value.low is None or value.high is None:
        return None
    rtl = get_language_bidi()
    if metric.unit is Unit.RATIO and value.high <= 1:
        scale = [(step, formats.percent(step)) for step in PERCENT_STEPS]
    else:
        top = Decimal(str(chart.tick_values(float(value.high), 2)[-1]))
        scale = [(step, formats.number(step)) for step in (Decimal(0), top / 2, top)]
    return chart.interval(value.low, value.value, value.high, scale=scale, rtl=rtl)


def drawn_spark(values: Sequence[Value]) -> Spark | None:
    """Return the last values as a small line; only where there are two at least."""
    known = [value.value for value in values if value.value is not None]
    return chart.spark(known, rtl=get_language_bidi()) if len(known) >= TWO else None


def drawn_series(metric: Metric, days: Sequence[date], values: Sequence[Value]) -> Drawn:
    """Return the chart by month, with a zero line where values are below it; a month without a value is a gap."""
    known = [(day, value) for day, value in zip(days, values, strict=True) if value.value is not None]
    title = _("%(figure)s by month") % {"figure": metric.name}
    rows = [[formats.day(day), *_cells(metric, value)] for day, value in zip(days, values, strict=True)]
    if len(known) < TWO:
        return Drawn(None, title, "", rows, _("There are not two months with a value yet."))
    plot = chart.line_chart(
        month_labels(days),
        [chart.Series("", tuple(value.value for value in values))],
        show=axis_of(metric, known[-1][1].currency),
        show_end=lambda value: words_of(value, metric.unit, known[-1][1].currency),
        rtl=get_language_bidi(),
        label_width=130.0,
        width=720.0,
        height=260.0,
    )
    return Drawn(plot, title, _finding(metric, known), rows)


def _cells(metric: Metric, value: Value) -> list[str]:
    told = str(value.undefined) if value.value is None else words_of(value.value, metric.unit, value.currency)
    return [told, interval_words(value, metric.unit) or "–", formats.number(value.n)]


def axis_of(metric: Metric, currency: str) -> Callable[[Decimal], str]:
    """Return how the labels of an axis are written."""
    if metric.unit is Unit.RATIO:
        return formats.percent
    if metric.unit in {Unit.MONEY, Unit.MONEY_PER_DAY} and currency:
        return lambda value: formats.money_rounded(value, currency)
    return formats.number


def drawn_curve(metric: Metric, curve: Curve, value: Value) -> Drawn | None:
    """Return how the share without the event falls with the days; nothing where nobody had it."""
    if not curve.points or len(curve.points) > MOST_STEPS:
        return None
    plot = chart.step_chart(
        [chart.StepPoint(point.day, point.share, point.low, point.high) for point in curve.points],
        until=curve.longest,
        show=formats.percent,
        show_day=formats.number,
        mark="" if value.value is None else words_of(value.value, metric.unit),
        rtl=get_language_bidi(),
    )
    rows = [
        [formats.number(point.day), formats.number(point.at_risk), formats.percent(point.share), _band(point)]
        for point in curve.points
    ]
    columns = [_("Day"), _("At risk"), _("Still without"), _("95 % interval")]
    return Drawn(
        plot, _("%(figure)s: still without, by days") % {"figure": metric.name}, _fallen(value), rows, "", columns
    )


def _band(point: CurvePoint) -> str:
    if point.low is None or point.high is None:
        return "–"
    return f"{formats.percent(point.low)} – {formats.percent(point.high)}"


def _fallen(value: Value) -> str:
    if value.value is None:
        return str(value.undefined)
    return _("Half within %(days)s.") % {"days": words_of(value.value, Unit.DAYS)}


def month_labels(days: Sequence[date]) -> list[tuple[str, str]]:
    """Return month names, with the year under the first and each January."""
    years = [str(days[0].year), *("" if a.year == b.year else str(b.year) for a, b in pairwise(days))]
    return [(formats.month(day, style="short"), year) for day, year in zip(days, years, strict=True)]


def _finding(metric: Metric, known: Sequence[tuple[date, Any]]) -> str:
    """Return what the chart says, in a sentence."""
    (first_day, first), (last_day, last) = known[0], known[-1]
    told = {
        "first": words_of(first.value, metric.unit, first.currency),
        "last": words_of(last.value, metric.unit, last.currency),
        "since": formats.month(first_day),
        "until": formats.day(last_day),
    }
    if first.value == last.value:
        return _("%(last)s on %(until)s, as at the end of %(since)s.") % told
    if first.value < last.value:
        return _("Up from %(first)s at the end of %(since)s to %(last)s on %(until)s.") % told
    return _("Down from %(first)s at the end of %(since)s to %(last)s on %(until)s.") % told


def state_words(value: Value, on: date) -> str:
    """Return the line under a figure: its day and what it rests on."""
    return _("As of %(day)s, n = %(number)s") % {"day": formats.day(on), "number": formats.number(value.n)}
