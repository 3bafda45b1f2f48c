"""A share that falls by steps over days (Kaplan and Meier), with its band."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from prm.ui.chart.frame import Frame, axis_of, axis_width, tick_values, ticks_of
from prm.ui.chart.shapes import Format, Line, Number, Plot, Rect, Text, n

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class StepPoint:
    """From ``day`` on ``share`` is left; ``low`` and ``high`` are its band, where it has one."""

    day: int
    share: Number
    low: Number | None = None
    high: Number | None = None


def step_chart(
    points: Sequence[StepPoint],
    *,
    until: int,
    show: Format,
    show_day: Format,
    mark: str = "",
    rtl: bool = False,
    width: float = 592.0,
    height: float = 340.0,
) -> Plot:
    """Return the steps from the whole on day 0 to day ``until``; ``mark`` names the point where half is left."""
    days = tick_values(max(until, 1), 5)
    frame = Frame(width, axis_width(SHARES, show), width - 16.0, 12.0, height - 52.0, 1.0, rtl)
    along = (frame.end - frame.start) / days[-1]

    def x(day: float) -> float:
        return frame.x(frame.start + along * day)

    steps = [StepPoint(0, 1), *points, StepPoint(until, points[-1].share if points else 1)]
    corners = [(x(0), frame.y(1.0))]
    for before, now in pairwise(steps):
        corners += [(x(now.day), frame.y(float(before.share))), (x(now.day), frame.y(float(now.share)))]
    areas = [
        _area(frame, x, one, nxt.day)
        for one, nxt in pairwise(steps)
        if one.low is not None and one.high is not None and nxt.day > one.day
    ]
    texts = [Text(n(x(day)), n(frame.base + 20), show_day(Decimal(str(day)))) for day in days]
    half = next((one for one in points if float(one.share) <= SHARES[2]), None)
    labels: tuple[Text, ...] = ()
    if half is not None and mark:
        beside = frame.x(frame.start + along * half.day + 10)
        labels = (Text(n(beside), n(frame.y(SHARES[2]) - 8), mark, frame.start_anchor, "val"),)
    path = " ".join(f"{n(a)},{n(b)}" for a, b in corners)
    line = Line(path, "f1", n(corners[-1][0]), n(corners[-1][1]))
    return Plot(
        width=n(width), height=n(height), axis=axis_of(frame), ticks=ticks_of(frame, SHARES, show),
        rects=tuple(areas), lines=(line,), texts=tuple(texts), labels=labels,
    )  # fmt: skip


def _area(frame: Frame, x: Callable[[float], float], one: StepPoint, until: int) -> Rect:
    ends = sorted((x(one.day), x(until)))
    top, bottom = frame.y(float(one.high or 0)), frame.y(float(one.low or 0))
    return Rect(n(ends[0]), n(top), n(ends[1] - ends[0]), n(bottom - top), "area")
