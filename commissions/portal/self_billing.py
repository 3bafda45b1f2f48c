"""Papers for a partner's own books: the invoice that the vendor wrote, and what was withheld in a year."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from commissions.models import SelfBillingDocument
from commissions.queries.self_billing import self_billing_paper
from commissions.queries.yearly import CERTIFICATE_COLUMNS, certificate_rows
from prm.doors import actor_of, portal_page
from prm.downloads import CSV, PDF, download
from prm.papers import print_paper
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_GET
@portal_page(money=True, after_termination=True)
def document_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the document of a statement as a paper."""
    rows = SelfBillingDocument.objects.visible_to(actor_of(request)).select_related("statement__run", "corrects")
    found = get_object_or_404(rows, statement__number=number)
    return download(print_paper(self_billing_paper(found)), kind=PDF, name=f"{found.number}.pdf")


@require_GET
@portal_page(money=True, after_termination=True)
def withheld_csv(request: HttpRequest, year: int) -> HttpResponse:
    """Give the company's payouts of a year with what was withheld from each."""
    actor = actor_of(request)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CERTIFICATE_COLUMNS)
    rows = certificate_rows(actor, partner_id=actor.partner_id or 0, year=year)
    writer.writerows([[safe_text(cell) for cell in row] for row in rows])
    return download(text.getvalue(), kind=CSV, name=f"withheld-{year}.csv")
