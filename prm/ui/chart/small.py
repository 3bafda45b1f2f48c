"""Graphics that fit in a row: sparks, intervals, the bars of a waterfall."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from prm.ui.chart.frame import MAX_POINTS, refuse_too_much
from prm.ui.chart.shapes import Number, Text, n


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
    refuse_too_much(len(values), MAX_POINTS, 1)
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
