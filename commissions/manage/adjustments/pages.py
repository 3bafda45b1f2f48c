"""The list of adjustments, entering one, withdrawing one, and taking that back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from commissions.manage.adjustments import words
from commissions.manage.adjustments.forms import AdjustmentForm
from commissions.manage.files import csv_file, plain
from commissions.manage.plans.words import Shown
from commissions.manage.tabs import ADJUSTERS, tabs
from commissions.models import Adjustment
from commissions.queries.adjustments import (
    AdjustmentFilter,
    adjustments_of,
    known_of,
    state_of_adjustment,
    sums_of,
)
from commissions.services.adjustment_forms import add_adjustment_once, enter_again
from commissions.services.adjustments import withdraw_adjustment
from partners.models import Partner
from prm import formats
from prm.doors import actor_of, console_page, program_of, status_of, today_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest

A_PAGE = 25
HEADS = (
    "entered", "partner", "currency", "amount", "state", "run", "settles", "subscription", "kind", "earned_period",
    "reason", "entered_by",
)  # fmt: skip


@require_GET
@console_page
def adjustments(request: HttpRequest) -> HttpResponse:
    """List adjustments by partner, currency, state and whether they settle."""
    return show_list(request)


def show_list(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    """Render the list; ``problem`` says why something was not done."""
    actor = actor_of(request)
    wanted, rows = _asked(request)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    visible = Adjustment.objects.visible_to(actor)
    withdrawn = _withdrawn(request)
    values: dict[str, Any] = {
        "tabs": tabs(request, "adjustments"),
        "page": page,
        "rows": [(row, state_of_adjustment(row), words.about_words(row)) for row in page.object_list],
        "state": words.adjustments_sentence(sums_of(visible.pending())),
        "wanted": wanted,
        "is_filtered": wanted != AdjustmentFilter(),
        "partners": [("", _("All")), *_partners(visible)],
        "currencies": [("", _("All")), *_currencies(visible)],
        "states": [("", _("All")), *((code, state.word) for code, state in words.ADJUSTMENT_STATES.items())],
        "settling": [("", _("All")), ("yes", _("Settling")), ("no", _("Not settling"))],
        "may_enter": actor.has_role(*ADJUSTERS),
        "withdrawn": withdrawn,
        "problem": problem,
    }
    return render(request, "commissions/manage/adjustments/list.html", values, status=status)


def _asked(request: HttpRequest) -> tuple[AdjustmentFilter, QuerySet[Adjustment]]:
    wanted = AdjustmentFilter(**{name: request.GET.get(name, "") for name in AdjustmentFilter.__dataclass_fields__})
    return wanted, adjustments_of(actor_of(request), wanted)


def _partners(visible: QuerySet[Adjustment]) -> list[tuple[str, str]]:
    found = Partner.objects.filter(pk__in=visible.values("partner")).order_by("name")
    return list(found.values_list("code", "name"))


def _currencies(visible: QuerySet[Adjustment]) -> list[tuple[str, str]]:
    return [(code, code) for code in visible.order_by("currency").values_list("currency", flat=True).distinct()]


def _withdrawn(request: HttpRequest) -> Adjustment | None:
    """Return the adjustment that this person withdrew a moment ago, to offer the way back."""
    try:
        public_id = UUID(request.GET.get("withdrawn", ""))
    except ValueError:
        return None
    rows = Adjustment.objects.visible_to(actor_of(request)).select_related("partner")
    return rows.filter(public_id=public_id, withdrawn_at__isnull=False).first()


@require_GET
@console_page
def adjustments_csv(request: HttpRequest) -> HttpResponse:
    """Give the list with its filters as a file."""
    _wanted, rows = _asked(request)
    day = today_of(request)
    return csv_file(f"adjustments-{day:%Y-%m-%d}.csv", HEADS, _lines(rows), amounts=frozenset({"amount"}))


def _lines(rows: QuerySet[Adjustment]) -> Iterator[tuple[str, ...]]:
    for row in rows.iterator(chunk_size=2000):
        yield (
            row.created_at.isoformat(timespec="seconds"),
            row.partner.code,
            row.currency,
            plain(row.amount, row.currency),
            state_of_adjustment(row),
            str(row.run.number) if row.run else "",
            "yes" if row.settles else "no",
            row.subscription.external_id if row.subscription else "",
            row.kind,
            f"{row.earned_period:%Y-%m}" if row.earned_period else "",
            row.reason,
            row.created_label,
        )


@require_http_methods(["GET", "POST"])
@console_page(roles=ADJUSTERS)
def add(request: HttpRequest) -> HttpResponse:
    """Enter an adjustment; links from entries and statements fill in what it is about."""
    first = program_of(request).base_currency
    if request.method != "POST":
        return _render(request, AdjustmentForm(first_currency=first, initial={"currency": first, **request.GET.dict()}))
    form = AdjustmentForm(request.POST, first_currency=first)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            made = add_adjustment_once(
                partner=typed["partner"],
                currency=typed["currency"],
                amount=typed["amount"],
                reason=typed["reason"],
                about=form.about,
                settles=typed["settles"],
                actor=actor_of(request),
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
        else:
            values = {"amount": formats.money(made.amount, made.currency), "partner": made.partner}
            messages.success(request, _("Entered: %(amount)s for %(partner)s. It joins the next run.") % values)
            return redirect("commissions_manage:adjustments")
    return _render(request, form, status=422)


def _render(request: HttpRequest, form: AdjustmentForm, *, status: int = 200) -> HttpResponse:
    values = {"form": form, "verdict": _verdict(request, form)}
    return render(request, "commissions/manage/adjustments/add.html", values, status=status)


@require_POST
@console_page(roles=ADJUSTERS)
def check(request: HttpRequest) -> HttpResponse:
    """Answer the form while it is typed: what was earned and posted for the key."""
    form = AdjustmentForm(request.POST, first_currency=program_of(request).base_currency)
    form.is_valid()
    return render(request, "commissions/manage/plans/_verdict.html", {"verdict": _verdict(request, form)})


def _verdict(request: HttpRequest, form: AdjustmentForm) -> Shown:
    key = form.key
    if key is None:
        return words.idle()
    typed = form.cleaned_data
    known = known_of(actor_of(request), key)
    return words.known_words(known, key.currency, typed.get("amount"), settles=bool(typed.get("settles")))


@require_POST
@console_page(roles=ADJUSTERS)
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take back an adjustment that is not approved; the page offers the way back."""
    found = find_adjustment(request, public_id)
    try:
        withdraw_adjustment(adjustment_id=found.pk, actor=actor_of(request), now=timezone.now())
    except DomainError as error:
        return show_list(request, problem=str(error.sentence), status=status_of(error))
    return redirect(f"{reverse('commissions_manage:adjustments')}?withdrawn={public_id}")


@require_POST
@console_page(roles=ADJUSTERS)
def again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Undo a withdrawal: enter the same adjustment anew."""
    found = find_adjustment(request, public_id)
    try:
        enter_again(adjustment_id=found.pk, actor=actor_of(request), now=timezone.now())
    except DomainError as error:
        return show_list(request, problem=str(error.sentence), status=status_of(error))
    messages.success(request, _("Entered again. It joins the next run."))
    return redirect("commissions_manage:adjustments")


def find_adjustment(request: HttpRequest, public_id: UUID) -> Adjustment:
    """Return the adjustment, or raise 404."""
    return get_object_or_404(Adjustment.objects.visible_to(actor_of(request)), public_id=public_id)
