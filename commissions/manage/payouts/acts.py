"""What finance does with payouts: submit a batch, write down what the bank said, give one up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from commissions.manage.payouts.pages import find_batch, sending, show_batch, state_of_payout
from commissions.manage.tabs import MONEY
from commissions.models import PayoutStatus
from commissions.queries.payouts import contradictions_of, payouts_of
from commissions.services.contradictions import settle_contradiction
from commissions.services.payout_batches import cancel_payout
from commissions.services.payout_by_hand import record_by_hand
from prm.celery import app
from prm.doors import actor_of, console_page, status_of
from prm.errors import DomainError
from prm.ui.states import state_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from commissions.models import Payout

CAN_FOLLOW = {
    "prepared": (),
    "unanswered": ("paid", "failed"),
    "submitted": ("paid", "failed", "returned"),
    "paid": ("returned",),
    "failed": (),
    "returned": (),
}
"""What a person may write down about a payout in each state; the service decides again."""


class ResultForm(forms.Form):
    """What the bank said."""

    result = forms.ChoiceField(label=gettext_lazy("What happened"), widget=forms.RadioSelect)
    reference = forms.CharField(label=gettext_lazy("Reference of the bank"), max_length=120, required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("How you know: the statement, the letter, the call. It stays in the trail."),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["result"].choices = choices


class CancelForm(forms.Form):
    """Why a payout is given up."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class FoundOutForm(forms.Form):
    """What became of a contradiction."""

    reason = forms.CharField(
        label=gettext_lazy("What you found out"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Ask the bank first. If a payout that counts as failed was paid, its amount is owed again here: enter an "
            "adjustment that takes it back before the next batch."
        ),
    )


@require_POST
@console_page(roles=MONEY)
def submit(request: HttpRequest, number: int) -> HttpResponse:
    """Have a worker send what waits in the batch; pressed twice, nothing is paid twice."""
    found = find_batch(request, number)
    if not found.payouts.filter(status=PayoutStatus.PREPARED).exists():
        sentence = _("Nothing of this batch waits to be sent any more.")
        return show_batch(request, found, problem=sentence, status=409)
    app.send_task("commissions.submit_payouts", kwargs={"number": number, "user_id": actor_of(request).user_id})
    return redirect(f"{reverse('commissions_manage:payout_batch', args=[number])}?sent={int(time.time())}")


@require_GET
@console_page(roles=MONEY)
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """Answer the page that waits for a submission: how many are left, or the way to the finished batch."""
    found = find_batch(request, number)
    values = sending(found, request.GET.get("sent", ""))
    if values is None:
        return HttpResponseClientRedirect(reverse("commissions_manage:payout_batch", args=[number]))
    return render(request, "commissions/manage/payouts/_progress.html", values)


@require_http_methods(["GET", "POST"])
@console_page(roles=MONEY)
def record(request: HttpRequest, number: int, payout: int) -> HttpResponse:
    """Write down by hand what became of a payout, with how one knows."""
    row = _find(request, number, payout)
    choices = [(code, state_of("payout", code).word) for code in CAN_FOLLOW[state_of_payout(row)]]
    form = ResultForm(request.POST or None, choices=choices)
    if not choices:
        sentence = _("Nothing can be written down about %(payout)s in this state.") % {"payout": row}
        return show_batch(request, find_batch(request, number), problem=sentence, status=409)
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        try:
            record_by_hand(
                payout_id=row.pk,
                state=typed["result"],
                reference=typed["reference"],
                reason=typed["reason"],
                actor=actor_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            return show_batch(request, find_batch(request, number), problem=str(error.sentence), status=409)
        messages.success(request, _("Written down: %(payout)s.") % {"payout": row})
        return redirect("commissions_manage:payout_batch", number=number)
    values = {"form": form, "payout": row, "batch": row.batch, "title": _("Record a result")}
    return render(request, "commissions/manage/payouts/record.html", values, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@console_page(roles=MONEY)
def cancel(request: HttpRequest, number: int, payout: int) -> HttpResponse:
    """Give up a payout that was never sent; its amount is owed again."""
    row = _find(request, number, payout)
    form = CancelForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            cancel_payout(
                payout_id=row.pk, reason=form.cleaned_data["reason"], actor=actor_of(request), now=timezone.now()
            )
        except DomainError as error:
            status = status_of(error)
            return show_batch(request, find_batch(request, number), problem=str(error.sentence), status=status)
        messages.success(request, _("%(payout)s is given up; its amount is owed again.") % {"payout": row})
        return redirect("commissions_manage:payout_batch", number=number)
    values = {"form": form, "payout": row, "batch": row.batch, "title": _("Give up this payout")}
    return render(request, "commissions/manage/payouts/record.html", values, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@console_page(roles=MONEY)
def settle(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Write down what somebody found out about a contradiction; the payout stays as it is recorded."""
    row = get_object_or_404(contradictions_of(actor_of(request)), public_id=public_id)
    form = FoundOutForm(request.POST or None)
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            settle_contradiction(contradiction_id=row.pk, reason=reason, actor=actor_of(request), now=timezone.now())
        except DomainError as error:
            messages.error(request, str(error.sentence))
        else:
            messages.success(request, _("Settled: %(payout)s.") % {"payout": row.payout})
        return redirect("commissions_manage:payouts")
    values = {"form": form, "payout": row.payout, "batch": row.payout.batch, "title": _("Settle the contradiction")}
    return render(request, "commissions/manage/payouts/record.html", values, status=422 if form.errors else 200)


def _find(request: HttpRequest, number: int, payout: int) -> Payout:
    row = payouts_of(actor_of(request)).filter(batch__number=number, number=payout).first()
    if row is None:
        raise Http404
    return row
