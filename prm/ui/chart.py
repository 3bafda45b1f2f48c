"""Geometry of the charts: numbers in, positions out. Pure: no Django, no language, no clock.

Templates only print what stands here, so positions are strings (a template would localise floats). Time runs right to
left when ``rtl`` is set; the value axis then stands at the right. Bars start at zero; more than 24 bars or 120 points
are refused, because such a chart should be a table.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

MAX_BARS: Final = 24
MAX_POINTS: Final = 120
MAX_SERIES: Final = 4
AXIS_WIDTH: Final = 52.0
LABEL_GAP: Final = 16.0

Number = Decimal | float | int
Format = Callable[[Decimal], str]


class ChartError(ValueError):
    """Too much for a chart; show a table instead."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle with its classes."""

    x: str
    y: str
    width: str
    height: str
    css: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text; ``anchor`` is the SVG text-anchor."""

    x: str
    y: str
    text: str
    anchor: str = "middle"
    css: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A faint line across the plot, with its label when it carries one."""

    y: str
    label: str
    zero: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline with its dot at the end."""

    points: str
    css: str
    end_x: str
    end_y: str


@dataclass(frozen=True, slots=True)
class Month:
    """One bar: ``values`` in the order of the series, ``taken_back`` at most zero and drawn under the axis."""

    label: str
    values: tuple[Number, ...]
    note: str = ""
    taken_back: Number = 0
    pending: bool = False
    selected: bool = False
    href: str = ""

    @property
    def total(self) -> Decimal:
        """What stands above the axis."""
        return sum((Decimal(str(value)) for value in self.values), Decimal(0))


@dataclass(frozen=True, slots=True)
class Link:
    """An invisible area over a whole slot that selects it."""

    area: Rect
    href: str
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where gridlines run, and where their labels stand."""

    x1: str
    x2: str
    label_x: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything a chart template prints."""

    width: str
    height: str
    axis: Axis
    ticks: tuple[Tick, ...]
    rects: tuple[Rect, ...] = ()
    lines: tuple[Line, ...] = ()
    texts: tuple[Text, ...] = ()
    labels: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()
    band: Rect | None = None


def n(value: float) -> str:
    """Return a coordinate with at most one decimal, without locale."""
    return f"{round(value, 1):g}"


def nice_step(top: float, lines: int = 5) -> float:
    """Return the step of 1, 2, 2.5 or 5 times a power of ten that gives about ``lines`` gridlines up to ``top``."""
    if top <= 0:
        return 1.0
    rough = top / lines
    power = 10.0 ** math.floor(math.log10(rough))
    return next((factor * power for factor in (1, 2, 2.5, 5) if rough <= factor * power * 1.000001), 10 * power)


def tick_values(top: float, lines: int = 5) -> list[float]:
    """Zero up to the first gridline at or over ``top``."""
    step = nice_step(top, lines)
    return [step * i for i in range(max(1, math.ceil(top / step - 1e-9)) + 1)]


def spread(wanted: Sequence[float], gap: float = LABEL_GAP) -> list[float]:
    """Move label positions apart (they keep their order and stay near where they were wanted)."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [wanted[i] for i in order]
    for _round in range(50):
        tight = [(i, i + 1) for i, (low, high) in enumerate(pairwise(placed)) if high - low < gap - 1e-6]
        if not tight:
            break
        for low, high in tight:
            push = (gap - (placed[high] - placed[low])) / 2
            placed[low] -= push
            placed[high] += push
    result = list(wanted)
    for position, i in zip(placed, order, strict=True):
        result[i] = position
    return result


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plot's rectangle and the way from values to positions."""

    width: float
    start: float
    end: float
    top: float
    base: float
    high: float
    rtl: bool

    def x(self, at: float, size: float = 0.0) -> float:
        return self.width - at - size if self.rtl else at

    def y(self, value: float) -> float:
        return self.base - (self.base - self.top) * value / self.high

    @property
    def start_anchor(self) -> str:
        return "end" if self.rtl else "start"

    @property
    def end_anchor(self) -> str:
        return "start" if self.rtl else "end"


def bar_chart(
    months: Sequence[Month],
    series: Sequence[str],
    *,
    show: Format,
    rtl: bool = False,
    width: float = 800.0,
    label_width: float = 96.0,
) -> Plot:
    """Stacked bars over time, the selected one on a band, pending ones half filled, series named beside the last bar.

    ``show`` writes axis and bar labels. Raises :class:`ChartError` beyond 24 bars or 4 series.
    """
    _refuse_too_much(len(months), MAX_BARS, len(series))
    high = tick_values(max((float(month.total) for month in months), default=0.0))
    deepest = max((-float(month.taken_back) for month in months), default=0.0)
    frame = _Frame(width, AXIS_WIDTH, width - label_width, 18.0, 160.0, high[-1], rtl)
    below = frame.y(-deepest) if deepest else frame.base
    slot = (frame.end - frame.start) / max(len(months), 1)
    height = below + 46.0
    rects: list[Rect] = []
    texts: list[Text] = []
    links: list[Link] = []
    band: Rect | None = None
    for i, month in enumerate(months):
        left = frame.start + slot * i
        if month.selected:
            wide = min(slot - 2, 56.0)
            band = Rect(n(frame.x(left + (slot - wide) / 2, wide)), "0", n(wide), n(height), "band")
        rects += _bar_rects(frame, month, left, slot)
        texts += _bar_texts(frame, month, left, slot, below=below, show=show)
        if month.href:
            area = Rect(n(frame.x(left, slot)), "0", n(slot), n(height))
            links.append(Link(area, month.href, f"{month.label} {month.note}".strip()))
    return Plot(
        width=n(width), height=n(height), ticks=_ticks(frame, high, show), rects=tuple(rects), texts=tuple(texts),
        labels=_bar_labels(frame, months, series), links=tuple(links), band=band, axis=_axis(frame),
    )  # fmt: skip


def _refuse_too_much(count: int, most: int, series: int) -> None:
    if count > most:
        message = f"{count} values are too many for this chart (at most {most}); use a table"
        raise ChartError(message)
    if series > MAX_SERIES:
        message = f"{series} series are too many for a chart (at most {MAX_SERIES}); use a table"
        raise ChartError(message)


def _axis(frame: _Frame) -> Axis:
    edges = sorted((frame.x(frame.start), frame.x(frame.end)))
    return Axis(n(edges[0]), n(edges[1]), n(frame.x(frame.start - 9)), frame.end_anchor)


def _ticks(frame: _Frame, values: Sequence[float], show: Format) -> tuple[Tick, ...]:
    """Return a line at each step; every second one is labelled when there are more than four."""
    every = 2 if len(values) > 4 else 1  # noqa: PLR2004
    return tuple(
        Tick(n(frame.y(value)), show(Decimal(str(value))) if i % every == 0 else "", i == 0)
        for i, value in enumerate(values)
    )


def _bar_rects(frame: _Frame, month: Month, left: float, slot: float) -> list[Rect]:
    size = round(min(30.0, slot * 0.62), 1)
    x = frame.x(left + (slot - size) / 2, size)
    rects: list[Rect] = []
    under = 0.0
    for i, value in enumerate(month.values):
        if not value:
            continue
        upper = under + float(value)
        y1, y2 = frame.y(upper), frame.y(under)
        # One unit of air between two parts keeps them apart without relying on colour.
        gap = 1.0 if under and y2 - y1 > 2 else 0.0  # noqa: PLR2004
        css = f"f{i + 1} pend" if month.pending else f"f{i + 1}"
        rects.append(Rect(n(x), n(y1), n(size), n(max(y2 - y1 - gap, 1.0)), css))
        under = upper
    if month.taken_back:
        depth = max(frame.y(float(month.taken_back)) - frame.base, 3.0)
        rects.append(Rect(n(x), n(frame.base + 1), n(size), n(depth), "f0"))
    return rects


def _bar_texts(frame: _Frame, month: Month, left: float, slot: float, *, below: float, show: Format) -> list[Text]:
    middle = frame.x(left + slot / 2)
    css = "now" if month.selected else ""
    texts = [Text(n(middle), n(below + 26), month.label, css=css)]
    if month.note:
        texts.append(Text(n(middle), n(below + 40), month.note))
    if month.selected or month.pending:
        texts.append(Text(n(middle), n(frame.y(float(month.total)) - 6), show(month.total), css="val"))
    if month.taken_back:
        beside = frame.x(left + slot / 2 + min(30.0, slot * 0.62) / 2 + 5)
        texts.append(
            Text(n(beside), n(frame.base + 13), show(Decimal(str(month.taken_back))), frame.start_anchor, "neg")
        )
    return texts


def _bar_labels(frame: _Frame, months: Sequence[Month], series: Sequence[str]) -> tuple[Text, ...]:
    """Series are named beside the last bar that has them; the others above it."""
    if not months or len(series) < 2:  # noqa: PLR2004 - one series is named by the heading
        return ()
    last = [float(value) for value in months[-1].values] + [0.0] * len(series)
    sums = [sum(last[:i]) + last[i] / 2 for i in range(len(series))]
    used = [i for i in range(len(series)) if any(len(month.values) > i and month.values[i] for month in months)]
    wanted = spread([frame.y(sums[i]) + 4 for i in used])
    overflow = max(0.0, max(wanted, default=0.0) - frame.base)
    return tuple(
        Text(n(frame.x(frame.end + 6)), n(y - overflow), series[i], frame.start_anchor, f"lab f{i + 1}")
        for i, y in zip(used, wanted, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a name and a value per point; ``None`` is a gap at the start."""

    name: str
    values: tuple[Number | None, ...]


def line_chart(
    labels: Sequence[tuple[str, str]],
    series: Sequence[Series],
    *,
    show: Format,
    show_end: Format | None = None,
    rtl: bool = False,
    width: float = 592.0,
    height: float = 340.0,
    label_width: float = 140.0,
) -> Plot:
    """Return lines from a zero base, each named with its last value; ``labels`` are (month, note) under the axis."""
    _refuse_too_much(len(labels), MAX_POINTS, len(series))
    top = max((float(v) for one in series for v in one.values if v is not None), default=0.0)
    high = tick_values(top, 4)
    frame = _Frame(width, AXIS_WIDTH, width - label_width, 12.0, height - 52.0, high[-1], rtl)
    step = (frame.end - frame.start) / max(len(labels) - 1, 1)
    lines: list[Line] = []
    for i, one in enumerate(series):
        points = [
            (frame.x(frame.start + step * j), frame.y(float(value)))
            for j, value in enumerate(one.values)
            if value is not None
        ]
        if points:
            path = " ".join(f"{n(x)},{n(y)}" for x, y in points)
            lines.append(Line(path, f"f{i + 1}", n(points[-1][0]), n(points[-1][1])))
    every = math.ceil(len(labels) / 12) if labels else 1
    texts = [
        Text(n(frame.x(frame.start + step * j)), n(frame.base + (20 if k == 0 else 36)), word)
        for j, pair in enumerate(labels)
        for k, word in enumerate(pair)
        if word and j % every == 0
    ]
    wanted = spread([float(line.end_y) + 4 for line in lines])
    named = [one for one in series if any(v is not None for v in one.values)]
    ends: list[Text] = []
    for i, (one, y) in enumerate(zip(named, wanted, strict=True)):
        ends.append(Text(n(frame.x(frame.end + 10)), n(y), one.name, frame.start_anchor, f"lab f{i + 1}"))
        last = next(v for v in reversed(one.values) if v is not None)
        ends.append(Text(n(frame.x(width)), n(y), (show_end or show)(Decimal(str(last))), frame.end_anchor, "val"))
    return Plot(
        width=n(width), height=n(height), ticks=_all_labelled(_ticks(frame, high, show), high, show),
        lines=tuple(lines), texts=tuple(texts), labels=tuple(ends), axis=_axis(frame),
    )  # fmt: skip


def _all_labelled(ticks: tuple[Tick, ...], values: Sequence[float], show: Format) -> tuple[Tick, ...]:
    return tuple(Tick(tick.y, show(Decimal(str(value))), tick.zero) for tick, value in zip(ticks, values, strict=True))


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line without axes."""

    points: str
    end_x: str
    end_y: str
    width: str
    height: str


def spark(values: Sequence[Number], *, rtl: bool = False, width: float = 200.0, height: float = 32.0) -> Spark:
    """Lowest value at the bottom, highest at the top; a flat series runs through the middle."""
    _refuse_too_much(len(values), MAX_POINTS, 1)
    numbers = [float(value) for value in values] or [0.0]
    low, high = min(numbers), max(numbers)
    step = (width - 8) / max(len(numbers) - 1, 1)
    points = []
    for i, value in enumerate(numbers):
        share = 0.5 if high == low else (value - low) / (high - low)
        x = 4 + step * i
        points.append((width - x if rtl else x, 4 + (height - 8) * (1 - share)))
    path = " ".join(f"{n(x)},{n(y)}" for x, y in points)
    return Spark(path, n(points[-1][0]), n(points[-1][1]), n(width), n(height))


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its interval on a scale."""

    low: str
    mid: str
    high: str
    marks: tuple[Text, ...]
    width: str


def interval(
    low: Number, mid: Number, high: Number, *, scale: Sequence[tuple[Number, str]], rtl: bool = False,
    width: float = 200.0,
) -> Interval:  # fmt: skip
    """Where the value and its ends stand; ``scale`` is (value, label) with the ends of the scale first and last."""
    first, last = float(scale[0][0]), float(scale[-1][0])

    def place(value: Number) -> str:
        share = min(1.0, max(0.0, (float(value) - first) / (last - first)))
        x = 14 + (width - 28) * share
        return n(width - x if rtl else x)

    marks = tuple(Text(place(value), "30", label) for value, label in scale)
    return Interval(place(low), place(mid), place(high), marks, n(width))


@dataclass(frozen=True, slots=True)
class Fall:
    """One row's bar of a waterfall, in percent of the cell; ``zero`` is where the first one began."""

    x: str
    width: str
    css: str
    zero: str


def waterfall(changes: Sequence[Number]) -> list[Fall]:
    """Each bar begins where the one before ended; growth in the third series colour, fall in the second."""
    ends = [0.0]
    for change in changes:
        ends.append(ends[-1] + float(change))
    low, high = min(ends), max(ends)
    size = (high - low) or 1.0
    falls: list[Fall] = []
    for start, end in pairwise(ends):
        x = (min(start, end) - low) / size * 100
        wide = max(abs(end - start) / size * 100, 0.5)
        falls.append(Fall(n(x), n(wide), "f3" if end >= start else "f2", n((0 - low) / size * 100)))
    return falls
