"""The console's list of running onboardings, stalled ones first, and what channel managers finish in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from partners.models import OnboardingStep, PartnerStatus
from partners.onboarding_files import step_with_files
from partners.queries.agreements import all_accepted
from partners.queries.applications import channel_managers
from partners.queries.onboarding import (
    CLOSED,
    FILES,
    STALLED,
    open_onboardings,
    progress_of,
    with_payout_method,
    with_people,
    with_profile,
    with_tax_form,
    with_training,
)
from partners.queries.plans import with_agreed_plan
from partners.services.onboarding import assign_step, complete_step
from prm import formats, onboarding, panels
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, today_of
from prm.errors import DomainError
from prm.ui.states import State, register_states

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from partners.models import Partner

PAGE_SIZE = 25
STATES = {
    STALLED: State(gettext_lazy("Stalled"), "warn", "clock", gettext_lazy("Nothing was finished for too long.")),
    FILES: State(gettext_lazy("Files to look at"), "info", "flag", gettext_lazy("The partner waits for us.")),
    CLOSED: State(gettext_lazy("Closed"), "neutral", "cross", gettext_lazy("It was closed and can be opened again.")),
}
MANAGERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
FACTS = (
    onboarding.Fact("agreement", gettext_lazy("Agreement signed"), all_accepted, "partners_portal:agreement"),
    onboarding.Fact("profile", gettext_lazy("Company profile"), with_profile, "partners_portal:company"),
    onboarding.Fact("tax_form", gettext_lazy("Tax form"), with_tax_form, "partners_portal:payouts"),
    onboarding.Fact("payout_method", gettext_lazy("Payout account"), with_payout_method, "partners_portal:payouts"),
    onboarding.Fact("people", gettext_lazy("People invited"), with_people, "partners_portal:company"),
    onboarding.Fact("training", gettext_lazy("First training"), with_training),
    onboarding.Fact("plan", gettext_lazy("Joint business plan"), with_agreed_plan, "partners_portal:plan"),
)


def register() -> None:
    """Name the facts, and add the part of a partner's page; called when the app is ready."""
    register_states("onboarding", STATES)
    for fact in FACTS:
        onboarding.register(fact)
    panels.register(
        panels.Panel(
            place="partner_main",
            name="onboarding",
            position=5,
            template="partners/onboarding_panel.html",
            context=_panel,
        )
    )


@require_GET
@console_page
def running(request: HttpRequest) -> HttpResponse:
    """List who is being onboarded: stalled ones first, then what has waited longest."""
    actor, email = actor_of(request), getattr(request.user, "email", "")
    manager, which = request.GET.get("manager", ""), request.GET.get("which", "")
    today = today_of(request)
    rows = open_onboardings(actor=actor, on=today, manager=email if manager == "mine" else "", which=which)
    values = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "state": _sentence(len(rows), stalled=sum(1 for row in rows if row.stalled), closed=which == CLOSED),
        "managers": [("", _("All")), ("mine", _("My book"))],
        "manager": manager,
        "choices": [
            ("", _("All")),
            (STALLED, _("Stalled")),
            (FILES, _("With files to look at")),
            (CLOSED, _("Closed")),
        ],
        "which": which,
        "today": today,
    }
    return render(request, "partners/onboardings.html", values)


@require_POST
@console_page(roles=MANAGERS)
def done(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark a step as done."""
    rows = OnboardingStep.objects.visible_to(actor_of(request)).select_related("onboarding__partner")
    step = rows.filter(public_id=public_id).first()
    if step is None:
        raise Http404
    try:
        complete_step(step_id=step.pk, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("The step is done."))
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect("partners_manage:partner", code=step.onboarding.partner.code)


@require_POST
@console_page(roles=MANAGERS)
def assign(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give a step to a channel manager."""
    rows = OnboardingStep.objects.visible_to(actor_of(request)).select_related("onboarding__partner")
    step = rows.filter(public_id=public_id).first()
    if step is None:
        raise Http404
    to = request.POST.get("manager", "")
    try:
        assign_step(step_id=step.pk, manager_email=to, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("The step is assigned."))
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect("partners_manage:partner", code=step.onboarding.partner.code)


def _sentence(count: int, *, stalled: int, closed: bool) -> str:
    """Say how many there are, and how many of them have stalled."""
    if closed:
        words = ngettext("%(count)s onboarding is closed.", "%(count)s onboardings are closed.", count)
        return words % {"count": formats.number(count)}
    said = ngettext("%(count)s partner is being onboarded", "%(count)s partners are being onboarded", count)
    late = ngettext("%(count)s is stalled", "%(count)s are stalled", stalled)
    return _("%(all)s; %(stalled)s.") % {
        "all": said % {"count": formats.number(count)},
        "stalled": late % {"count": formats.number(stalled)},
    }


def _panel(request: HttpRequest, partner: Partner) -> dict[str, object] | None:
    """Return the checklist of a partner that is being onboarded; of others the files that it sent in."""
    if partner.status != PartnerStatus.ONBOARDING and not getattr(partner, "has_papers", True):
        return None
    actor, today = actor_of(request), today_of(request)
    found = progress_of(actor=actor, partner_id=partner.pk, on=today)
    if found is None:
        return None
    steps = found.steps
    if partner.status != PartnerStatus.ONBOARDING:
        steps = tuple(step for step in steps if step.asks_files and step.papers.all())
        if not steps:
            return None
    acts = actor.has_role(*MANAGERS)
    goes_on = acts and found.onboarding.closed_at is None
    rows = [
        (
            step,
            goes_on and step.done_on is None and not step.asks_files and onboarding.fact_of(step.fact) is None,
            step_with_files(step, actor) if step.asks_files else None,
        )
        for step in steps
    ]
    people = channel_managers() if goes_on else []
    return {"it": found, "rows": rows, "today": today, "acts": acts, "people": people}
