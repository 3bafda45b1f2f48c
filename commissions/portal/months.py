"""Twelve months by kind: the chart, its table, and the sentence that says what it shows."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from commissions.kinds import KIND_ORDER, Kind
from prm import formats
from prm.ui import chart
from prm.ui.chart.frame import MAX_SERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from commissions.queries.earnings import KindSum

MONTHS = 12
MONTH = re.compile("[12][0-9]{3}-(0[1-9]|1[0-2])")
"""What an address may ask for: twelve months around it are dates too."""
OTHER = "other"
"""Beyond four series a chart cannot be read: the smallest kinds are drawn together, the table keeps them apart."""


@dataclass(frozen=True, slots=True)
class MonthSum:
    """One month in one currency: what was added by kind, what was taken back (≤ 0), and what that makes."""

    month: date
    added: dict[str, Decimal]
    taken_back: Decimal
    pending: bool

    @property
    def total(self) -> Decimal:
        """What the month brought in the end."""
        return sum(self.added.values(), self.taken_back)


@dataclass(frozen=True, slots=True)
class MonthsChart:
    """Everything that the chart component needs."""

    plot: chart.Plot
    title: str
    finding: str
    columns: list[str]
    rows: list[list[str]]


def shift(month: date, by: int) -> date:
    """Return the first day of the month that is ``by`` months later."""
    count = month.year * 12 + month.month - 1 + by
    return month.replace(year=count // 12, month=count % 12 + 1, day=1)


def twelve_months(sums: Sequence[KindSum], pending: Sequence[KindSum], *, last: date) -> list[MonthSum]:
    """Return the twelve months up to ``last``, empty ones too; sums and pending are of one currency."""
    added: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    taken: dict[date, Decimal] = defaultdict(Decimal)
    for one in (*sums, *pending):
        added[one.month][one.kind] += one.added
        taken[one.month] += one.taken_back
    waiting = {one.month for one in pending}
    months = [shift(last, by) for by in range(1 - MONTHS, 1)]
    return [MonthSum(month, dict(added[month]), taken[month], month in waiting) for month in months]


def draw(months: Sequence[MonthSum], *, currency: str, selected: date, href: Callable[[date], str]) -> MonthsChart:
    """Return the chart of ``months`` with ``selected`` on its band; ``href`` gives the address of a month."""
    kinds = sorted({kind for month in months for kind, amount in month.added.items() if amount}, key=KIND_ORDER.get)  # type: ignore[arg-type]
    series = _drawn(months, kinds)
    bars = [
        chart.Month(
            formats.month(month.month, style="short"),
            tuple(_part(month, kind, series) for kind in series),
            note=_note(month, is_first=month is months[0]),
            taken_back=month.taken_back,
            pending=month.pending,
            selected=month.month == selected,
            href=href(month.month),
        )
        for month in months
    ]
    plot = chart.bar_chart(
        bars,
        [_kind_word(kind) for kind in series],
        show=lambda value: formats.money_rounded(value, currency),
        rtl=get_language_bidi(),
    )
    return MonthsChart(
        plot=plot,
        title=_("12 months by kind, %(currency)s") % {"currency": currency},
        finding=finding(months, currency=currency),
        columns=[_("Month"), *map(_kind_word, kinds), _("Taken back"), _("Total")],
        rows=[_table_row(month, kinds, currency) for month in months],
    )


def _drawn(months: Sequence[MonthSum], kinds: list[str]) -> list[str]:
    if len(kinds) <= MAX_SERIES:
        return kinds
    size = {kind: sum((month.added.get(kind, Decimal(0)) for month in months), Decimal(0)) for kind in kinds}
    largest = sorted(kinds, key=lambda kind: -size[kind])[: MAX_SERIES - 1]
    return [*(kind for kind in kinds if kind in largest), OTHER]


def _part(month: MonthSum, kind: str, series: Sequence[str]) -> Decimal:
    if kind != OTHER:
        return month.added.get(kind, Decimal(0))
    return sum((amount for other, amount in month.added.items() if other not in series), Decimal(0))


def _kind_word(kind: str) -> str:
    return _("Other kinds") if kind == OTHER else str(Kind(kind).label)


def _note(month: MonthSum, *, is_first: bool) -> str:
    if month.pending:
        return _("pending")
    return str(month.month.year) if is_first or month.month.month == 1 else ""


def _table_row(month: MonthSum, kinds: Sequence[str], currency: str) -> list[str]:
    name = formats.month(month.month)
    amounts = [*(month.added.get(kind, Decimal(0)) for kind in kinds), month.taken_back, month.total]
    word = _("%(month)s, pending") % {"month": name} if month.pending else name
    return [word, *(formats.money(amount, currency) if amount else "–" for amount in amounts)]


def finding(months: Sequence[MonthSum], *, currency: str) -> str:
    """Return one sentence that the figures bear out."""
    lived = [month for month in months if month.added or month.taken_back]
    if not lived:
        return _("Nothing was posted in these months.")
    last = lived[-1]
    if len(lived) == 1:
        words = _("All of it, %(amount)s, is pending.") if last.pending else _("Posted in one month: %(amount)s.")
        return words % {"amount": formats.money(last.total, currency)}
    recurring = [month.added.get(Kind.RECURRING, Decimal(0)) for month in months[months.index(lived[0]) :]]
    earned = sum(last.added.values(), Decimal(0))
    if len(recurring) > 2 and earned and all(later > sooner for sooner, later in pairwise(recurring)):  # noqa: PLR2004 - two months are no row
        return _rise(recurring, earned, currency)
    total = sum((month.total for month in months), Decimal(0))
    added = sum((sum(month.added.values(), Decimal(0)) for month in months), Decimal(0))
    if not added:
        return _("%(total)s in 12 months.") % {"total": formats.money(total, currency)}
    return _("%(total)s in 12 months; %(share)s of what was added is recurring.") % {
        "total": formats.money(total, currency),
        "share": formats.percent(sum(recurring, Decimal(0)) / added, places=0),
    }


def _rise(recurring: Sequence[Decimal], earned: Decimal, currency: str) -> str:
    first, last = formats.money(recurring[0], currency), formats.money(recurring[-1], currency)
    if recurring[-1] == earned:
        text = _("Recurring commission rose in every month, from %(first)s to %(last)s.")
        return text % {"first": first, "last": last}
    text = _("Recurring commission rose in every month, from %(first)s to %(last)s, now %(share)s of what you earn.")
    return text % {"first": first, "last": last, "share": formats.percent(recurring[-1] / earned, places=0)}
