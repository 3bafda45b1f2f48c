"""The reasons that are offered, and who decides while somebody is away."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals.manage.forms import DelegationForm
from deals.models import ReasonTemplate
from deals.queries.desk import deciders, delegations_now, reasons_offered
from deals.services.decisions import DECIDERS
from deals.services.desk import delegate_decisions, end_delegation, remove_reason, save_reason
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, denied, program_of, status_of, version_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@console_page
def reasons(request: HttpRequest) -> HttpResponse:
    """Show the reasons by decision; managers add, change and remove them in place."""
    if (refusal := _refused(request)) is not None:
        return refusal
    error, status = "", 200
    if request.method == "POST":
        try:
            return _keep_reason(request)
        except DomainError as refused:
            error, status = str(refused.sentence), status_of(refused)
    found = reasons_offered()
    groups = [(code, word, [one for one in found if one.act == code]) for code, word in ReasonTemplate.Act.choices]
    values = {
        "groups": groups,
        "may_keep": actor_of(request).has_role(*DECIDERS),
        "error": error,
        "typed": request.POST,
    }
    return render(request, "deals/manage/reasons.html", values, status=status)


def _refused(request: HttpRequest) -> HttpResponse | None:
    """Let everybody inside look, and those who decide change."""
    if request.method == "GET" or actor_of(request).has_role(*DECIDERS):
        return None
    return denied(request, _("Your roles do not include this. An administrator can add one."))


def _keep_reason(request: HttpRequest) -> HttpResponse:
    actor, now, given = actor_of(request), timezone.now(), request.POST
    template_id = _uuid(given.get("template", ""))
    if "remove" in given and template_id:
        remove_reason(template_id=template_id, version=version_of(request), actor=actor, now=now)
        messages.success(request, _("The reason is offered no more."))
    else:
        position = given.get("position", "")
        save_reason(
            act=given.get("act", ""),
            text=given.get("text", ""),
            position=min(int(position), 9999) if position.isascii() and position.isdigit() else 0,
            actor=actor,
            now=now,
            template_id=template_id,
            version=version_of(request),
        )
        messages.success(request, _("The reason was saved."))
    return redirect("deals_manage:reasons")


@console_page
def delegations(request: HttpRequest) -> HttpResponse:
    """Show who stands in for whom; managers delegate their own decisions, administrators anybody's."""
    if (refusal := _refused(request)) is not None:
        return refusal
    actor, now = actor_of(request), timezone.now()
    today = program_of(request).day_of(now)
    people = list(deciders())
    may_any = actor.has_role(InternalRole.ADMIN)
    away = people if may_any else [person for person in people if person.pk == actor.user_id]
    form = DelegationForm(request.POST or None, away=away, deputies=people, initial=_days(actor.user_id, today))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = delegate_decisions(**form.cleaned_data, actor=actor, now=now)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
            else:
                said = _("%(deputy)s decides for %(away)s on these days.")
                messages.success(request, said % {"deputy": made.deputy, "away": made.away})
                return redirect("deals_manage:delegations")
    values = {
        "form": form,
        "rows": delegations_now(today=today),
        "today": today,
        "may_delegate": bool(away),
        "may_any": may_any,
        "actor_id": actor.user_id,
    }
    return render(request, "deals/manage/delegations.html", values, status=status)


@require_POST
@console_page(roles=tuple(DECIDERS))
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End a delegation from today on."""
    try:
        made = end_delegation(delegation_id=public_id, actor=actor_of(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, _("%(away)s decides again.") % {"away": made.away})
    return redirect("deals_manage:delegations")


def _days(user_id: int | None, today: date) -> dict[str, object]:
    return {"away": user_id, "first": today, "last": today}


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None
