"""One way to write a figure down: exactly for machines (endpoint, CSV, command), in words for people."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prm import formats
from prm.metrics.asking import FILTERS
from prm.metrics.types import Part, Unit
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from prm.metrics.types import Metric, Rows, Scope, Value

BOM = "\ufeff"
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Line:
    """A figure or one of its parts, exactly; every door writes these and nothing else.

    Decimals are plain text without trailing zeros, empty where there is none. ``part`` is empty for the figure itself.
    """

    figure: str
    part: str
    label: str
    unit: str
    as_of: str
    value: str
    low: str
    high: str
    currency: str
    numerator: str
    denominator: str
    n: int
    undefined: str
    notes: str


COLUMNS = (*(field.name for field in fields(Line)), *FILTERS, "partner")
"""Columns of the CSV file: the line, then what was asked."""


def lines_of(metric: Metric, scope: Scope, value: Value) -> list[Line]:
    """Return the figure and its parts, in order; the parts of a part follow it, as ``tier:gold.arr``."""
    own = Part("", metric.name, value)
    return [_line(metric, scope, part) for part in (own, *_flat(value, ""))]


def _flat(value: Value, prefix: str) -> Iterator[Part]:
    for part in value.parts:
        code = f"{prefix}{part.code}"
        yield replace(part, code=code)
        yield from _flat(part.value, f"{code}.")


def lines_of_series(metric: Metric, scope: Scope, days: Sequence[date], values: Sequence[Value]) -> list[Line]:
    """Return the figure as of each day, without its parts."""
    return [lines_of(metric, replace(scope, as_of=day), value)[0] for day, value in zip(days, values, strict=True)]


def unit_of(metric: Metric, part: Part) -> Unit:
    """Return in what a part is counted: as the figure, unless it says otherwise."""
    return part.unit or metric.unit


def _line(metric: Metric, scope: Scope, part: Part) -> Line:
    value = part.value
    return Line(
        figure=metric.code,
        part=part.code,
        label=str(part.label),
        unit=unit_of(metric, part).value,
        as_of=scope.as_of.isoformat(),
        value=plain(value.value),
        low=plain(value.low),
        high=plain(value.high),
        currency=value.currency,
        numerator=plain(value.numerator),
        denominator=plain(value.denominator),
        n=value.n,
        undefined=str(value.undefined),
        notes=" ".join(map(str, value.notes)),
    )


def plain(value: Decimal | None) -> str:
    """Return a decimal as text: ``0.5``, never ``5E-1`` or ``0.500``; nothing of nothing."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if value else "0"


def lines_as_csv(lines: Iterable[Line], asked: dict[str, str]) -> str:
    """Return lines as a file; ``asked`` are the filters (and the partner's code) by name."""
    extra = [safe_text(asked.get(name, "")) for name in (*FILTERS, "partner")]
    words = ("label", "undefined", "notes", "part")
    told = [asdict(line) for line in lines]
    rows = [[safe_text(v) if k in words else v for k, v in line.items()] for line in told]
    return table_as_csv(COLUMNS, ([*row, *extra] for row in rows))


def rows_as_csv(rows: Rows) -> str:
    """Return the rows behind a figure as a file, with exact values."""
    return table_as_csv([str(word) for word in rows.columns], ([_cell(cell) for cell in row] for row in rows.rows))


def table_as_csv(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a file that spreadsheets read as UTF-8."""
    file = StringIO()
    file.write(BOM)
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows(rows)
    return file.getvalue()


def cell_of(cell: object) -> str | int | bool | None:
    """Return a cell of the rows behind a figure exactly, as an answer of the API holds it."""
    if isinstance(cell, Decimal):
        return plain(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return cell if cell is None or isinstance(cell, int) else str(cell)


def _cell(cell: object) -> str:
    exact = cell_of(cell)
    if isinstance(exact, bool):
        return "yes" if exact else "no"
    if isinstance(exact, int):
        return str(exact)
    return exact or "" if isinstance(cell, Decimal | date) else safe_text(exact or "")


def cell_words(cell: object) -> str:
    """Return a cell of the rows behind a figure as people read it."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    if isinstance(cell, datetime):
        return formats.moment(cell)
    if isinstance(cell, date):
        return formats.day(cell, style="short")
    if isinstance(cell, Decimal):
        return formats.number(cell)
    return formats.number(cell) if isinstance(cell, int) else str(cell)


def words_of(value: Decimal | None, unit: Unit, currency: str = "") -> str:  # noqa: PLR0911 - one line a unit
    """Return a value as people read it: ``77.3 %``, ``82 days``, ``€248,310``; a dash for nothing."""
    if value is None:
        return "–"
    match unit:
        case Unit.RATIO:
            return formats.percent(value)
        case Unit.MONEY:
            return formats.money(value, currency) if currency else formats.number(value, places=2)
        case Unit.MONEY_PER_DAY:
            return _("%(amount)s a day") % {"amount": formats.money(value, currency)}
        case Unit.DAYS:
            return ngettext("%(number)s day", "%(number)s days", _plural(value)) % {"number": _short(value)}
        case Unit.HOURS:
            return _("%(number)s h") % {"number": _short(value)}
        case Unit.SCORE:
            return formats.number(value, places=2)
        case Unit.COUNT:
            return _short(value)


def interval_words(value: Value, unit: Unit) -> str:
    """Return the 95 % interval as people read it, open ends named; nothing where there is none."""
    if value.low is None and value.high is None:
        return ""
    low, high = (words_of(end, unit, value.currency) for end in (value.low, value.high))
    if value.low is None:
        return _("95 %% interval up to %(high)s") % {"high": high}
    if value.high is None:
        return _("95 %% interval from %(low)s, open above") % {"low": low}
    return _("95 %% interval %(low)s to %(high)s") % {"low": low, "high": high}


def _short(value: Decimal) -> str:
    return formats.number(value.quantize(TENTH).normalize() + 0)


def _plural(value: Decimal) -> int:
    """Return the number that chooses the plural; a fraction is many."""
    return int(value) if value == value.to_integral_value() else 2
