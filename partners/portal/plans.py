"""The partner's joint plan: read by everybody, agreed to or sent back by an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from partners.models import JointAction, PlanVersion
from partners.planning.choosing import asked_plan, other_plans, own_plans
from partners.planning.files import plan_csv
from partners.planning.values import plan_values
from partners.queries.plan_words import period_of
from partners.queries.plans import rows_of, targets_of
from partners.services.plans.actions import ANSWERING, mark_action
from partners.services.plans.agreeing import agree_plan, ask_for_change
from prm.doors import actor_of, denied, portal_page, program_of, status_of, today_of, version_of, way_back
from prm.downloads import CSV, download
from prm.errors import DomainError, NotAllowedError
from prm.needs import Need

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse


@require_GET
@portal_page
def plan(request: HttpRequest) -> HttpResponse:
    """Show the plan of today: what waits for agreement before what is in force."""
    return _page(request)


@require_POST
@portal_page
def answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Agree to the version that was shown, or ask for a change of it."""
    actor, now = actor_of(request), timezone.now()
    version = PlanVersion.objects.visible_to(actor).select_related("plan").filter(public_id=public_id).first()
    if version is None:
        raise Http404
    shown = version_of(request)
    try:
        if request.POST.get("act") == "ask":
            text = request.POST.get("asked", "")
            ask_for_change(version_id=version.pk, edits=shown, text=text, actor=actor, now=now)
            messages.success(request, _("Your channel manager reads what should change, and proposes it anew."))
        else:
            agree_plan(version_id=version.pk, edits=shown, actor=actor, now=now)
            messages.success(request, _("The joint plan is agreed. Thank you."))
    except NotAllowedError as refusal:
        return denied(request, str(refusal.sentence))
    except DomainError as refusal:
        return _page(request, problem=str(refusal.sentence), status=status_of(refusal))
    return redirect(f"{reverse('partners_portal:plan')}?plan={version.plan.public_id}")


@require_GET
@portal_page
def plan_file(request: HttpRequest) -> HttpResponse:
    """Download the targets of the version shown."""
    actor, today = actor_of(request), today_of(request)
    found = asked_plan(request, own_plans(request), today=today)
    if found is None:
        raise Http404
    _plan, version = found
    rows = rows_of(version, targets_of(version), actor=actor, today=today)
    return download(plan_csv(version, rows), kind=CSV, name=f"plan-{version.plan.valid_from:%Y-%m}.csv")


@require_POST
@portal_page
def mark(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark an action of one's own side as done, or as open again."""
    actor = actor_of(request)
    action = JointAction.objects.visible_to(actor).filter(public_id=public_id).first()
    if action is None:
        raise Http404
    try:
        mark_action(action_id=action.pk, done=request.POST.get("done") == "1", actor=actor, now=timezone.now())
    except NotAllowedError as refusal:
        return denied(request, str(refusal.sentence))
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(way_back(request, reverse("partners_portal:plan")))


def needs(request: HttpRequest) -> Iterable[Need]:
    """Return the plans that wait for an owner of the partner. One query."""
    actor = actor_of(request)
    seat = getattr(request, "seat", None)
    if not actor.owns_portal or seat is None or seat.partner_status not in {"onboarding", "active"}:
        return []
    waiting = [one for one in own_plans(request) if one.waiting is not None]
    return [
        Need(
            title=_("Agree on the joint plan %(period)s") % {"period": period_of(one.plan)},
            text=_("Your channel manager proposes targets and actions; agree, or say what should change."),
            url=f"{reverse('partners_portal:plan')}?plan={one.plan.public_id}",
            action=_("Read it"),
        )
        for one in waiting
    ]


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    actor, today = actor_of(request), today_of(request)
    plans = own_plans(request)
    found = asked_plan(request, plans, today=today)
    values: dict[str, object] = {"problem": problem, "asked": request.POST.get("asked", "")}
    values["reads_reviews"] = actor.owns_portal
    if found is not None:
        page, version = found
        values |= plan_values(page, version, actor=actor, program=program_of(request), today=today)
        values["others"] = other_plans(plans, page)
        values["answers"] = actor.owns_portal and version == page.waiting and page.plan.partner.status in ANSWERING
        values["mark_url"] = "partners_portal:action_mark"
    return render(request, "partners/plan_portal.html", values, status=status)
