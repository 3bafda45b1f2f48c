"""Payout details: where commission is paid to, the tax form, and what is missing before anything can be paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.models import TaxFormKind
from partners.portal.payout_forms import AccountForm, TaxFormForm
from partners.queries.payees import REASONS, PayeePage, payee_page
from partners.queries.self_billing import VERSION, self_billing_text
from partners.services.payees import submit_payout_method
from partners.services.tax import end_self_billing_agreement, store_self_billing_agreement, submit_tax_form
from prm.doors import actor_of, portal_page, program_of, seat_of, today_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from prm.doors import Seat

ASKED_OF_PARTNER = ("no_payout_method", "no_tax_form", "tax_form_expired")
"""What the partner itself can do something about; the rest waits for finance."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One line of what is missing, with where to put it right."""

    title: str
    href: str
    action: str


@require_GET
@portal_page(money=True)
def details(request: HttpRequest) -> HttpResponse:
    """Show the account, the tax forms, withholding and the self-billing agreement of the company."""
    return _show(request)


@require_http_methods(["GET", "POST"])
@portal_page(money=True)
def account(request: HttpRequest) -> HttpResponse:
    """Enter another account; the one before ends, and finance verifies the new one."""
    initial = {"kind": "sepa", "holder": _seat(request).partner_name, "currency": "EUR"}
    form = AccountForm(request.POST or None, initial=initial, currency=program_of(request).base_currency)
    if request.method == "POST" and form.is_valid():
        try:
            row = submit_payout_method(
                partner_id=_seat(request).partner_id, entry=form.entry(), actor=actor_of(request), now=timezone.now()
            )
        except DomainError as refusal:
            _tell(form, refusal)
        else:
            said = _("%(account)s is stored. Nothing is paid to it before the program’s finance has verified it.")
            messages.success(request, said % {"account": row.masked})
            return redirect("partners_portal:payouts")
    return render(request, "partners/payout_account.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@portal_page(money=True)
def tax_form(request: HttpRequest) -> HttpResponse:
    """Send in a tax form."""
    wanted = request.GET.get("kind", "")
    initial = {"kind": wanted if wanted in TaxFormKind.values else TaxFormKind.VAT}
    form = TaxFormForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            submit_tax_form(
                partner_id=_seat(request).partner_id, entry=form.entry(), actor=actor_of(request), now=timezone.now()
            )
        except DomainError as refusal:
            _tell(form, refusal)
        else:
            messages.success(request, _("The form is stored and waits for the program’s finance."))
            return redirect("partners_portal:payouts")
    return render(request, "partners/tax_form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@portal_page(money=True)
def self_billing(request: HttpRequest) -> HttpResponse:
    """Agree to self-billing, or end the agreement; the form names the version of the text that was read."""
    seat, actor, now = _seat(request), actor_of(request), timezone.now()
    if request.POST.get("act") == "end_self_billing":
        end_self_billing_agreement(partner_id=seat.partner_id, actor=actor, now=now)
        messages.success(request, _("The self-billing agreement has ended."))
        return redirect("partners_portal:payouts")
    if request.POST.get("agree") != VERSION:
        return _show(request, problem=_("Tick that you agree; the text may have changed since you opened the page."))
    try:
        store_self_billing_agreement(
            partner_id=seat.partner_id,
            version=VERSION,
            text=_text(request, seat),
            legal_name=request.POST.get("legal_name", ""),
            address=request.POST.get("address", ""),
            actor=actor,
            now=now,
        )
    except DomainError as refusal:
        return _show(request, problem=str(refusal.sentence))
    messages.success(request, _("The self-billing agreement is stored."))
    return redirect("partners_portal:payouts")


def _show(request: HttpRequest, *, problem: str = "") -> HttpResponse:
    seat, today = _seat(request), today_of(request)
    page = payee_page(actor_of(request), partner_id=seat.partner_id, on=today)
    values: dict[str, Any] = {
        "it": page,
        "state": _state(page),
        "missing": _missing(page),
        "forms": [(row, row.status_on(today)) for row in page.forms],
        "text": page.agreement.text if page.agreement else _text(request, seat),
        "version": VERSION,
        "years": [today.year, today.year - 1],
        "name": request.POST.get("legal_name", seat.partner_name),
        "address": request.POST.get("address", ""),
        "problem": problem,
    }
    return render(request, "partners/payouts.html", values, status=422 if problem else 200)


def _state(page: PayeePage) -> str:
    """Return the sentence under the heading: what is missing first, or that all is well."""
    if page.ready:
        return _("Everything is there: commission can be paid.")
    return " ".join([_("Commission cannot be paid yet."), *(str(REASONS[reason]) for reason in page.reasons)])


def _missing(page: PayeePage) -> list[Missing]:
    places = {
        "no_payout_method": (reverse("partners_portal:payout_account"), _("Enter the account")),
        "no_tax_form": (reverse("partners_portal:tax_form"), _("Send the form")),
        "tax_form_expired": (reverse("partners_portal:tax_form"), _("Send the form")),
    }
    return [Missing(str(REASONS[reason]), *places[reason]) for reason in page.reasons if reason in ASKED_OF_PARTNER]


def _text(request: HttpRequest, seat: Seat) -> str:
    program = program_of(request)
    return self_billing_text(vendor=program.vendor_name or program.name, partner=seat.partner_name)


def _tell(form: Form, refusal: DomainError) -> None:
    """Put a refusal beside the field that it is about."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.sentence))


def _seat(request: HttpRequest) -> Seat:
    seat = seat_of(request)
    if seat is None:
        raise Http404
    return seat
