"""Entries as CSV for a partner's spreadsheet: the same rows on the page, in the file and through the API."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from commissions.queries.explained import customer_of, explained
from commissions.queries.export import plain_amount
from prm.currencies import CURRENCIES
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commissions.models import Entry

COLUMNS = (
    "posted_period",
    "earned_period",
    "customer",
    "product",
    "kind",
    "true_up",
    "currency",
    "amount",
    "explanation",
)


def entries_text(entries: Iterable[Entry]) -> str:
    """Return the file's text: a header, and one line an entry."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_line, entries))
    return text.getvalue()


def _line(entry: Entry) -> tuple[str, ...]:
    return (
        f"{entry.run.period:%Y-%m}",
        f"{entry.earned_period:%Y-%m}",
        safe_text(customer_of(entry)),
        safe_text(entry.subscription.product.name if entry.subscription else ""),
        entry.kind,
        "true" if entry.is_true_up else "false",
        entry.currency,
        plain_amount(entry.amount, CURRENCIES.get(entry.currency, 2)),
        safe_text(explained(entry).text),
    )
