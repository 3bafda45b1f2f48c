"""Registering a deal: the form, its draft, and the live verdict beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals.identity import registrable_domain
from deals.models import Family, Registration, RegistrationStatus
from deals.portal.forms import DealForm, initial_of
from deals.portal.home import may_register
from deals.portal.verdicts import Shown, shown
from deals.portal.views.estimating import estimate_values
from deals.queries.checks import customers_checked_today
from deals.queries.deals import deal_of, room_of
from deals.queries.rules import business_hours, day_of, program_with_rules, rules_in_force
from deals.services.checks import check_availability
from deals.services.once import submit_once
from deals.services.submission import save_draft, submit_registration
from partners.models import Partner
from prm.doors import actor_of, portal_page, version_of
from prm.errors import DomainError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from prm.actors import Actor


@portal_page(registers=True)
def register(request: HttpRequest) -> HttpResponse:
    """Show the empty form, or save or submit what was typed."""
    return _form_page(request, None)


@portal_page(registers=True)
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Go on with a draft."""
    draft = deal_of(actor_of(request), public_id)
    if draft is None:
        raise Http404
    if draft.status != RegistrationStatus.DRAFT:
        return redirect("deals_portal:deal", public_id=draft.public_id)
    return _form_page(request, draft)


@require_POST
@portal_page(registers=True)
def check(request: HttpRequest) -> HttpResponse:
    """Answer the live verdict on what is typed; it is logged, so it comes by POST."""
    actor, now = actor_of(request), timezone.now()
    website, family = request.POST.get("website", ""), _family(request)
    if family is None or not registrable_domain(website):
        return _verdict(request, shown(None, website, family), actor, now)
    try:
        answer = check_availability(
            website=website,
            family=family,
            actor=actor,
            now=now,
            country=request.POST.get("country", ""),
            company=request.POST.get("company", ""),
        )
    except DomainError as error:
        return _verdict(request, Shown("unknown", _("Cannot tell"), str(error.sentence)), actor, now)
    return _verdict(request, shown(answer, website, family), actor, now)


def _verdict(request: HttpRequest, verdict: Shown, actor: Actor, now: datetime) -> HttpResponse:
    program, rules = program_with_rules(now=now)
    checked = len(customers_checked_today(partner_id=actor.partner_id or 0, now=now, program=program))
    values = {"verdict": verdict, "checked": checked, "rules": rules}
    return render(request, "deals/portal/_verdict.html", values)


def _family(request: HttpRequest) -> Family | None:
    return Family.objects.filter(code=request.POST.get("family", "")).first()


def _form_page(request: HttpRequest, draft: Registration | None) -> HttpResponse:
    actor, now, program = actor_of(request), timezone.now(), Program.current()
    today = day_of(now, program)
    if request.method != "POST":
        initial = initial_of(draft) if draft else _defaults(actor, program)
        form = DealForm(initial=initial, today=today, currency=program.base_currency)
        return _render(request, form, draft, now=now, program=program)
    form = DealForm(
        request.POST,
        initial=initial_of(draft) if draft else {},
        today=today,
        currency=program.base_currency,
        is_draft="draft" in request.POST,
    )
    if form.is_valid():
        try:
            return _keep(request, form, draft, now=now)
        except DomainError as error:
            if draft and _was_submitted(draft):  # the first press of two, or a colleague's
                return redirect("deals_portal:deal", public_id=draft.public_id)
            form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
    return _render(request, form, draft, now=now, program=program, status=422)


def _was_submitted(draft: Registration) -> bool:
    return Registration.objects.filter(pk=draft.pk).exclude(status=RegistrationStatus.DRAFT).exists()


def _keep(request: HttpRequest, form: DealForm, draft: Registration | None, *, now: datetime) -> HttpResponse:
    """Save the draft or submit; the detail page shows the answer."""
    actor = actor_of(request)
    version = version_of(request) if draft else None
    draft_id = draft.pk if draft else None
    if form.is_draft:
        kept = save_draft(deal=form.deal, actor=actor, now=now, draft_id=draft_id, version=version)
        messages.success(request, _("Draft saved. It has no queue position until you submit it."))
        return redirect("deals_portal:edit", public_id=kept.public_id)
    wait = form.cleaned_data["wait"]
    if draft_id is None:
        kept = submit_once(deal=form.deal, actor=actor, now=now, wait=wait)
    else:
        kept = submit_registration(deal=form.deal, actor=actor, now=now, draft_id=draft_id, version=version, wait=wait)
    kept.refresh_from_db(fields=["public_id", "number"])
    return redirect("deals_portal:deal", public_id=kept.public_id)


def _defaults(actor: Actor, program: Program) -> dict[str, str]:
    partner = Partner.objects.visible_to(actor).filter(pk=actor.partner_id or 0).only("country").first()
    return {
        "country": partner.country if partner else "",
        "currency": program.base_currency,
        "family": Family.objects.values_list("code", flat=True).first() or "",
    }


def _render(
    request: HttpRequest,
    form: DealForm,
    draft: Registration | None,
    *,
    now: datetime,
    program: Program,
    status: int = 200,
) -> HttpResponse:
    rules = rules_in_force(now=now)
    partner_id = actor_of(request).partner_id or 0
    values = {
        "form": form,
        "draft": draft,
        "program": program,
        "verdict": shown(None, "", None),
        "room": room_of(partner_id=partner_id, now=now, program=program),
        "checked": len(customers_checked_today(partner_id=partner_id, now=now, program=program)),
        "rules": rules,
        "due_at": business_hours(program).add_days(now, rules.decision_sla_business_days),
        "is_active": may_register(request),
        **estimate_values(request, form.data if form.is_bound else form.initial),
    }
    return render(request, "deals/portal/register.html", values, status=status)
