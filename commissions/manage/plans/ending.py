"""Ending a rule on a day, and taking its latest correction back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commissions.manage.plans import words
from commissions.manage.plans.forms import EndForm, ReasonForm
from commissions.manage.plans.pages import find_rule, show_rule, today
from commissions.manage.plans.reach import reach_in_words
from commissions.manage.tabs import EDITORS
from commissions.queries.rule_reach import reach_of
from commissions.queries.rule_words import rule_sentence
from commissions.services.rules import end_rule, undo_correction
from prm.doors import actor_of, console_page
from prm.errors import DomainError, StaleError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import Form
    from django.http import HttpRequest

    from commissions.models import Rule


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def end(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """End a rule after a last day, with a reason."""
    found = find_rule(actor_of(request), code, number)
    form = EndForm(request.POST or None, initial={"valid_last": today(request)})

    def do() -> Rule:
        return end_rule(
            rule_id=found.pk,
            on=form.valid_until,
            reason=form.cleaned_data["reason"],
            actor=actor_of(request),
            now=timezone.now(),
        )

    values = {
        "title": _("End this rule"),
        "sentence": rule_sentence(found),
        "button": _("End the rule"),
        "reach": reach_in_words(reach_of(found, on=today(request)), ending=True) if request.method == "GET" else None,
    }
    return _decided(request, found, form, do, values)


@require_http_methods(["GET", "POST"])
@console_page(roles=EDITORS)
def undo(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Put back what the version before said, as a new version with its own reason."""
    found = find_rule(actor_of(request), code, number)
    if found.replaces is None:
        raise Http404
    form = ReasonForm(request.POST or None)

    def do() -> Rule:
        return undo_correction(
            rule_id=found.pk, reason=form.cleaned_data["reason"], actor=actor_of(request), now=timezone.now()
        )

    values = {
        "title": _("Undo this correction"),
        "sentence": rule_sentence(found),
        "button": _("Undo the correction"),
        "differences": words.differences(found, found.replaces),
        "why": found.replaces.retired_reason,
    }
    return _decided(request, found, form, do, values)


def _decided(
    request: HttpRequest, found: Rule, form: Form, do: Callable[[], Rule], values: dict[str, Any]
) -> HttpResponse:
    """Do it when the form is right; otherwise show the form, or the versions when somebody was quicker."""
    if found.retired_at is not None:
        return _stale(request, found)
    if form.is_bound and form.is_valid():
        try:
            new = do()
        except StaleError:
            return _stale(request, find_rule(actor_of(request), found.plan.code, found.pk))
        except DomainError as error:
            field = {"valid_until": "valid_last"}.get(error.field, error.field)
            form.add_error(field if field in form.fields else None, str(error.sentence))
        else:
            messages.success(request, _("In force now: %(rule)s.") % {"rule": rule_sentence(new)})
            return redirect("commissions_manage:rule", code=found.plan.code, number=new.pk)
    values |= {"form": form, "rule": found, "plan": found.plan}
    return render(request, "commissions/manage/plans/rule_end.html", values, status=422 if form.errors else 200)


def _stale(request: HttpRequest, found: Rule) -> HttpResponse:
    sentence = _("Somebody corrected this rule meanwhile. The versions below say who and why; open the one in force.")
    return show_rule(request, found, problem=sentence, status=409)
