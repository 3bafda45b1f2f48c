"""The scale of a chart: round steps, gridlines, and the way from values to positions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from prm.ui.chart.shapes import Axis, ChartError, Format, Tick, n

MAX_BARS: Final = 24
MAX_POINTS: Final = 120
MAX_SERIES: Final = 4
LABEL_GAP: Final = 16.0

_AXIS_WIDTH: Final = 52.0
_LETTER: Final = 7.2


def nice_step(top: float, lines: int = 5) -> float:
    """Return the step of 1, 2, 2.5 or 5 times a power of ten that gives about ``lines`` gridlines up to ``top``."""
    if top <= 0:
        return 1.0
    rough = top / lines
    power = 10.0 ** math.floor(math.log10(rough))
    return next((factor * power for factor in (1, 2, 2.5, 5) if rough <= factor * power * 1.000001), 10 * power)


def tick_values(top: float, lines: int = 5, bottom: float = 0.0) -> list[float]:
    """Zero up to the first gridline at or over ``top``, begun at or under ``bottom`` where that is below zero."""
    low, high = min(bottom, 0.0), max(top, 0.0)
    step = nice_step(high - low, lines)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * i for i in range(first, max(last, first + 1) + 1)]


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


def axis_width(high: Sequence[float], show: Format) -> float:
    """Return the room that the longest label of the axis needs, at least 52 units."""
    longest = max((len(show(Decimal(str(value)))) for value in high), default=0)
    return max(_AXIS_WIDTH, math.ceil(longest * _LETTER) + 11.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot's rectangle and the way from values to positions."""

    width: float
    start: float
    end: float
    top: float
    base: float
    high: float
    rtl: bool
    low: float = 0.0

    def x(self, at: float, size: float = 0.0) -> float:
        """Return where something that begins at ``at`` and is ``size`` wide stands."""
        return self.width - at - size if self.rtl else at

    def y(self, value: float) -> float:
        """Return the height of a value."""
        return self.base - (self.base - self.top) * (value - self.low) / (self.high - self.low)

    @property
    def start_anchor(self) -> str:
        """Return the anchor of text that begins at a position."""
        return "end" if self.rtl else "start"

    @property
    def end_anchor(self) -> str:
        """Return the anchor of text that ends at a position."""
        return "start" if self.rtl else "end"


def refuse_too_much(count: int, most: int, series: int) -> None:
    """Raise :class:`ChartError` beyond ``most`` values or four series."""
    if count > most:
        message = f"{count} values are too many for this chart (at most {most}); use a table"
        raise ChartError(message)
    if series > MAX_SERIES:
        message = f"{series} series are too many for a chart (at most {MAX_SERIES}); use a table"
        raise ChartError(message)


def axis_of(frame: Frame) -> Axis:
    """Return where gridlines run and their labels stand."""
    edges = sorted((frame.x(frame.start), frame.x(frame.end)))
    return Axis(n(edges[0]), n(edges[1]), n(frame.x(frame.start - 9)), frame.end_anchor)


def ticks_of(frame: Frame, values: Sequence[float], show: Format) -> tuple[Tick, ...]:
    """Return a line at each step; every second one is labelled when there are more than four."""
    every = 2 if len(values) > 4 else 1  # noqa: PLR2004
    return tuple(
        Tick(n(frame.y(value)), show(Decimal(str(value))) if i % every == 0 else "", value == 0)
        for i, value in enumerate(values)
    )
