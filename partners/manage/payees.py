"""The console's part of payout details: what waits for finance, one partner's details, the decisions about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from partners.manage.forms import WithholdingForm
from partners.models import Partner, PayoutMethod, TaxForm, TaxFormKind
from partners.queries.payees import (
    REASONS,
    forms_to_verify,
    methods_to_verify,
    missing_of,
    payee_page,
    waiting_count,
)
from partners.services.payees import refuse_payout_method, reveal_account, verify_payout_method
from partners.services.tax import refuse_tax_form, request_tax_form, set_withholding, verify_tax_form
from prm import formats, navigation, panels
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, today_of
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.ui.states import State, register_states

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

METHOD_STATES = {
    "entered": State(gettext_lazy("To verify"), "info", "clock", gettext_lazy("Finance has to verify it.")),
    "verified": State(gettext_lazy("Verified"), "ok", "check", gettext_lazy("Payouts go there.")),
    "refused": State(gettext_lazy("Refused"), "bad", "cross", gettext_lazy("Nothing is paid to it.")),
}
FORM_STATES = {
    **METHOD_STATES,
    "requested": State(gettext_lazy("Requested"), "neutral", "flag", gettext_lazy("The partner has to send it in.")),
    "received": METHOD_STATES["entered"],
    "expired": State(gettext_lazy("Expired"), "bad", "warning", gettext_lazy("A new one is needed.")),
}
READY_STATES = {
    "ready": State(gettext_lazy("Can be paid"), "ok", "check", gettext_lazy("Account and tax form are verified.")),
    "missing": State(gettext_lazy("Not payable"), "warn", "warning", gettext_lazy("Something is missing.")),
}


def register() -> None:
    """Add the item with its counter, the part of a partner's page, and the states; called when the app is ready."""
    navigation.register(
        navigation.Item(
            area="console",
            label=gettext_lazy("Payout details"),
            url_name="partners_manage:payees",
            position=35,
            visible=lambda actor: actor is not None and actor.has_role(InternalRole.FINANCE),
            counter=lambda _request: waiting_count(),
        )
    )
    panels.register(
        panels.Panel(
            place="partner_side",
            name="payee",
            position=30,
            template="partners/payee_panel.html",
            context=lambda request, partner: {"partner": partner, **_readiness(request, partner)},
        )
    )
    register_states("payout_method", METHOD_STATES)
    register_states("tax_form", FORM_STATES)
    register_states("payee", READY_STATES)


@require_GET
@console_page
def queue(request: HttpRequest) -> HttpResponse:
    """List the accounts and tax forms that wait for verification, the oldest first."""
    actor = actor_of(request)
    methods, forms = list(methods_to_verify(actor)), list(forms_to_verify(actor))
    count = len(methods) + len(forms)
    state = ngettext("%(count)s thing waits for verification.", "%(count)s things wait for verification.", count)
    values = {"methods": methods, "forms": forms, "state": state % {"count": formats.number(count)}}
    return render(request, "partners/payee_queue.html", values)


@require_GET
@console_page
def payee(request: HttpRequest, code: str) -> HttpResponse:
    """Show one partner's payout details, numbers masked."""
    return _show(request, _partner(request, code))


@require_POST
@console_page(roles=(InternalRole.FINANCE,))
def act(request: HttpRequest, code: str) -> HttpResponse:
    """Carry out what a button of the page says; a refusal comes back on the page."""
    partner = _partner(request, code)
    form = WithholdingForm(request.POST) if request.POST.get("act") == "withhold" else None
    if form is not None and not form.is_valid():
        return _show(request, partner, form=form, status=422)
    try:
        said, revealed = _carry_out(request, partner, form)
    except NotAllowedError as refusal:
        return _show(request, partner, problem=str(refusal.sentence), status=403)
    except StaleError as refusal:
        return _show(request, partner, problem=str(refusal.sentence), status=409)
    except DomainError as refusal:
        return _show(request, partner, problem=str(refusal.sentence), status=422)
    if revealed[0]:
        return _show(request, partner, revealed=revealed)
    messages.success(request, said)
    return redirect("partners_manage:payee", code=partner.code)


def _carry_out(request: HttpRequest, partner: Partner, form: WithholdingForm | None) -> tuple[str, tuple[str, str]]:
    """Return what to say, and a whole account number with its row's id where somebody asked to read it."""
    actor, now = actor_of(request), timezone.now()
    asked, reason, said = request.POST.get("act", ""), request.POST.get("reason", ""), ""
    revealed = ("", "")
    if form is not None:
        set_withholding(partner_id=partner.pk, actor=actor, now=now, **form.cleaned_data)
        said = _("The withholding rate is stored.")
    elif asked == "request":
        request_tax_form(partner_id=partner.pk, kind=request.POST.get("kind", ""), actor=actor, now=now)
        said = _("The partner is asked for the form.")
    elif asked == "verify_form":
        verify_tax_form(form_id=_id_of(request, TaxForm, partner), actor=actor, now=now)
        said = _("The tax form is verified.")
    elif asked == "refuse_form":
        refuse_tax_form(form_id=_id_of(request, TaxForm, partner), reason=reason, actor=actor, now=now)
        said = _("The tax form is refused.")
    elif asked == "verify_method":
        verify_payout_method(method_id=_id_of(request, PayoutMethod, partner), actor=actor, now=now)
        said = _("The account is verified; payouts go there.")
    elif asked == "refuse_method":
        refuse_payout_method(method_id=_id_of(request, PayoutMethod, partner), reason=reason, actor=actor, now=now)
        said = _("The account is refused.")
    elif asked == "reveal":
        number = reveal_account(method_id=_id_of(request, PayoutMethod, partner), actor=actor, now=now)
        revealed = (request.POST.get("id", ""), number)
    else:
        raise Http404
    return said, revealed


def _id_of(request: HttpRequest, model: type[PayoutMethod | TaxForm], partner: Partner) -> int:
    """Return the row that the form names, if it is this partner's."""
    text = request.POST.get("id", "")
    rows: Any = model._default_manager.filter(partner=partner)  # noqa: SLF001 - Django's own documented API
    found = next((row.pk for row in rows if str(row.public_id) == text), None)
    if found is None:
        raise Http404
    return int(found)


def _show(
    request: HttpRequest,
    partner: Partner,
    *,
    problem: str = "",
    form: WithholdingForm | None = None,
    revealed: tuple[str, str] = ("", ""),
    status: int = 200,
) -> HttpResponse:
    actor, today = actor_of(request), today_of(request)
    page = payee_page(actor, partner_id=partner.pk, on=today)
    acts = actor.has_role(InternalRole.FINANCE)
    values = {
        "partner": partner,
        "it": page,
        "ready": "ready" if page.ready else "missing",
        "state": " ".join(str(REASONS[reason]) for reason in page.reasons) or _("Nothing is missing."),
        "forms": [(row, row.status_on(today)) for row in page.forms],
        "acts": acts,
        "me": actor.user_id,
        "kinds": [(kind.value, kind.label) for kind in TaxFormKind if kind != TaxFormKind.NOT_NEEDED],
        "form": form or WithholdingForm(initial={"valid_from": today}),
        "problem": problem,
        "revealed_id": revealed[0],
        "revealed": revealed[1],
    }
    return render(request, "partners/payee.html", values, status=status)


def _partner(request: HttpRequest, code: str) -> Partner:
    found = Partner.objects.visible_to(actor_of(request)).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _readiness(request: HttpRequest, partner: Partner) -> dict[str, object]:
    reasons = missing_of(partner.pk, on=today_of(request))
    return {"reasons": [REASONS[reason] for reason in reasons], "ready": "missing" if reasons else "ready"}
