"""Lists as files: UTF-8 CSV that no spreadsheet runs, amounts as numbers."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.http import HttpResponse

from prm.currencies import CURRENCIES
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal


def csv_file(
    name: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, amounts: frozenset[str] = frozenset()
) -> HttpResponse:
    """Return rows as a file called ``name``; columns named in ``amounts`` hold numbers and may be negative."""
    response = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    writer = csv.writer(response, lineterminator="\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow([cell if head in amounts else safe_text(cell) for head, cell in zip(heads, row, strict=True)])
    return response


def plain(amount: Decimal | None, currency: str) -> str:
    """Print an amount with its currency's minor digits and no separators; nothing for ``None``."""
    return "" if amount is None else f"{amount:.{CURRENCIES[currency]}f}"
