"""What finance takes to the books: the accounting export of a run, and self-billing documents."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from commissions.manage.runs import find_run
from commissions.models import RunStatus, SelfBillingDocument
from commissions.queries.accounting import COLUMNS, accounting_rows
from commissions.queries.self_billing import self_billing_paper
from prm.actors import InternalRole
from prm.doors import actor_of, console_page
from prm.downloads import PDF, download
from prm.papers import print_paper
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


@require_GET
@console_page(roles=(InternalRole.FINANCE, InternalRole.ADMIN))
def accounting_csv(request: HttpRequest, number: int) -> HttpResponseBase:
    """Give the debits and credits of an approved run as a file."""
    run = find_run(actor_of(request), number)
    if run.status != RunStatus.APPROVED:
        raise Http404
    response = StreamingHttpResponse(_lines(run.number), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="accounting-{run.number}-{run.period:%Y-%m}.csv"'
    return response


@require_GET
@console_page
def document_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the self-billing document of a statement as a paper."""
    rows = SelfBillingDocument.objects.visible_to(actor_of(request)).select_related("statement__run", "corrects")
    found = get_object_or_404(rows, statement__number=number)
    return download(print_paper(self_billing_paper(found)), kind=PDF, name=f"{found.number}.pdf")


class _Echo:
    """A file that hands each line on instead of keeping it."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def _lines(number: int) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\n")
    yield writer.writerow(COLUMNS)
    for row in accounting_rows(run_number=number):
        yield writer.writerow([safe_text(cell) for cell in row])
