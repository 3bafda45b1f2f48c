"""What was paid out, what is under way, and what the next payout will be, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from commissions.portal.words import so_far_sentence
from commissions.queries.due import last_calculated
from commissions.queries.payouts import REASONS, carried_forward_of, outlook, payouts_of
from prm import formats
from prm.doors import actor_of, portal_page, program_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from commissions.models import CarriedForward
    from commissions.queries.payouts import Outlook

PAYOUTS_A_PAGE = 25
OF_THE_PAYEE = frozenset(
    {"no_payout_method", "method_unverified", "no_tax_form", "tax_form_unverified", "tax_form_expired"}
)
"""Reasons that the partner itself can do something about, on its payout details."""


@dataclass(frozen=True, slots=True)
class Next:
    """A balance with what becomes of it: what would be paid, or why not; the sentences are for the partner."""

    currency: str
    payable: Decimal
    net: Decimal | None
    withheld: Decimal
    fraction: Decimal
    reasons: tuple[str, ...]
    is_owed: bool
    leads_to_details: bool


@require_GET
@portal_page(money=True, after_termination=True)
def payouts(request: HttpRequest) -> HttpResponse:
    """List the payouts, newest first, and what the last batch carried forward."""
    actor = actor_of(request)
    page = Paginator(payouts_of(actor), PAYOUTS_A_PAGE).get_page(request.GET.get("page"))
    values = {
        "page": page,
        "rows": [(payout, payout.withholding_rate / 100) for payout in page],
        "state": ngettext("%(count)d payout", "%(count)d payouts", page.paginator.count)
        % {"count": page.paginator.count},
        "carried": [(row, _why_carried(row)) for row in _last_carried(request)],
    }
    return render(request, "commissions/portal/payouts.html", values)


@require_GET
@portal_page(money=True, after_termination=True)
def next_payout(request: HttpRequest) -> HttpResponse:
    """Give the part of a page that says what is paid next; without htmx the page of payouts."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("commissions_portal:payouts")
    actor, program = actor_of(request), program_of(request)
    today = program.day_of(timezone.now())
    found = outlook(on=today, partner_ids=[actor.partner_id or 0])
    values = {"balances": [_next(row) for row in found], "so_far": so_far_sentence(last_calculated(), today=today)}
    response = render(request, "commissions/portal/_next.html", values)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _next(row: Outlook) -> Next:
    return Next(
        currency=row.currency,
        payable=row.payable,
        net=row.net if row.is_paid else None,
        withheld=row.withheld,
        fraction=row.rate / 100,
        reasons=tuple(_sentence(code, row.minimum, row.currency) for code in row.reasons),
        is_owed=row.payable > 0,
        leads_to_details=bool(OF_THE_PAYEE & set(row.reasons)),
    )


def _sentence(code: str, minimum: Decimal | None, currency: str) -> str:
    if code == "below_minimum" and minimum is not None:
        return _("Below the minimum payout of %(minimum)s: it is added to the next one.") % {
            "minimum": formats.money(minimum, currency)
        }
    return str(REASONS[code])


def _last_carried(request: HttpRequest) -> list[CarriedForward]:
    """Return what the newest batch that looked at this partner left, by currency."""
    latest: dict[str, CarriedForward] = {}
    for row in carried_forward_of(actor_of(request))[:PAYOUTS_A_PAGE]:
        latest.setdefault(row.currency, row)
    return [latest[currency] for currency in sorted(latest)]


def _why_carried(row: CarriedForward) -> str:
    return " ".join(_sentence(code, row.minimum, row.currency) for code in row.reasons)
