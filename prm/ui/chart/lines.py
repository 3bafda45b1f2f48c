"""Lines over time, each named at its end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from prm.ui.chart.frame import MAX_POINTS, Frame, axis_of, axis_width, refuse_too_much, spread, tick_values, ticks_of
from prm.ui.chart.shapes import Format, Line, Number, Plot, Text, Tick, n


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
    refuse_too_much(len(labels), MAX_POINTS, len(series))
    top = max((float(v) for one in series for v in one.values if v is not None), default=0.0)
    high = tick_values(top, 4)
    frame = Frame(width, axis_width(high, show), width - label_width, 12.0, height - 52.0, high[-1], rtl)
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
        width=n(width), height=n(height), ticks=_all_labelled(ticks_of(frame, high, show), high, show),
        lines=tuple(lines), texts=tuple(texts), labels=tuple(ends), axis=axis_of(frame),
    )  # fmt: skip


def _all_labelled(ticks: tuple[Tick, ...], values: Sequence[float], show: Format) -> tuple[Tick, ...]:
    return tuple(Tick(tick.y, show(Decimal(str(value))), tick.zero) for tick, value in zip(ticks, values, strict=True))
