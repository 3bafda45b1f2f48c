"""Entries and statements as CSV for a spreadsheet: the same rows on the page, in the file and through the API.

A statement's file is an account: its lines begin with the opening balance, each says the ``balance`` after it, so
that the amounts add up to the closing one.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commissions.queries.explained import customer_of, explained
from commissions.queries.export import plain_amount
from commissions.queries.statements import adjustments_on, lines_of
from prm.currencies import CURRENCIES
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commissions.models import Adjustment, Entry, Statement

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
STATEMENT_COLUMNS = ("statement", "line", *COLUMNS, "balance")


def entries_text(entries: Iterable[Entry]) -> str:
    """Return the file's text: a header, and one line an entry."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_line, entries))
    return text.getvalue()


def statement_text(statement: Statement, entries: Iterable[Entry] | None = None) -> str:
    """Return a statement's file: opening balance, entries, corrections, adjustments, payouts.

    ``entries`` are those of :func:`lines_of`, where the caller has read them.
    """
    entries = lines_of(statement).iterator(chunk_size=2000) if entries is None else entries
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(STATEMENT_COLUMNS)
    minor = CURRENCIES.get(statement.currency, 2)
    balance = Decimal(0)
    for line, amount, cells in _statement_lines(statement, entries):
        balance += amount
        shown = (plain_amount(amount, minor), cells[-1], plain_amount(balance, minor))
        writer.writerow((statement.number, line, *cells[:-2], *shown))
    return text.getvalue()


def _statement_lines(statement: Statement, entries: Iterable[Entry]) -> Iterator[tuple[str, Decimal, tuple[str, ...]]]:
    """Yield (what it is, amount, the cells of an entry)."""
    yield "opening", statement.opening, _plain_line(statement, _("Opening balance"))
    for entry in entries:
        yield "true_up" if entry.is_true_up else "earned", entry.amount, _line(entry)
    for adjustment in adjustments_on(statement):
        yield "adjustment", adjustment.amount, _adjustment_line(statement, adjustment)
    if statement.paid:
        yield "payout", -statement.paid, _plain_line(statement, _("Paid since the last statement"))


def _adjustment_line(statement: Statement, adjustment: Adjustment) -> tuple[str, ...]:
    earned = f"{adjustment.earned_period:%Y-%m}" if adjustment.earned_period else ""
    return (
        f"{statement.run.period:%Y-%m}",
        earned,
        "",
        "",
        adjustment.kind,
        "",
        statement.currency,
        "",
        safe_text(adjustment.reason),
    )


def _plain_line(statement: Statement, words: str) -> tuple[str, ...]:
    """Return the cells of a line that is no entry: ``words`` say what it is."""
    return (f"{statement.run.period:%Y-%m}", "", "", "", "", "", statement.currency, "", safe_text(words))


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
