"""Closing a deal as won: its subscription, its MRR, and the partner's credit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.manage.forms import WinForm
from deals.models import CreditRole, Product
from deals.policy import credit_role
from deals.queries.decisions import case_of
from deals.queries.rules import day_of, rules_in_force
from deals.services.decisions import DECIDERS
from deals.services.winning import win_registration
from prm import formats
from prm.doors import actor_of, console_page, status_of, version_of
from prm.errors import DomainError
from prm.models import Program

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from deals.models import Registration


@console_page(roles=tuple(DECIDERS))
def win(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the form, or close the deal as won."""
    case = case_of(actor_of(request), public_id)
    if case is None:
        raise Http404
    program = Program.current()
    if request.method != "POST":
        form = WinForm(initial=_initial(case, program), registration=case, currency=program.base_currency)
        return _render(request, form, case)
    form = WinForm(request.POST, registration=case, currency=program.base_currency)
    status = 422
    if form.is_valid():
        try:
            return _close(request, form, case)
        except DomainError as error:
            status = status_of(error)
            form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
    return _render(request, form, case, status=status)


def _close(request: HttpRequest, form: WinForm, case: Registration) -> HttpResponse:
    win_registration(
        registration_id=case.pk,
        actor=actor_of(request),
        now=timezone.now(),
        version=version_of(request),
        sale=form.sale,
        subscription=form.cleaned_data["subscription"],
    )
    messages.success(
        request,
        _("Won: %(partner)s is credited with 100 %% of %(customer)s.")
        % {"partner": case.holder, "customer": case.account},
    )
    return redirect("deals_manage:registration", public_id=case.public_id)


def _initial(case: Registration, program: Program) -> dict[str, object]:
    amount = case.expected_mrr
    only = list(Product.objects.filter(family=case.family)[:2])
    return {
        "product": only[0].pk if len(only) == 1 else None,
        "mrr": "" if amount is None else formats.number(amount, places=2),
        "currency": case.currency or program.base_currency,
        "started_on": day_of(timezone.now(), program),
    }


def _render(request: HttpRequest, form: WinForm, case: Registration, *, status: int = 200) -> HttpResponse:
    role = credit_role(origin=case.origin, settings=rules_in_force(now=timezone.now()))
    values = {"form": form, "case": case, "role": CreditRole(role).label}
    return render(request, "deals/manage/win.html", values, status=status)
