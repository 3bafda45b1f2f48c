"""Statements for the program's own people: the same files as the partner's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from commissions.queries.papers import statement_paper
from commissions.queries.sheet import statement_text
from commissions.queries.statements import statements_of
from prm.doors import actor_of, console_page, program_of
from prm.downloads import CSV, PDF, download
from prm.papers import print_paper

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_GET
@console_page
def statement_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give a statement as a paper."""
    found = get_object_or_404(statements_of(actor_of(request)), number=number)
    paper = statement_paper(found, program_of(request))
    return download(print_paper(paper), kind=PDF, name=f"{found.number}.pdf")


@require_GET
@console_page
def statement_csv(request: HttpRequest, number: str) -> HttpResponse:
    """Give the lines of a statement as a file."""
    found = get_object_or_404(statements_of(actor_of(request)), number=number)
    return download(statement_text(found), kind=CSV, name=f"{found.number}.csv")
