"""Turns the lines of a file into rows of values, and notes every cell that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from prm.interchange.cells import CellError, Instant
from prm.interchange.files import Row, Sheet
from prm.interchange.reading import Lines, bad_character, read_lines

if TYPE_CHECKING:
    from datetime import tzinfo

    from prm.interchange.files import Column, FileSpec, Key, Values
    from prm.interchange.problems import Problems

CACHED = 50_000
"""Distinct texts of a column that are remembered: dates, codes and prices repeat all the time."""


class ColumnReader:
    """Reads the cells of one column."""

    def __init__(self, position: int, column: Column, zone: tzinfo) -> None:
        self.position = position
        self.column = column
        self.name = column.name
        self._zone = zone
        self._cache: dict[str, Any] = {}

    def value(self, cell: str) -> Any:
        """Return the cell's value; CellError says what is wrong with it."""
        try:
            return self._cache[cell]
        except KeyError:
            value = self._parse(cell)
            if len(self._cache) < CACHED:
                self._cache[cell] = value
            return value

    def _parse(self, cell: str) -> Any:
        if wrong := bad_character(cell):
            raise CellError(wrong)
        text = cell.strip()
        if not text:
            if self.column.needed:
                raise CellError(_("a value is needed"))
            return self.column.if_empty
        value = self.column.kind.parse(text)
        return Instant.in_zone(value, self._zone) if isinstance(self.column.kind, Instant) else value


def read_sheet(spec: FileSpec, data: bytes, zone: tzinfo, problems: Problems) -> Sheet | None:
    """Read a file; the sheet holds the rows whose cells are all right and whose key is not there twice."""
    lines = read_lines(spec.name, data, spec.names, problems)
    if lines is None:
        return None
    sheet = Sheet(spec, header=lines.header, lines=len(lines.lines))
    readers = [
        ColumnReader(lines.header.index(column.name), column, zone)
        for column in spec.columns
        if column.name in lines.header
    ]
    missing = [c.name for c in spec.key if c.needed and c.name not in lines.header]
    for name in missing:
        problems.add(spec.name, 1, name, _("the column is missing; it is part of the key"))
    if not missing:
        _read_rows(sheet, lines, readers, problems)
    return sheet


def _read_rows(sheet: Sheet, lines: Lines, readers: list[ColumnReader], problems: Problems) -> None:
    spec = sheet.spec
    absent_key: Values = {c.name: c.if_empty for c in spec.key if c.name not in lines.header}
    seen: dict[Key, int] = {}
    sheet.given = {reader.name: set() for reader in readers if reader.column.needed}
    for line, cells in lines.lines:
        values = dict(absent_key)
        good = True
        for reader in readers:
            try:
                values[reader.name] = reader.value(cells[reader.position])
            except CellError as error:
                problems.add(spec.name, line, reader.name, str(error))
                good = False
        for name, given in sheet.given.items():
            given.add(values.get(name))
        if not good:
            continue
        key = spec.key_of(values)
        first = seen.setdefault(key, line)
        if first != line:
            _note_twin(sheet, line, first, problems)
            continue
        sheet.rows.append(Row(line, values))


def _note_twin(sheet: Sheet, line: int, first: int, problems: Problems) -> None:
    columns = [column.name for column in sheet.spec.key if column.name in sheet.header]
    message = _("the same key as line %(first)s") % {"first": first}
    problems.add(sheet.spec.name, line, ", ".join(columns), message)
