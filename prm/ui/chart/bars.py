"""Stacked bars over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from prm.ui.chart.frame import MAX_BARS, Frame, axis_of, axis_width, refuse_too_much, spread, tick_values, ticks_of
from prm.ui.chart.shapes import Format, Link, Number, Plot, Rect, Text, n


@dataclass(frozen=True, slots=True)
class Month:
    """One bar: ``values`` in the order of the series.

    What is negative (``taken_back``, or a negative value) is drawn as one bar under the axis.
    """

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
        return sum((Decimal(str(value)) for value in self.values if value > 0), Decimal(0))

    @property
    def under(self) -> Decimal:
        """What hangs under it, at most zero."""
        negative = sum((Decimal(str(value)) for value in self.values if value < 0), Decimal(0))
        return negative + Decimal(str(self.taken_back))


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
    refuse_too_much(len(months), MAX_BARS, len(series))
    high = tick_values(max((float(month.total) for month in months), default=0.0))
    deepest = max((-float(month.under) for month in months), default=0.0)
    frame = Frame(width, axis_width(high, show), width - _room_for(series, label_width), 18.0, 160.0, high[-1], rtl)
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
        width=n(width), height=n(height), ticks=ticks_of(frame, high, show), rects=tuple(rects), texts=tuple(texts),
        labels=_bar_labels(frame, months, series), links=tuple(links), band=band, axis=axis_of(frame),
    )  # fmt: skip


def _room_for(series: Sequence[str], least: float) -> float:
    """Return the width beside the bars in which the longest name of a series fits."""
    return max(least, 12.0 + 7.0 * max((len(name) for name in series), default=0))


def _bar_rects(frame: Frame, month: Month, left: float, slot: float) -> list[Rect]:
    size = round(min(30.0, slot * 0.62), 1)
    x = frame.x(left + (slot - size) / 2, size)
    rects: list[Rect] = []
    under = 0.0
    for i, value in enumerate(month.values):
        if value <= 0:
            continue
        upper = under + float(value)
        y1, y2 = frame.y(upper), frame.y(under)
        # One unit of air between two parts keeps them apart without relying on colour.
        gap = 1.0 if under and y2 - y1 > 2 else 0.0  # noqa: PLR2004
        css = f"f{i + 1} pend" if month.pending else f"f{i + 1}"
        rects.append(Rect(n(x), n(y1), n(size), n(max(y2 - y1 - gap, 1.0)), css))
        under = upper
    if month.under:
        depth = max(frame.y(float(month.under)) - frame.base, 3.0)
        rects.append(Rect(n(x), n(frame.base + 1), n(size), n(depth), "f0"))
    return rects


def _bar_texts(frame: Frame, month: Month, left: float, slot: float, *, below: float, show: Format) -> list[Text]:
    middle = frame.x(left + slot / 2)
    css = "now" if month.selected else ""
    texts = [Text(n(middle), n(below + 26), month.label, css=css)]
    if month.note:
        texts.append(Text(n(middle), n(below + 40), month.note))
    if month.selected or month.pending:
        texts.append(Text(n(middle), n(frame.y(float(month.total)) - 6), show(month.total), css="val"))
    if month.under:
        beside = frame.x(left + slot / 2 + min(30.0, slot * 0.62) / 2 + 5)
        texts.append(Text(n(beside), n(frame.base + 13), show(month.under), frame.start_anchor, "neg"))
    return texts


def _bar_labels(frame: Frame, months: Sequence[Month], series: Sequence[str]) -> tuple[Text, ...]:
    """Series are named beside the last bar that has them; the others above it."""
    if not months or len(series) < 2:  # noqa: PLR2004 - one series is named by the heading
        return ()
    last = [max(float(value), 0.0) for value in months[-1].values] + [0.0] * len(series)
    sums = [sum(last[:i]) + last[i] / 2 for i in range(len(series))]
    used = [i for i in range(len(series)) if any(len(month.values) > i and month.values[i] for month in months)]
    wanted = spread([frame.y(sums[i]) + 4 for i in used])
    overflow = max(0.0, max(wanted, default=0.0) - frame.base)
    return tuple(
        Text(n(frame.x(frame.end + 6)), n(y - overflow), series[i], frame.start_anchor, f"lab f{i + 1}")
        for i, y in zip(used, wanted, strict=True)
    )
