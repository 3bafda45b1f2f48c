"""Entries and statements as files to download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commissions.queries.papers import statement_paper
from commissions.queries.sheet import entries_text, statement_text
from prm.downloads import CSV, PDF, download
from prm.papers import print_paper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from commissions.models import Entry, Statement
    from prm.models import Program


def entries_file(entries: Iterable[Entry], *, name: str) -> HttpResponse:
    """Return the file ``name`` with one line an entry."""
    return download(entries_text(entries), kind=CSV, name=name)


def statement_file(statement: Statement) -> HttpResponse:
    """Return the lines of a statement as CSV."""
    return download(statement_text(statement), kind=CSV, name=f"{statement.number}.csv")


def statement_paper_file(statement: Statement, program: Program) -> HttpResponse:
    """Return a statement as PDF, in the language of the reader."""
    return download(print_paper(statement_paper(statement, program)), kind=PDF, name=f"{statement.number}.pdf")
