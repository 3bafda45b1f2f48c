"""The invoice that the vendor wrote for a partner, beside the statement that it bills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from commissions.models import SelfBillingDocument
from commissions.queries.self_billing import self_billing_paper
from prm.doors import actor_of, portal_page
from prm.downloads import PDF, download
from prm.papers import print_paper

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_GET
@portal_page(money=True, after_termination=True)
def document_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the document of a statement as a paper."""
    rows = SelfBillingDocument.objects.visible_to(actor_of(request)).select_related("statement__run", "corrects")
    found = get_object_or_404(rows, statement__number=number)
    return download(print_paper(self_billing_paper(found)), kind=PDF, name=f"{found.number}.pdf")
