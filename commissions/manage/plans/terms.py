"""Making a plan, changing its terms, and putting partners on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commissions.manage.plans.forms import AssignForm, EndForm, PlanForm, initial_terms
from commissions.manage.plans.pages import find_plan, today
from commissions.manage.tabs import EDITORS
from commissions.models import PlanAssignment
from commissions.services.plans import add_plan, assign_plan, change_plan, end_assignment, version_of_terms
from prm.doors import actor_of, console_page, program_of, status_of
from prm.errors import DomainError, StaleError

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest

    from commissions.models import Plan


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def new_plan(request: HttpRequest) -> HttpResponse:
    """Make a plan; its rules come next."""
    first = program_of(request).base_currency
    form = PlanForm(request.POST or None, first_currency=first, initial={"minimum_payout": "0"})
    if form.is_bound and form.is_valid():
        try:
            plan = add_plan(
                code=form.cleaned_data["code"], values=form.terms, actor=actor_of(request), now=timezone.now()
            )
        except DomainError as error:
            form.add_error("code" if error.code == "commissions_plan_code_key" else None, str(error.sentence))
        else:
            messages.success(request, _("%(plan)s is made. It pays nothing until it has rules.") % {"plan": plan.name})
            return redirect("commissions_manage:plan", code=plan.code)
    values = {"form": form, "plan": None}
    return render(request, "commissions/manage/plans/plan_form.html", values, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def edit_plan(request: HttpRequest, code: str) -> HttpResponse:
    """Change a plan's terms with a reason; 409 when somebody else has changed them since the form was opened."""
    plan = find_plan(actor_of(request), code)
    first = program_of(request).base_currency
    if request.method != "POST":
        form = PlanForm(plan=plan, first_currency=first, initial=initial_terms(plan))
        return _render_terms(request, form, plan)
    form = PlanForm(request.POST, plan=plan, first_currency=first)
    status = 422
    if form.is_valid():
        try:
            change_plan(
                plan_id=plan.pk,
                values=form.terms,
                reason=form.cleaned_data["reason"],
                version=request.POST.get("version", ""),
                actor=actor_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            status = status_of(error)
            form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
        else:
            done = _("The terms of %(plan)s are changed. The next run posts the differences.")
            messages.success(request, done % {"plan": form.cleaned_data["name"]})
            return redirect("commissions_manage:plan", code=code)
    return _render_terms(request, form, plan, status=status)


def _render_terms(request: HttpRequest, form: PlanForm, plan: Plan, *, status: int = 200) -> HttpResponse:
    # After a refusal the form is one of the terms as they are now: pressing again is a decision over them.
    values = {"form": form, "plan": plan, "version": version_of_terms(plan)}
    return render(request, "commissions/manage/plans/plan_form.html", values, status=status)


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def assign(request: HttpRequest, code: str) -> HttpResponse:
    """Put a partner on the plan from a day."""
    plan = find_plan(actor_of(request), code)
    initial = {"partner": request.GET.get("partner", ""), "valid_from": today(request)}
    form = AssignForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        partner = form.cleaned_data["partner"]
        try:
            assign_plan(
                partner_id=partner.pk,
                plan_id=plan.pk,
                valid_from=form.cleaned_data["valid_from"],
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            field = "partner" if error.field == "plan" else error.field
            form.add_error(field if field in form.fields else None, str(error.sentence))
        else:
            messages.success(request, _("%(partner)s is on %(plan)s.") % {"partner": partner, "plan": plan.name})
            return redirect("commissions_manage:plan_partners", code=code)
    values = {
        "title": _("Put a partner on this plan"),
        "text": _("The plan before ends on that day. A plan that begins mid-month pays from the next month on."),
        "button": _("Put on the plan"),
    }
    return _render_assignment(request, form, plan, values)


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def end_assigned(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """End a partner's time on the plan; from the day after it is on the default plan."""
    actor = actor_of(request)
    plan = find_plan(actor, code)
    rows = PlanAssignment.objects.visible_to(actor).select_related("partner").filter(valid__isempty=False)
    row = get_object_or_404(rows, plan=plan, pk=number)
    form = EndForm(request.POST or None, initial={"valid_last": today(request)})
    stale = False
    if form.is_bound and form.is_valid():
        try:
            end_assignment(
                assignment_id=row.pk,
                on=form.valid_until,
                reason=form.cleaned_data["reason"],
                actor=actor,
                now=timezone.now(),
            )
        except DomainError as error:
            stale = isinstance(error, StaleError)
            form.add_error("valid_last" if error.field == "valid_until" else None, str(error.sentence))
        else:
            messages.success(request, _("%(partner)s leaves %(plan)s.") % {"partner": row.partner, "plan": plan.name})
            return redirect("commissions_manage:plan_partners", code=code)
    values = {
        "title": _("%(partner)s leaves %(plan)s") % {"partner": row.partner, "plan": plan.name},
        "text": _("From the day after, the partner is on the default plan."),
        "button": _("End the assignment"),
    }
    return _render_assignment(request, form, plan, values, stale=stale)


def _render_assignment(
    request: HttpRequest, form: Form, plan: Plan, values: dict[str, Any], *, stale: bool = False
) -> HttpResponse:
    status = 409 if stale else 422 if form.errors else 200
    values |= {"form": form, "plan": plan}
    return render(request, "commissions/manage/plans/assign.html", values, status=status)
