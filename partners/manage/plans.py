"""The console's pages of joint plans: whose is missing, one partner's, and writing it."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.manage.plan_forms import ActionForm, BeginForm, PlanForm, action_forms
from partners.models import JointAction, Partner, PlanStatus, PlanVersion
from partners.planning.choosing import asked_plan, other_plans
from partners.planning.files import plan_csv
from partners.planning.values import plan_values
from partners.queries.plan_board import STATES, plan_board
from partners.queries.plan_words import period_of
from partners.queries.plans import lines_of, plans_of, rows_of, targets_of
from partners.services.plans.actions import mark_action
from partners.services.plans.drafting import (
    begin_plan,
    discard_draft,
    propose_plan,
    reopen_plan,
    write_and_propose,
    write_plan,
)
from prm import formats
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, program_of, status_of, today_of, version_of, way_back
from prm.downloads import CSV, download
from prm.errors import DomainError
from prm.spreadsheets import safe_text
from prm.ui.states import state_of as state_word

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

PAGE_SIZE = 25
MANAGERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
COLUMNS = ("partner", "name", "manager_email", "plan", "agreed_at", "late_actions")


@require_GET
@console_page
def plans(request: HttpRequest) -> HttpResponse:
    """List partners by what is to be done about their plans."""
    rows = _wanted(request)
    count = rows.filter(plan_state="none").count()
    without = ngettext("%(count)s partner has no plan.", "%(count)s partners have no plan.", count)
    values = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "state": without % {"count": formats.number(count)} if count else _("Every partner here has a plan."),
        "managers": [("", _("All")), ("mine", _("My book"))],
        "manager": request.GET.get("manager", ""),
        "states": [("", _("All")), *((code, state_word("plan", code).word) for code in STATES)],
        "chosen": request.GET.get("state", ""),
    }
    return render(request, "partners/plans.html", values)


@require_GET
@console_page
def plans_csv(request: HttpRequest) -> HttpResponse:
    """Download the list with its filters, all pages of it."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _wanted(request):
        agreed = f"{row.agreed_at:%Y-%m-%dT%H:%M:%SZ}" if row.agreed_at else ""
        named = (safe_text(row.code), safe_text(row.name), safe_text(row.manager_email))
        writer.writerow((*named, row.plan_state, agreed, row.late))
    return download(text.getvalue(), kind=CSV, name="plans.csv")


@require_GET
@console_page
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """Show a partner's plan: what is open before what is in force."""
    return _page(request, _partner(request, code))


@require_GET
@console_page
def plan_file(request: HttpRequest, code: str) -> HttpResponse:
    """Download the targets of the version shown."""
    partner, actor, today = _partner(request, code), actor_of(request), today_of(request)
    found = asked_plan(request, plans_of(actor=actor, partner_id=partner.pk), today=today)
    if found is None:
        raise Http404
    _plan, version = found
    rows = rows_of(version, targets_of(version), actor=actor, today=today)
    name = f"plan-{partner.code}-{version.plan.valid_from:%Y-%m}.csv"
    return download(plan_csv(version, rows), kind=CSV, name=name)


@require_POST
@console_page(roles=MANAGERS)
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """Begin a plan, and go on to writing it."""
    partner, today = _partner(request, code), today_of(request)
    form = BeginForm(request.POST, today=today)
    if form.is_valid():
        begins_on = date.fromisoformat(form.cleaned_data["begins_on"])
        try:
            version = begin_plan(
                partner_id=partner.pk, begins_on=begins_on, actor=actor_of(request), now=timezone.now()
            )
            return redirect("partners_manage:plan_edit", code=code, public_id=version.public_id)
        except DomainError as refusal:
            form.add_error(None, str(refusal.sentence))
    return _page(request, partner, form=form, status=422)


@require_http_methods(["GET", "POST"])
@console_page(roles=MANAGERS)
def edit(request: HttpRequest, code: str, public_id: UUID) -> HttpResponse:
    """Write an open version; save it as a draft, or lay it before the partner at once."""
    version = _version(request, code, public_id)
    if version.status not in {PlanStatus.DRAFT, PlanStatus.PROPOSED}:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = PlanForm(data, version=version, targets=targets_of(version))
    actions = action_forms(data, lines_of(version))
    status = 200
    if data is not None:
        status = 422
        valid = [one.is_valid() for one in (form, *actions)]  # every form says what is wrong with it
        if all(valid):
            try:
                _write(request, version, form, actions)
                return redirect(f"{reverse('partners_manage:plan', args=[code])}?plan={version.plan.public_id}")
            except DomainError as refusal:
                form.add_error(refusal.field if refusal.field == "aims" else None, str(refusal.sentence))
                status = status_of(refusal)
    values = {
        "partner": version.plan.partner,
        "version": version,
        "shown": version_of(request) if data is not None else version.edits,
        "period": period_of(version.plan),
        "form": form,
        "actions": actions,
        "currency": program_of(request).base_currency,
    }
    return render(request, "partners/plan_edit.html", values, status=status)


@require_POST
@console_page(roles=MANAGERS)
def act(request: HttpRequest, code: str, public_id: UUID) -> HttpResponse:
    """Propose a version, throw it away, or begin the next one of what was agreed."""
    version, actor, now = _version(request, code, public_id), actor_of(request), timezone.now()
    shown, wanted = version_of(request), request.POST.get("act", "")
    way = f"{reverse('partners_manage:plan', args=[code])}?plan={version.plan.public_id}"
    try:
        if wanted == "propose":
            propose_plan(version_id=version.pk, edits=shown, actor=actor, now=now)
            messages.success(request, _("The partner's owners are asked to agree."))
        elif wanted == "discard":
            discard_draft(version_id=version.pk, edits=shown, actor=actor, now=now)
            messages.success(request, _("The draft is gone."))
            way = reverse("partners_manage:plan", args=[code])
        elif wanted == "reopen":
            draft = reopen_plan(plan_id=version.plan_id, actor=actor, now=now)
            way = reverse("partners_manage:plan_edit", args=[code, draft.public_id])
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(way)


@require_POST
@console_page(roles=MANAGERS)
def mark(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark an action as done, or as open again."""
    actor = actor_of(request)
    action = JointAction.objects.visible_to(actor).select_related("partner").filter(public_id=public_id).first()
    if action is None:
        raise Http404
    try:
        mark_action(action_id=action.pk, done=request.POST.get("done") == "1", actor=actor, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(way_back(request, reverse("partners_manage:plan", args=[action.partner.code])))


def _page(request: HttpRequest, partner: Partner, *, form: BeginForm | None = None, status: int = 200) -> HttpResponse:
    actor, today = actor_of(request), today_of(request)
    acts = actor.has_role(*MANAGERS)
    known = plans_of(actor=actor, partner_id=partner.pk)
    found = asked_plan(request, known, today=today)
    values: dict[str, object] = {"partner": partner, "acts": acts}
    if acts:
        values["form"] = form or BeginForm(today=today)
    if found is not None:
        page, version = found
        values |= plan_values(page, version, actor=actor, program=program_of(request), today=today)
        values["others"] = other_plans(known, page)
        values["mark_url"] = "partners_manage:action_mark"
    return render(request, "partners/plan_console.html", values, status=status)


def _write(request: HttpRequest, version: PlanVersion, form: PlanForm, actions: list[ActionForm]) -> None:
    actor, now = actor_of(request), timezone.now()
    proposes = request.POST.get("act") == "propose"
    write = write_and_propose if proposes else write_plan
    write(version_id=version.pk, edits=version_of(request), content=form.content(actions), actor=actor, now=now)
    messages.success(request, _("The partner's owners are asked to agree.") if proposes else _("The draft is kept."))


def _wanted(request: HttpRequest) -> QuerySet[Any, Any]:
    email = getattr(request.user, "email", "")
    manager, state = request.GET.get("manager", ""), request.GET.get("state", "")
    return plan_board(
        actor=actor_of(request),
        on=today_of(request),
        manager=email if manager == "mine" else "",
        state=state if state in STATES else "",
    )


def _version(request: HttpRequest, code: str, public_id: UUID) -> PlanVersion:
    rows = PlanVersion.objects.visible_to(actor_of(request)).filter(public_id=public_id, plan__partner__code=code)
    found = rows.select_related("plan__partner").first()
    if found is None:
        raise Http404
    return found


def _partner(request: HttpRequest, code: str) -> Partner:
    found = Partner.objects.visible_to(actor_of(request)).filter(code=code).first()
    if found is None:
        raise Http404
    return found
