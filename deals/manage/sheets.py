"""Lists of the console as files: the same rows as on the page, all of them, in a form that spreadsheets open safely."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING

from prm.downloads import CSV, download
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpResponse


def sheet(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return ``rows`` under ``head`` as the file ``name``: instants and days as ISO 8601, amounts exact."""
    out = StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return download(out.getvalue(), kind=CSV, name=name)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return safe_text(str(value))
