"""The console's pages of business reviews: prepared, printed, shared, recorded as held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from partners.manage.plan_forms import ActionForm
from partners.models import BusinessReview, Partner
from partners.planning.review_values import review_values, state_of
from partners.queries.reviews import reviews_of
from partners.services.reviews import (
    LONGEST,
    LONGEST_AGENDA,
    cancel_review,
    prepare_review,
    record_review,
    share_review,
    write_agenda,
)
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, denied, program_of, status_of, today_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

MANAGERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
NEW_ACTIONS = 3


class PrepareForm(forms.Form):
    """For which day a review is prepared, and what it is to speak about."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    agenda = forms.CharField(
        label=gettext_lazy("Agenda"),
        max_length=LONGEST_AGENDA,
        required=False,
        help_text=gettext_lazy("The partner's owners read it once the review is shared."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class HeldForm(forms.Form):
    """What was agreed in a review."""

    summary = forms.CharField(
        label=gettext_lazy("What was agreed"),
        max_length=LONGEST,
        help_text=gettext_lazy("The partner's people read it in the activity log."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )


@require_http_methods(["GET", "POST"])
@console_page
def reviews(request: HttpRequest, code: str) -> HttpResponse:
    """List a partner's reviews; on POST prepare one."""
    partner, actor, status = _partner(request, code), actor_of(request), 200
    acts = actor.has_role(*MANAGERS)
    if request.method == "POST" and not acts:
        return denied(request, _("Channel managers prepare and record business reviews."))
    form = PrepareForm(request.POST if request.method == "POST" else None, initial={"day": today_of(request)})
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = prepare_review(partner_id=partner.pk, actor=actor, now=timezone.now(), **form.cleaned_data)
                return redirect("partners_manage:review", code=code, public_id=made.public_id)
            except DomainError as refusal:
                status = status_of(refusal)
                form.add_error(None, str(refusal.sentence))
    values = {
        "partner": partner,
        "reviews": [(one, state_of(one)) for one in reviews_of(actor=actor, partner_id=partner.pk)],
        "form": form if acts else None,
    }
    return render(request, "partners/reviews_console.html", values, status=status)


@require_http_methods(["GET", "POST"])
@console_page
def review(request: HttpRequest, code: str, public_id: UUID) -> HttpResponse:
    """Show a prepared review, ready to print; on POST record that it was held."""
    found, actor, status = _review(request, code, public_id), actor_of(request), 200
    acts = actor.has_role(*MANAGERS) and found.held_at is None
    if request.method == "POST" and not actor.has_role(*MANAGERS):
        return denied(request, _("Channel managers prepare and record business reviews."))
    data = request.POST if request.method == "POST" else None
    form = HeldForm(data)
    actions = [ActionForm(data, prefix=f"a-{place}") for place in range(NEW_ACTIONS)]
    if data is not None:
        status = 422
        if all([one.is_valid() for one in (form, *actions)]):  # noqa: C419 - every form says what is wrong with it
            try:
                record_review(
                    partner=found.partner,
                    summary=form.cleaned_data["summary"],
                    actor=actor,
                    now=timezone.now(),
                    review_id=found.pk,
                    actions=[planned for one in actions if (planned := one.planned()) is not None],
                )
                messages.success(request, _("The business review is recorded."))
                return redirect("partners_manage:review", code=code, public_id=public_id)
            except DomainError as refusal:
                status = status_of(refusal)
                form.add_error(None, str(refusal.sentence))
    program = program_of(request)
    values = review_values(found, actor=actor, program=program, today=program.day_of(timezone.now()))
    values |= {"partner": found.partner, "mark_url": "partners_manage:action_mark"}
    if acts:
        values |= {"form": form, "actions": actions, "held_day": min(found.day, today_of(request))}
    return render(request, "partners/review_console.html", values, status=status)


@require_POST
@console_page(roles=MANAGERS)
def act(request: HttpRequest, code: str, public_id: UUID) -> HttpResponse:
    """Share a review, write its agenda, or cancel it."""
    found, actor, now = _review(request, code, public_id), actor_of(request), timezone.now()
    wanted = request.POST.get("act", "")
    try:
        if wanted == "share":
            share_review(review_id=found.pk, actor=actor, now=now)
            messages.success(request, _("The partner's owners see the page from now on."))
        elif wanted == "agenda":
            write_agenda(review_id=found.pk, agenda=request.POST.get("agenda", ""), actor=actor, now=now)
            messages.success(request, _("The agenda is kept."))
        elif wanted == "cancel":
            cancel_review(review_id=found.pk, actor=actor, now=now)
            messages.success(request, _("The review is cancelled."))
            return redirect("partners_manage:reviews", code=code)
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect("partners_manage:review", code=code, public_id=public_id)


def _review(request: HttpRequest, code: str, public_id: UUID) -> BusinessReview:
    rows = BusinessReview.objects.visible_to(actor_of(request)).select_related("partner")
    found = rows.filter(public_id=public_id, partner__code=code).first()
    if found is None:
        raise Http404
    return found


def _partner(request: HttpRequest, code: str) -> Partner:
    found = Partner.objects.visible_to(actor_of(request)).filter(code=code).first()
    if found is None:
        raise Http404
    return found
