"""Turns the bytes of a CSV file into lines of cells, and says what is wrong with them."""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prm.interchange.problems import Problems

BOM = "\ufeff"
FIELD_LIMIT = 100_000
"""Characters of one cell: no column holds more, and a quotation mark left open would swallow the file."""

SURROGATES = ("\udc80", "\udcff")
"""How ``surrogateescape`` writes a byte that is not UTF-8."""


@dataclass
class Lines:
    """A file's header and its lines: (line number, cells as long as the header)."""

    header: list[str] = field(default_factory=list)
    lines: list[tuple[int, list[str]]] = field(default_factory=list)


def read_lines(file: str, data: bytes, known: Sequence[str], problems: Problems) -> Lines | None:
    """Read ``data``; what is wrong goes to ``problems``. None means that nothing can be read at all."""
    text = _decode(file, data, problems)
    if text is None:
        return None
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    result: Lines | None = None
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cells):
                continue
            if result is None:
                if _other_separator(cells, known):
                    problems.add(file, line, "", _("the columns are not separated by commas"))
                    return None
                result = Lines(header=_header(file, line, cells, known, problems))
            elif len(cells) != len(result.header):
                problems.add(file, line, "", _wrong_length(len(cells), len(result.header)))
            else:
                result.lines.append((line, cells))
    except csv.Error as error:
        problems.add(file, start, "", _quoting(error))
        return result
    if result is None:
        problems.add(file, 1, "", _("the file is empty; it needs a header row"))
    return result


def _decode(file: str, data: bytes, problems: Problems) -> str | None:
    """Return the text; bytes that are not UTF-8 are kept as surrogates for the cell to report."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or data[:400].count(0) > len(data[:400]) // 5:
        problems.add(file, 1, "", _("the file is UTF-16, not UTF-8; save it as “CSV UTF-8”"))
        return None
    text = data.decode("utf-8", errors="surrogateescape")
    return text.removeprefix(BOM)


def bad_character(cell: str) -> str:
    """Return what is wrong with the characters of a cell, or the empty string."""
    for character in cell:
        if SURROGATES[0] <= character <= SURROGATES[1]:
            byte = f"0x{ord(character) - 0xDC00:02X}"
            return _("not UTF-8 (byte %(byte)s); save the file as “CSV UTF-8”") % {"byte": byte}
        if character < " " and character not in "\t\r\n":
            return _("has a control character (%(code)s)") % {"code": f"U+{ord(character):04X}"}
    return ""


def _header(file: str, line: int, cells: list[str], known: Sequence[str], problems: Problems) -> list[str]:
    header = [cell.strip() for cell in cells]
    for position, name in enumerate(header, start=1):
        if wrong := bad_character(name):
            problems.add(file, line, "", wrong)
        elif not name:
            problems.add(file, line, "", _("column %(position)s has no name") % {"position": position})
        elif name not in known:
            problems.add(file, line, name, _unknown(name, known))
        elif name in header[: position - 1]:
            problems.add(file, line, name, _("the column is there twice"))
    return header


def _other_separator(header: list[str], known: Sequence[str]) -> bool:
    return len(header) == 1 and len(known) > 1 and any(mark in header[0] for mark in ";\t|")


def _unknown(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=1)
    if near:
        return _("unknown column; did you mean “%(near)s”?") % {"near": near[0]}
    return _("unknown column; known are: %(known)s") % {"known": ", ".join(known)}


def _wrong_length(cells: int, header: int) -> str:
    return _("has %(cells)s cells, the header has %(header)s") % {"cells": cells, "header": header}


def _quoting(error: csv.Error) -> str:
    reason = str(error)
    if "field larger" in reason:
        return _("a cell has more than %(limit)s characters; is a quotation mark left open?") % {"limit": FIELD_LIMIT}
    if "unexpected end" in reason:
        return _("a quotation mark is opened and never closed")
    if "expected after" in reason:
        return _("text follows a closing quotation mark; a quotation mark inside a cell is written twice")
    return _("cannot be read as CSV (%(reason)s)") % {"reason": reason}
