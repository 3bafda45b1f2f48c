"""Registering a deal: the form, its draft, and the live verdict beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals.identity import registrable_domain
from deals.models import Family, Registration, RegistrationStatus
from deals.portal.forms import DealForm, initial_of
from deals.portal.guessing import fill_in, guess
from deals.portal.home import may_register
from deals.portal.verdicts import Shown, shown
from deals.portal.views.estimating import estimate_values
from deals.queries.checks import customers_checked_today
from deals.queries.deals import deal_of, room_of
from deals.queries.rules import business_hours, day_of, program_with_rules
from deals.services.attachments import attach
from deals.services.checks import check_availability
from deals.services.drafts import autosave_draft, submit_typed, version_for
from deals.services.once import one_form_at_a_time
from partners.models import Partner
from prm import formats
from prm.doors import actor_of, portal_page, program_of, status_of, version_of
from prm.errors import DomainError
from prm.ui.states import state_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from deals.policy import RuleSettings
    from prm.actors import Actor
    from prm.models import Program


FORM_KEY_LENGTH = 32
FORM_SECONDS = 24 * 3600
"""How long a form that was opened knows the draft that it saved."""

SUBMITTED = "submitted"
"""What a form knows instead once it was submitted: a late answer to what was typed must not make a second draft."""


@portal_page(registers=True)
def register(request: HttpRequest) -> HttpResponse:
    """Show the empty form, or save or submit what was typed; a draft that saved itself meanwhile goes on as that."""
    if request.method != "POST":
        return _form_page(request, None)
    with transaction.atomic():
        one_form_at_a_time(actor_of(request))
        return _form_page(request, _own_draft(request))


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
def autosave(request: HttpRequest) -> HttpResponse:
    """Keep what is typed as a draft, as one types; answer when it was saved, or why it was not."""
    with transaction.atomic():
        one_form_at_a_time(actor_of(request))
        return _autosave(request)


def _autosave(request: HttpRequest) -> HttpResponse:
    actor, now, program = actor_of(request), timezone.now(), program_of(request)
    draft = _own_draft(request)
    if draft is None and _form_key(request) and cache.get(_form_key(request)):
        return render(request, "deals/portal/_saved.html", {})  # it was submitted meanwhile
    today = day_of(now, program)
    form = DealForm(request.POST, today=today, currency=program.base_currency, is_draft=True)
    if not form.is_valid() and not (form.cleaned_data.get("website") or form.cleaned_data.get("company")):
        return render(request, "deals/portal/_saved.html", {"draft": draft})
    if "family" not in form.cleaned_data:
        return render(request, "deals/portal/_saved.html", {"draft": draft})
    try:
        kept, choices = autosave_draft(
            deal=form.deal,
            families=[family.code for family in form.cleaned_data.get("also", [])],
            wait=bool(form.cleaned_data.get("wait")),
            actor=actor,
            now=now,
            draft_id=draft.pk if draft else None,
            version=version_of(request) if draft else None,
        )
    except DomainError as error:
        status = status_of(error)
        return render(request, "deals/portal/_saved.html", {"draft": draft, "error": error.sentence}, status=status)
    kept.refresh_from_db(fields=["public_id", "number", "version"])
    if key := _form_key(request):
        cache.set(key, str(kept.public_id), FORM_SECONDS)
    values = {
        "draft": kept,
        "saved_at": choices.saved_at,
        "saved_clock": formats.clock(choices.saved_at),
        "unread": [form[name].label for name in form.errors],
    }
    response = render(request, "deals/portal/_saved.html", values)
    response["HX-Replace-Url"] = reverse("deals_portal:edit", args=[kept.public_id])
    return response


def _form_key(request: HttpRequest) -> str:
    """Return the name of this opening of the form, the person's own; empty where there is none."""
    given = request.POST.get("form_key", "")
    return f"deal-form:{actor_of(request).user_id}:{given}" if len(given) == FORM_KEY_LENGTH and given.isalnum() else ""


def _own_draft(request: HttpRequest) -> Registration | None:
    """Return the draft that the form names, or has saved unseen, where it is one of this person's partner.

    Somebody who submits while the form saves itself has not seen the draft's number yet: the form's key leads to it.
    """
    given = request.POST.get("draft_id", "")
    if not given and (key := _form_key(request)):
        given = cache.get(key, "")
    try:
        found = deal_of(actor_of(request), UUID(given)) if given else None
    except ValueError:
        return None
    return found if found is not None and found.status == RegistrationStatus.DRAFT else None


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
    typed = {name: request.POST.get(name, "") for name in DealForm.base_fields}
    filled = fill_in(request.POST, guess(actor, request.POST.get("website", "")))
    form = DealForm(initial=typed | filled, today=day_of(now, program), currency=program.base_currency)
    values = {"verdict": verdict, "checked": checked, "rules": rules, "form": form, "filled": filled}
    return render(request, "deals/portal/_verdict.html", values)


def _family(request: HttpRequest) -> Family | None:
    return Family.objects.filter(code=request.POST.get("family", "")).first()


def _form_page(request: HttpRequest, draft: Registration | None) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    program, settings = program_with_rules(now=now)
    request.program = program  # type: ignore[attr-defined] # the page's own head finds it there
    today = day_of(now, program)
    if request.method != "POST":
        initial = initial_of(draft) if draft else _defaults(actor, program)
        form = DealForm(initial=initial, today=today, currency=program.base_currency)
        return _render(request, form, draft, now=now, program=program, settings=settings)
    form = DealForm(
        request.POST,
        request.FILES,
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
    return _render(request, form, draft, now=now, program=program, settings=settings, status=422)


def _was_submitted(draft: Registration) -> bool:
    return Registration.objects.filter(pk=draft.pk).exclude(status=RegistrationStatus.DRAFT).exists()


def _keep(request: HttpRequest, form: DealForm, draft: Registration | None, *, now: datetime) -> HttpResponse:
    """Save the draft or submit; the detail page shows the answer."""
    actor = actor_of(request)
    version = version_for(draft, version=version_of(request), actor=actor, now=now) if draft else None
    draft_id, wait = draft.pk if draft else None, bool(form.cleaned_data.get("wait"))
    also, uploads = list(form.cleaned_data.get("also") or []), form.cleaned_data.get("papers") or []
    with transaction.atomic():
        if form.is_draft:
            kept, _choices = autosave_draft(
                deal=form.deal,
                families=[family.code for family in also],
                wait=wait,
                actor=actor,
                now=now,
                draft_id=draft_id,
                version=version,
            )
            made = [kept]
        else:
            made = submit_typed(
                deal=form.deal, also=also, actor=actor, now=now, draft_id=draft_id, version=version, wait=wait
            )
        if uploads:
            attach(registration_id=made[0].pk, uploads=uploads, actor=actor, now=now)
    made[0].refresh_from_db(fields=["public_id", "number"])
    if key := _form_key(request):
        cache.set(key, str(made[0].public_id) if form.is_draft else SUBMITTED, FORM_SECONDS)
    if form.is_draft:
        messages.success(request, _("Draft saved. It has no queue position until you submit it."))
        return redirect("deals_portal:edit", public_id=made[0].public_id)
    for other in made[1:]:
        other.refresh_from_db(fields=["public_id", "number"])
        messages.info(request, _said_of(other))
    return redirect("deals_portal:deal", public_id=made[0].public_id)


def _said_of(other: Registration) -> str:
    """Return, for another family of the same act, what was answered, and the way there."""
    address = reverse("deals_portal:deal", args=[other.public_id])
    state = state_of("registration", other.status).word
    return format_html('{}: {}. <a href="{}">{}</a>', other.family.name, state, address, other.reference)


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
    settings: RuleSettings,
    status: int = 200,
) -> HttpResponse:
    partner_id = actor_of(request).partner_id or 0
    values = {
        "limit_a_submission": settings.checks_per_submission,
        "attachments": list(draft.attachments.order_by("pk")) if draft else [],
        "filled": {},
        "form": form,
        "draft": draft,
        "form_key": request.POST.get("form_key") or uuid4().hex,
        "program": program,
        "verdict": shown(None, "", None),
        "room": room_of(partner_id=partner_id, now=now, program=program),
        "checked": len(customers_checked_today(partner_id=partner_id, now=now, program=program)),
        "rules": settings,
        "due_at": business_hours(program).add_days(now, settings.decision_sla_business_days),
        "is_active": may_register(request),
        **estimate_values(request, form.data if form.is_bound else form.initial),
    }
    return render(request, "deals/portal/register.html", values, status=status)
