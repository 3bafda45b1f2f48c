"""Checks that several files share: dates in order, no overlaps. Their findings name the line, and the other one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from prm.interchange import staging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prm.interchange.files import Key, Sheet, Step, Values
    from prm.interchange.loading import Load

FOREVER = date.max
BEGINNING = date.min


@dataclass(frozen=True, slots=True)
class Stretch:
    """A row's days ``[start, end)``; ``line`` 0 is a stored row that the file leaves as it is."""

    start: date
    end: date
    line: int
    values: Values

    @classmethod
    def of(cls, values: Values, line: int = 0) -> Stretch:
        """Return the days of a row with ``from`` and ``until``; empty ones are open."""
        return cls(values["from"] or BEGINNING, values["until"] or FOREVER, line, values)

    def overlaps(self, other: Stretch) -> bool:
        """Whether both hold on a common day."""
        return max(self.start, other.start) < min(self.end, other.end)

    def place(self) -> str:
        """Return where the row stands, for a message."""
        if self.line:
            return _("line %(line)s") % {"line": self.line}
        return _("a stored row (from %(start)s until %(end)s)") % {
            "start": self.values["from"] or _("the beginning"),
            "end": self.values["until"] or _("further notice"),
        }


def check_dates_in_order(load: Load, sheet: Sheet) -> None:
    """Refuse rows that end before they begin; equal dates void a row and are right."""
    for row in sheet.rows:
        start, end = row.values["from"], row.values["until"]
        if start is not None and end is not None and end < start:
            column = "until" if "until" in sheet.header else "from"
            load.wrong(sheet, row, column, _("%(end)s is before %(start)s") % {"end": end, "start": start})


def stretches(
    sheet: Sheet, group: str, keep: Callable[[Values], bool] = lambda _values: True
) -> tuple[list[Stretch], list[Stretch]]:
    """Return the stretches of the file's rows, and of the stored rows beside them under the same ``group``."""
    in_file = [Stretch.of(row.values, row.line) for row in sheet.rows if keep(row.values)]
    if not sheet.written():
        return in_file, []
    replaced = {row.id for row in sheet.rows}
    groups = {row.values[group] for row in sheet.written()}
    stored = staging.neighbours(sheet.spec, group, groups)
    return in_file, [Stretch.of(v) for pk, v in stored if pk not in replaced and keep(v)]


def check_no_overlap(
    *group: str, keep: Callable[[Values], bool] = lambda _values: True, what: Callable[[], str]
) -> Step:
    """Return a check that rows of one ``group`` of columns never overlap; ``what`` names them in the message."""

    def check(load: Load, sheet: Sheet) -> None:
        in_file, stored = stretches(sheet, group[0], keep)
        by_group: defaultdict[Key, list[Stretch]] = defaultdict(list)
        for stretch in [*stored, *in_file]:
            if stretch.start < stretch.end:
                by_group[tuple(stretch.values[name] for name in group)].append(stretch)
        for held in by_group.values():
            for later, earlier in overlapping(held):
                message = _("overlaps %(other)s: %(what)s") % {"other": earlier.place(), "what": what()}
                column = "from" if "from" in sheet.header else group[0]
                load.problems.add(sheet.spec.name, later.line, column, message)

    return check


def overlapping(held: list[Stretch]) -> Iterable[tuple[Stretch, Stretch]]:
    """Yield (row of the file, the row that it overlaps): the later line of each clash, once a line."""
    held.sort(key=lambda s: (s.start, s.end, s.line))
    widest: Stretch | None = None
    for stretch in held:
        if widest is not None and stretch.start < widest.end:
            later, earlier = (stretch, widest) if stretch.line >= widest.line else (widest, stretch)
            yield later, earlier
        if widest is None or stretch.end > widest.end:
            widest = stretch


def same(values: Values, other: Values, names: Iterable[str]) -> bool:
    """Whether two rows agree in ``names``."""
    return all(values[name] == other[name] for name in names)
