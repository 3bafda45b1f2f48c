"""Adding and correcting a rule: checked as it is typed, tried out before it is put in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commissions.manage.plans import words
from commissions.manage.plans.costs import cost_of
from commissions.manage.plans.forms import RuleForm, initial_of
from commissions.manage.plans.pages import find_plan, find_rule, show_rule, today
from commissions.manage.plans.reach import reach_in_words
from commissions.manage.tabs import EDITORS, SIMULATORS
from commissions.queries.rule_reach import reach_of
from commissions.queries.rule_relations import related_to
from commissions.queries.rule_words import rule_sentence
from commissions.services.rules import add_rule, correct_rule
from prm.doors import actor_of, console_page, program_of
from prm.errors import DomainError, StaleError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from commissions.models import Plan, Rule


@require_http_methods(["GET", "POST"])
@console_page(roles=SIMULATORS)
def add(request: HttpRequest, code: str) -> HttpResponse:
    """Write a new rule of a plan; with ``preview`` only show what it would change."""
    plan = find_plan(actor_of(request), code)
    if request.method != "POST":
        return _render(request, _form(request, plan), plan)
    form = _form(request, plan, data=True)
    if "preview" in request.POST:
        return _preview(request, form, plan)
    if form.is_valid():
        try:
            rule = add_rule(values=form.values, actor=actor_of(request), now=timezone.now())
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(request, _("In force: %(rule)s.") % {"rule": rule_sentence(rule)})
            return redirect("commissions_manage:plan", code=code)
    return _render(request, form, plan, status=422)


@require_http_methods(["GET", "POST"])
@console_page(roles=SIMULATORS)
def correct(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Put a corrected version of a rule in force, with a reason; the version before stays readable."""
    actor = actor_of(request)
    rule = find_rule(actor, code, number)
    if rule.retired_at is not None:
        return _corrected_meanwhile(request, rule)
    if request.method != "POST":
        return _render(request, _form(request, rule.plan, rule=rule), rule.plan, rule=rule)
    form = _form(request, rule.plan, rule=rule, data=True)
    if "preview" in request.POST:
        return _preview(request, form, rule.plan, rule=rule)
    if form.is_valid():
        try:
            new = correct_rule(
                rule_id=rule.pk,
                values=form.values,
                reason=form.cleaned_data["reason"],
                actor=actor,
                now=timezone.now(),
            )
        except StaleError:
            return _corrected_meanwhile(request, find_rule(actor, code, number))
        except DomainError as error:
            _tell(form, error)
        else:
            messages.success(request, _("Corrected: %(rule)s.") % {"rule": rule_sentence(new)})
            return redirect("commissions_manage:rule", code=code, number=new.pk)
    return _render(request, form, rule.plan, rule=rule, status=422)


@require_POST
@console_page(roles=SIMULATORS)
def check(request: HttpRequest, code: str, number: int = 0) -> HttpResponse:
    """Answer the form while it is typed: does the rule tie, which one does it take over from."""
    actor = actor_of(request)
    plan = find_plan(actor, code)
    rule = find_rule(actor, code, number) if number else None
    form = _form(request, plan, rule=rule, data=True)
    shown = _verdict(form, rule) if _is_complete(form) else words.idle()
    return render(request, "commissions/manage/plans/_verdict.html", {"verdict": shown})


def _form(request: HttpRequest, plan: Plan, *, rule: Rule | None = None, data: bool = False) -> RuleForm:
    """Return the form of a new rule or a correction; what another page asks for is filled in."""
    first = program_of(request).base_currency
    initial: dict[str, Any] = initial_of(rule) if rule else {"kind": request.GET.get("kind") or "recurring"}
    return RuleForm(request.POST if data else None, plan=plan, rule=rule, first_currency=first, initial=initial)


def _is_complete(form: RuleForm) -> bool:
    """Whether everything but the reason has been typed well."""
    return form.is_valid() or set(form.errors) == {"reason"}


def _verdict(form: RuleForm, rule: Rule | None) -> words.Shown:
    asked, replaced = form.as_rule(), rule.pk if rule else None
    return words.verdict_of(asked, related_to(asked, instead_of=replaced), instead_of=replaced)


def _preview(request: HttpRequest, form: RuleForm, plan: Plan, *, rule: Rule | None = None) -> HttpResponse:
    """Show what would change and write nothing; within a page that is open, that part alone."""
    complete = _is_complete(form)
    values: dict[str, Any] = {"complete": complete, "asked": True}
    if complete:
        form.errors.clear()
        asked, replaced, on = form.as_rule(), rule.pk if rule else None, today(request)
        values |= {
            "sentence": rule_sentence(asked),
            "reach": reach_in_words(reach_of(asked, on=on, instead_of=replaced)),
            "before": reach_in_words(reach_of(rule, on=on)) if rule else None,
            "before_sentence": rule_sentence(rule) if rule else "",
            **cost_of(asked, replaced, actor=actor_of(request)),
        }
    if getattr(request, "htmx", False):
        return render(request, "commissions/manage/plans/_preview.html", {"form": form, **values})
    return _render(request, form, plan, rule=rule, status=200 if complete else 422, **values)


def _tell(form: RuleForm, error: DomainError) -> None:
    field = {"valid_until": "valid_last", "age_until": "age_last"}.get(error.field, error.field)
    form.add_error(field if field in form.fields else None, str(error.sentence))


def _corrected_meanwhile(request: HttpRequest, rule: Rule) -> HttpResponse:
    """Answer 409 with the versions: who corrected it, when and why."""
    if rule.retired_at is None:  # pragma: no cover - it was retired a moment ago and is never put back
        raise Http404
    sentence = _("Somebody corrected this rule meanwhile. The versions below say who and why; open the one in force.")
    return show_rule(request, rule, problem=sentence, status=409)


def _render(
    request: HttpRequest,
    form: RuleForm,
    plan: Plan,
    *,
    rule: Rule | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    filled = form if form.is_bound else None
    shown = words.idle()
    if filled is not None and _is_complete(filled):
        shown = _verdict(filled, rule)
    here = [plan.code, rule.pk] if rule else [plan.code]
    values = {
        "form": form,
        "plan": plan,
        "rule": rule,
        "verdict": shown,
        "url": reverse(f"commissions_manage:rule_{'correct' if rule else 'add'}", args=here),
        "check_url": reverse(f"commissions_manage:rule_{'recheck' if rule else 'check'}", args=here),
        "back_url": reverse("commissions_manage:rule" if rule else "commissions_manage:plan", args=here),
        "may_edit": actor_of(request).has_role(*EDITORS),
        **more,
    }
    return render(request, "commissions/manage/plans/rule_form.html", values, status=status)
