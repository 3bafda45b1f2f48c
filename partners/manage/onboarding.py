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

from partners.models import OnboardingStep
from partners.queries.agreements import all_accepted
from partners.queries.onboarding import (
    open_onboardings,
    progress_of,
    with_payout_method,
    with_people,
    with_profile,
    with_tax_form,
    with_training,
)
from partners.services.onboarding import complete_step
from prm import formats, onboarding, panels
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, program_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from partners.models import Partner

PAGE_SIZE = 25
MANAGERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
FACTS = (
    onboarding.Fact("agreement", gettext_lazy("Agreement signed"), all_accepted, "partners_portal:agreement"),
    onboarding.Fact("profile", gettext_lazy("Company profile"), with_profile, "partners_portal:company"),
    onboarding.Fact("tax_form", gettext_lazy("Tax form"), with_tax_form, "partners_portal:payouts"),
    onboarding.Fact("payout_method", gettext_lazy("Payout account"), with_payout_method, "partners_portal:payouts"),
    onboarding.Fact("people", gettext_lazy("People invited"), with_people, "partners_portal:company"),
    onboarding.Fact("training", gettext_lazy("First training"), with_training),
)


def register() -> None:
    """Name the facts, and add the part of a partner's page; called when the app is ready."""
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
    manager, stalled = request.GET.get("manager", ""), request.GET.get("stalled") == "1"
    today = program_of(request).day_of(timezone.now())
    rows = open_onboardings(actor=actor, on=today, manager=email if manager == "mine" else "", stalled=stalled)
    count = sum(1 for row in rows if row.stalled)
    said = ngettext("%(count)s partner is being onboarded", "%(count)s partners are being onboarded", len(rows))
    late = ngettext("%(count)s is stalled", "%(count)s are stalled", count)
    values = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "state": _("%(all)s; %(stalled)s.")
        % {
            "all": said % {"count": formats.number(len(rows))},
            "stalled": late % {"count": formats.number(count)},
        },
        "managers": [("", _("All")), ("mine", _("My book"))],
        "manager": manager,
        "which": [("", _("All")), ("1", _("Stalled"))],
        "stalled": "1" if stalled else "",
        "today": today,
    }
    return render(request, "partners/onboardings.html", values)


@require_POST
@console_page(roles=MANAGERS)
def done(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark a step as done."""
    step = OnboardingStep.objects.filter(public_id=public_id).select_related("onboarding__partner").first()
    if step is None:
        raise Http404
    try:
        complete_step(step_id=step.pk, actor=actor_of(request), now=timezone.now())
        messages.success(request, _("The step is done."))
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect("partners_manage:partner", code=step.onboarding.partner.code)


def _panel(request: HttpRequest, partner: Partner) -> dict[str, object] | None:
    if partner.status != "onboarding":
        return None
    actor, today = actor_of(request), program_of(request).day_of(timezone.now())
    found = progress_of(actor=actor, partner_id=partner.pk, on=today)
    if found is None:
        return None
    acts = actor.has_role(*MANAGERS)
    rows = [(step, acts and step.done_on is None and onboarding.fact_of(step.fact) is None) for step in found.steps]
    return {"it": found, "rows": rows, "today": today}
