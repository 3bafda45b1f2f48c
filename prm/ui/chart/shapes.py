"""What a chart template prints: rectangles, texts, lines, as strings that no locale changes."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

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
    """A polyline with its dot at the end; without a dot (an empty ``end_x``) it goes on after a gap."""

    points: str
    css: str
    end_x: str
    end_y: str


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
    return f"{round(value, 1) + 0.0:g}"
