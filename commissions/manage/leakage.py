"""Why is this not paid, and the report of all months without pay."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from commissions.manage.files import csv_file, plain
from commissions.manage.tabs import tabs
from commissions.models import UnpaidReason
from commissions.queries.leakage import LeakageFilter, latest_month, leakage_of, leakage_sums
from commissions.queries.reasons import unpaid_sentence
from commissions.services.whynot import why_not_paid
from deals.models import Subscription
from partners.models import Partner
from prm.doors import actor_of, console_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from commissions.models import Unpaid

A_PAGE = 50
MONTH = re.compile("[12][0-9]{3}-(0[1-9]|1[0-2])")
HEADS = ("month", "partner", "subscription", "customer", "product", "currency", "mrr", "reason", "explanation")


@require_GET
@console_page
def leakage(request: HttpRequest) -> HttpResponse:
    """List customers with MRR and no commission by reason and partner, with the MRR of each reason."""
    actor = actor_of(request)
    month, wanted, rows = _asked(request)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    named = leakage_of(actor, month=month, wanted=LeakageFilter()).order_by()
    partners = Partner.objects.filter(pk__in=named.values("partner")).order_by("name")
    values: dict[str, Any] = {
        "tabs": tabs(request, "leakage"),
        "month": month,
        "page": page,
        "rows": [(row, unpaid_sentence(row)) for row in page.object_list],
        "sums": [(one, UnpaidReason(one.reason).label) for one in leakage_sums(rows)],
        "wanted": wanted,
        "is_filtered": wanted != LeakageFilter(),
        "reasons": [("", _("All")), *UnpaidReason.choices],
        "partners": [("", _("All")), *partners.values_list("code", "name")],
    }
    return render(request, "commissions/manage/leakage.html", values)


@require_GET
@console_page
def leakage_csv(request: HttpRequest) -> HttpResponse:
    """Give the list with its filters as a file."""
    month, _wanted, rows = _asked(request)
    return csv_file(f"leakage-{month:%Y-%m}.csv", HEADS, _lines(rows), amounts=frozenset({"mrr"}))


@require_GET
@console_page
def why(request: HttpRequest) -> HttpResponse:
    """Ask about a subscription and a month, and read the answer."""
    actor = actor_of(request)
    name = request.GET.get("subscription", "").strip()
    month = month_of(request) or latest_month(actor) or timezone.localdate().replace(day=1)
    found = _subscription(Subscription.objects.visible_to(actor), name) if name else None
    values = {
        "name": name,
        "month": month,
        "answer": why_not_paid(subscription=found, month=month, actor=actor) if found else None,
        "is_unknown": bool(name) and found is None,
    }
    return render(request, "commissions/manage/why.html", values)


def month_of(request: HttpRequest) -> date | None:
    """Return the month that the address asks for; a 404 for anything that is none."""
    text = request.GET.get("month", "")
    if not text:
        return None
    if not MONTH.fullmatch(text):
        raise Http404
    return date.fromisoformat(f"{text}-01")


def _subscription(rows: QuerySet[Subscription], name: str) -> Subscription | None:
    """Find by our id or by the one of another system."""
    try:
        named = Q(public_id=UUID(name))
    except ValueError:
        named = Q(external_id=name)
    return rows.filter(named).select_related("account", "product").order_by("pk").first()


def _asked(request: HttpRequest) -> tuple[date, LeakageFilter, QuerySet[Unpaid]]:
    actor = actor_of(request)
    month = month_of(request) or latest_month(actor) or timezone.localdate().replace(day=1)
    wanted = LeakageFilter(reason=request.GET.get("reason", ""), partner=request.GET.get("partner", ""))
    return month, wanted, leakage_of(actor, month=month, wanted=wanted)


def _lines(rows: QuerySet[Unpaid]) -> Iterator[tuple[str, ...]]:
    for row in rows.iterator(chunk_size=2000):
        subscription = row.subscription
        yield (
            f"{row.run.period:%Y-%m}",
            row.partner.code if row.partner else "",
            subscription.external_id,
            subscription.account.name,
            subscription.product.name,
            subscription.currency,
            plain(row.mrr, subscription.currency),
            row.reason,
            unpaid_sentence(row),
        )
