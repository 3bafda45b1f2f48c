"""Files to banks, to take away, and the banks' answers: upload, look, confirm."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from commissions.models import PaymentAnswer, PaymentFile
from commissions.providers.files import media_type
from commissions.providers.results import ResultFileError
from commissions.queries.payment_files import PROBLEMS, batches_with_files, files_of
from commissions.queries.yearly import TOTAL_COLUMNS, total_rows, years_of
from commissions.services.payment_files import hand_out_file
from commissions.services.reconciliation import UnreconciledError, confirm_answer, preview_answer, upload_answer
from prm import formats
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, denied
from prm.downloads import CSV, download
from prm.errors import DomainError
from prm.spreadsheets import safe_text
from prm.ui.states import State, register_states

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from commissions.policy.reconciliation import Reconciliation

A_PAGE = 20
LINES_SHOWN = 500
FINANCE = (InternalRole.FINANCE,)
PAYOUT_STATES = {
    "prepared": State(gettext_lazy("Prepared"), "neutral", "dot", gettext_lazy("Not sent yet.")),
    "submitted": State(gettext_lazy("Under way"), "info", "clock", gettext_lazy("Sent; the bank has not said more.")),
    "paid": State(gettext_lazy("Paid"), "ok", "check", gettext_lazy("The bank has paid it.")),
    "failed": State(gettext_lazy("Failed"), "bad", "cross", gettext_lazy("It was not paid; the amount is owed again.")),
    "returned": State(gettext_lazy("Returned"), "bad", "back", gettext_lazy("The money came back; it is owed again.")),
}


class AnswerForm(forms.Form):
    """The file that a bank or provider answers with."""

    upload = forms.FileField(
        label=gettext_lazy("The bank’s answer"),
        help_text=gettext_lazy(
            "pain.002 (XML), or a CSV with end_to_end_id, status (accepted, paid, failed, returned) and, if known, "
            "amount, currency, reference, reason. Nothing changes before you confirm."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xml,.csv,.txt"}),
    )


def register() -> None:
    """Name the states of payouts; called when the app is ready."""
    register_states("payout", PAYOUT_STATES)


@require_GET
@console_page(roles=FINANCE)
def files(request: HttpRequest) -> HttpResponse:
    """List batches with their files and answers, newest first."""
    actor = actor_of(request)
    page = Paginator(batches_with_files(actor), A_PAGE).get_page(request.GET.get("page"))
    values = {"page": page, "rows": files_of(actor, page.object_list), "years": years_of(actor)}
    return render(request, "commissions/manage/payment_files.html", values)


@require_GET
@console_page(roles=FINANCE)
def file(request: HttpRequest, message: str) -> HttpResponse:
    """Give one file, the same bytes each time; who took it is written down."""
    actor = actor_of(request)
    found = get_object_or_404(PaymentFile.objects.visible_to(actor), message_id=message)
    try:
        content = hand_out_file(file=found, actor=actor, now=timezone.now())
    except DomainError as refusal:
        return denied(request, str(refusal.sentence))
    kind, end = media_type(found)
    return download(content, kind=kind, name=f"{found.message_id}.{end}")


@require_GET
@console_page(roles=FINANCE)
def year_csv(_request: HttpRequest, year: int) -> HttpResponse:
    """Give what partners were paid and what was withheld in a year, beside the thresholds of reports."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TOTAL_COLUMNS)
    writer.writerows([[safe_text(cell) for cell in row] for row in total_rows(year)])
    return download(text.getvalue(), kind=CSV, name=f"payouts-{year}.csv")


@require_http_methods(["GET", "POST"])
@console_page(roles=FINANCE)
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Take a bank's answer about one batch, and go on to its preview."""
    actor = actor_of(request)
    batch = get_object_or_404(batches_with_files(actor), number=number)
    form = AnswerForm(request.POST, request.FILES) if request.method == "POST" else AnswerForm()
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["upload"]
        try:
            row = upload_answer(batch=batch, name=given.name, content=given.read(), actor=actor, now=timezone.now())
        except ResultFileError as refusal:
            problems = [str(problem) for problem in refusal.problems][:LINES_SHOWN]
        else:
            return redirect("commissions_manage:payment_answer_review", public_id=row.public_id)
    wrong = bool(problems or form.errors)
    values = {"batch": batch, "form": form, "problems": problems}
    return render(request, "commissions/manage/payment_answer.html", values, status=422 if wrong else 200)


@require_http_methods(["GET", "POST"])
@console_page(roles=FINANCE)
def review(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what an answer would change, and on POST change it, all or nothing."""
    actor = actor_of(request)
    rows = PaymentAnswer.objects.visible_to(actor).select_related("batch")
    row = get_object_or_404(rows, public_id=public_id)
    if request.method == "GET":
        return _show(request, row, preview_answer(row))
    try:
        confirmed = confirm_answer(answer_id=row.pk, actor=actor, now=timezone.now())
    except UnreconciledError as refusal:
        return _show(request, row, refusal.reconciliation, status=409)
    said = ngettext("%(count)s payout was brought up to date.", "%(count)s payouts were brought up to date.",
                    confirmed.changed)  # fmt: skip
    messages.success(request, said % {"count": formats.number(confirmed.changed)})
    return redirect("commissions_manage:payment_answer_review", public_id=row.public_id)


def _show(request: HttpRequest, row: PaymentAnswer, found: Reconciliation, *, status: int = 200) -> HttpResponse:
    ordered = sorted(found.findings, key=lambda one: (one.problem is None, not one.is_news, one.answer.line))
    values: dict[str, Any] = {
        "it": row,
        "found": found,
        "state": _state(row, found),
        "lines": [(one, PROBLEMS[one.problem] if one.problem is not None else "") for one in ordered[:LINES_SHOWN]],
        "hidden": max(0, len(ordered) - LINES_SHOWN),
        "silent": found.silent[:LINES_SHOWN],
        "may_confirm": row.confirmed_at is None and not found.problems,
    }
    return render(request, "commissions/manage/payment_answer_review.html", values, status=status)


def _state(row: PaymentAnswer, found: Reconciliation) -> str:
    """Return the sentence under the heading: what is wrong first, then what would change."""
    if row.confirmed_at is not None:
        said = ngettext("Confirmed by %(person)s; %(count)s payout was changed.",
                        "Confirmed by %(person)s; %(count)s payouts were changed.", row.changed)  # fmt: skip
        return said % {"person": row.confirmed_label, "count": formats.number(row.changed)}
    wrong = len(found.problems)
    if wrong:
        sentence = ngettext(
            "%(count)s line cannot be taken, so nothing can be confirmed.",
            "%(count)s lines cannot be taken, so nothing can be confirmed.",
            wrong,
        )
        return sentence % {"count": formats.number(wrong)}
    news = len(found.news)
    if not news:
        return _("Nothing in it is news: every payout is recorded so already.")
    sentence = ngettext("%(count)s payout will change.", "%(count)s payouts will change.", news)
    return sentence % {"count": formats.number(news)}
