"""Why is this not paid: one customer's month, and the list of own customers without commission."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from commissions.portal import months
from commissions.queries.leakage import LeakageFilter, latest_month, leakage_of, leakage_sums
from commissions.queries.reasons import unpaid_sentence
from commissions.services.whynot import why_not_paid
from deals.models import Subscription
from prm.doors import actor_of, portal_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from prm.actors import Actor

A_PAGE = 50


@require_GET
@portal_page(money=True)
def why(request: HttpRequest) -> HttpResponse:
    """Ask about one of the partner's customers and a month, and read the answer."""
    actor = actor_of(request)
    own = Subscription.objects.visible_to(actor).select_related("account", "product")
    chosen = request.GET.get("subscription", "")
    found = own.filter(public_id=_id(chosen)).first() if chosen else None
    if chosen and found is None:
        raise Http404
    month = _month(request, actor)
    names = own.order_by("account__name", "pk").values_list("public_id", "account__name", "product__name")
    values = {
        "chosen": chosen,
        "month": month,
        "customers": [(str(key), f"{customer} · {product}") for key, customer, product in names],
        "answer": why_not_paid(subscription=found, month=month, actor=actor) if found else None,
    }
    return render(request, "commissions/portal/why.html", values)


@require_GET
@portal_page(money=True)
def unpaid(request: HttpRequest) -> HttpResponse:
    """List the partner's own customers with revenue and without commission in a month."""
    actor = actor_of(request)
    month = _month(request, actor)
    rows = leakage_of(actor, month=month, wanted=LeakageFilter())
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    values = {
        "month": month,
        "page": page,
        "rows": [(row, unpaid_sentence(row)) for row in page.object_list],
        "sums": leakage_sums(rows),
        "previous": f"{months.shift(month, -1):%Y-%m}",
        "next": f"{months.shift(month, 1):%Y-%m}",
        "months_away": (months.shift(month, -1), months.shift(month, 1)),
    }
    return render(request, "commissions/portal/unpaid.html", values)


def _month(request: HttpRequest, actor: Actor) -> date:
    text = request.GET.get("month", "")
    if not text:
        return latest_month(actor) or timezone.localdate().replace(day=1)
    if not months.MONTH.fullmatch(text):
        raise Http404
    return date.fromisoformat(f"{text}-01")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
