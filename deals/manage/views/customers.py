"""The console's list of customers, and the page of one."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from deals.queries.customers import (
    CustomerFilter,
    countries_of_customers,
    customer_of,
    customers_in,
    pairs,
    timeline_of,
)
from deals.services.decisions import DECIDERS
from prm import formats
from prm.doors import actor_of, console_page, today_of
from prm.spreadsheets import safe_text
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from django.http import HttpRequest

COLUMNS = ("id", "source_system", "external_id", "name", "website", "domains", "country", "segment", "is_prospect")


@require_GET
@console_page
def customers(request: HttpRequest) -> HttpResponse:
    """List customers; a word finds them by name, domain or external id."""
    choice = CustomerFilter.of(request.GET.dict())
    page = Paginator(customers_in(actor_of(request), choice), PAGE_SIZE).get_page(request.GET.get("page"))
    count, waiting = page.paginator.count, pairs(decided=False).count()
    values = {
        "page": page,
        "choice": choice,
        "state": ngettext("%(count)s customer", "%(count)s customers", count) % {"count": formats.number(count)},
        "countries": [("", _("All")), *((code, formats.country(code)) for code in countries_of_customers())],
        "kinds": [("", _("All")), ("known", _("In a CRM")), ("prospect", _("Prospects")), ("merged", _("Merged"))],
        "waiting": waiting,
    }
    return render(request, "deals/manage/customers.html", values)


@require_GET
@console_page
def customers_csv(request: HttpRequest) -> HttpResponse:
    """Download the list with its filters, all pages of it."""
    today = today_of(request)
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="customers-{today:%Y-%m-%d}.csv"'},
    )
    writer = csv.writer(response, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = customers_in(actor_of(request), CustomerFilter.of(request.GET.dict()))
    for row in rows.iterator(chunk_size=2000):
        cells = (
            str(row.public_id),
            row.source_system,
            row.external_id or "",
            row.name,
            row.website,
            " ".join(held.domain for held in row.domains.all()),
            row.country,
            row.segment,
            "yes" if row.is_prospect else "no",
        )
        writer.writerow([safe_text(cell) for cell in cells])
    return response


@require_GET
@console_page
def customer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one customer: what identifies it, who claims it, what it pays for, and whom it may be."""
    found = customer_of(actor_of(request), public_id)
    if found is None:
        raise Http404
    values = {
        "it": found,
        "account": found.account,
        "history": timeline_of(found.account),
        "may_decide": actor_of(request).has_role(*DECIDERS),
        "now": timezone.now(),
    }
    return render(request, "deals/manage/customer.html", values)
