"""Statements: what each approved month came to, page and file; they never change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from commissions.portal.disputes import ask_about
from commissions.portal.files import statement_file, statement_paper_file
from commissions.queries.explained import customer_of, explained
from commissions.queries.statements import adjustments_on, lines_of, parts_of, statements_of
from commissions.queries.summary import sums_of
from prm.doors import actor_of, portal_page, program_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from commissions.models import Entry

STATEMENTS_A_PAGE = 25
LINES_A_PAGE = 500
"""A page holds what prints in one go; the file has every line."""


@require_GET
@portal_page(money=True, after_termination=True)
def statements(request: HttpRequest) -> HttpResponse:
    """List the statements, newest first."""
    page = Paginator(statements_of(actor_of(request)), STATEMENTS_A_PAGE).get_page(request.GET.get("page"))
    values = {
        "page": page,
        "has_corrections": any(one.true_up for one in page),
        "has_paid": any(one.paid for one in page),
    }
    return render(request, "commissions/portal/statements.html", values)


@require_GET
@portal_page(money=True, after_termination=True)
def statement(request: HttpRequest, number: str) -> HttpResponse:
    """Show one statement with its lines."""
    found = get_object_or_404(statements_of(actor_of(request)), number=number)
    page = Paginator(lines_of(found), LINES_A_PAGE).get_page(request.GET.get("page"))
    values = {
        "statement": found,
        "sums": sums_of(found, parts_of([found])),
        "adjustments": adjustments_on(found),
        "page": page,
        "lines": [_line(entry, found.number) for entry in page.object_list],
    }
    return render(request, "commissions/portal/statement.html", values)


@require_GET
@portal_page(money=True, after_termination=True)
def statement_csv(request: HttpRequest, number: str) -> HttpResponse:
    """Give the lines of one statement as a file."""
    found = get_object_or_404(statements_of(actor_of(request)), number=number)
    return statement_file(found)


@require_GET
@portal_page(money=True, after_termination=True)
def statement_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the statement as a paper."""
    found = get_object_or_404(statements_of(actor_of(request)), number=number)
    return statement_paper_file(found, program_of(request))


def _line(entry: Entry, number: str) -> dict[str, object]:
    explanation = explained(entry)
    return {
        "entry": entry,
        "customer": customer_of(entry),
        "formula": explanation.formula,
        "text": " ".join(explanation.sentences),
        "ask": ask_about(entry, statement=number),
    }
