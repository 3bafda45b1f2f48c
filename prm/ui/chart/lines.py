"""Lines over time, each named at its end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from prm.ui.chart.frame import MAX_POINTS, Frame, axis_of, axis_width, refuse_too_much, spread, tick_values, ticks_of
from prm.ui.chart.shapes import Format, Line, Number, Plot, Text, Tick, n


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a name and a value per point; ``None`` is a gap, over which no line is drawn."""

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
    """Return lines over a zero line, each named with its last value; ``labels`` are (month, note) under the axis."""
    refuse_too_much(len(labels), MAX_POINTS, len(series))
    values = [float(v) for one in series for v in one.values if v is not None]
    high = tick_values(max(values, default=0.0), 4, min(values, default=0.0))
    frame = Frame(width, axis_width(high, show), width - label_width, 12.0, height - 52.0, high[-1], rtl, high[0])
    step = (frame.end - frame.start) / max(len(labels) - 1, 1)
    runs = [_runs(one.values, frame, step) for one in series]
    lines = [line for i, those in enumerate(runs) for line in _drawn(those, f"f{i + 1}")]
    every = math.ceil(len(labels) / 12) if labels else 1
    texts = [
        Text(n(frame.x(frame.start + step * j)), n(frame.base + (20 if k == 0 else 36)), word)
        for j, pair in enumerate(labels)
        for k, word in enumerate(pair)
        if word and j % every == 0
    ]
    wanted = spread([those[-1][-1][1] + 4 for those in runs if those])
    named = [one for one in series if any(v is not None for v in one.values)]
    ends: list[Text] = []
    for i, (one, y) in enumerate(zip(named, wanted, strict=True)):
        ends.append(Text(n(frame.x(frame.end + 10)), n(y), one.name, frame.start_anchor, f"lab f{i + 1}"))
        last = next(v for v in reversed(one.values) if v is not None)
        ends.append(Text(n(frame.x(width)), n(y), (show_end or show)(Decimal(str(last))), frame.end_anchor, "val"))
    return Plot(
        width=n(width), height=n(height), ticks=_all_labelled(ticks_of(frame, high, show), high, show),
        lines=tuple(lines), texts=tuple(texts), labels=tuple(ends), axis=axis_of(frame),
    )  # fmt: skip


def _runs(values: Sequence[Number | None], frame: Frame, step: float) -> list[list[tuple[float, float]]]:
    """Return the points of a line, those between two gaps together."""
    runs: list[list[tuple[float, float]]] = []
    follows = False
    for j, value in enumerate(values):
        if value is not None:
            if not follows:
                runs.append([])
            runs[-1].append((frame.x(frame.start + step * j), frame.y(float(value))))
        follows = value is not None
    return runs


def _drawn(runs: Sequence[Sequence[tuple[float, float]]], css: str) -> list[Line]:
    """Return the polylines of a line; the last ends in a dot, and so does a point that stands alone."""
    found = []
    for at, points in enumerate(runs):
        path = " ".join(f"{n(x)},{n(y)}" for x, y in points)
        x, y = points[-1]
        ends = at == len(runs) - 1 or len(points) == 1
        found.append(Line(path, css, n(x) if ends else "", n(y) if ends else ""))
    return found


def _all_labelled(ticks: tuple[Tick, ...], values: Sequence[float], show: Format) -> tuple[Tick, ...]:
    return tuple(Tick(tick.y, show(Decimal(str(value))), tick.zero) for tick, value in zip(ticks, values, strict=True))
