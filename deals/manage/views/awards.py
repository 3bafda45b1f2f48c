"""Co-sell awards: what waits for payroll, the numbered files, the terms, and who helps on a deal."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from deals.manage.asking import listing_of
from deals.manage.lead_forms import AwardTermsForm, SellerForm
from deals.manage.sheets import sheet
from deals.models import CoSeller
from deals.queries.awards import awards_for, exports_for, payroll_csv, terms_now, without_seller
from deals.queries.decisions import case_of
from deals.services.awards import PAYROLL, export_awards, name_seller, set_award_terms
from deals.services.decisions import DECIDERS
from prm.doors import actor_of, console_page, program_of, status_of, version_of
from prm.downloads import CSV, download
from prm.errors import DomainError
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COLUMNS = (
    "award",
    "seller_name",
    "seller_email",
    "registration",
    "customer",
    "partner",
    "earned_on",
    "amount",
    "currency",
    "file",
    "voided_at",
)


@console_page
def awards(request: HttpRequest) -> HttpResponse:
    """Show what waits for payroll, what was exported, and the terms."""
    return _page(request)


@console_page
def awards_csv(request: HttpRequest) -> HttpResponse:
    """Return the same list, as it is filtered and sorted, as CSV; payroll gets its own numbered files."""
    rows = (
        (
            award,
            award.seller_name,
            award.seller_email,
            award.registration.reference,
            award.registration.account.name if award.registration.account else award.registration.company,
            award.registration.holder.name,
            award.earned_on,
            award.amount,
            award.currency,
            award.export.number if award.export else "",
            award.voided_at,
        )
        for award in awards_for(actor_of(request), **listing_of(request.GET, state="pending"))
    )
    return sheet("co-sell-awards.csv", COLUMNS, rows)


def _page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    actor, asked = actor_of(request), listing_of(request.GET, state="pending")
    is_queue = asked["state"] not in {"exported", "all"}
    page = Paginator(awards_for(actor, **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    count = page.paginator.count
    summary = ngettext("%(count)d award waits for payroll", "%(count)d awards wait for payroll", count)
    values = {
        "page_obj": page,
        "asked": asked,
        "is_filtered": bool(asked["words"]) or not is_queue,
        "states": [("pending", _("Waiting for payroll")), ("exported", _("In a file")), ("all", _("All"))],
        "summary": (summary if is_queue else ngettext("%(count)d award", "%(count)d awards", count)) % {"count": count},
        "exports": exports_for(actor)[:PAGE_SIZE],
        "unnamed": without_seller(actor)[:PAGE_SIZE],
        "may_name": actor.has_role(*DECIDERS),
        "terms": terms_now(actor),
        "may_export": actor.has_role(*PAYROLL),
        "error": error,
    }
    return render(request, "deals/manage/awards.html", values, status=status)


@require_POST
@console_page(roles=tuple(PAYROLL))
def export(request: HttpRequest) -> HttpResponse:
    """Make the next file for payroll."""
    try:
        made = export_awards(actor=actor_of(request), now=timezone.now())
    except DomainError as refused:
        return _page(request, error=str(refused.sentence), status=422)
    words = ngettext("File %(number)d with %(count)d award.", "File %(number)d with %(count)d awards.", made.count)
    messages.success(request, words % {"number": made.number, "count": made.count})
    return redirect("deals_manage:awards")


@console_page(roles=tuple(PAYROLL))
def export_csv(request: HttpRequest, number: int) -> HttpResponse:
    """Return one file for payroll."""
    found = exports_for(actor_of(request)).filter(number=number).first()
    if found is None:
        raise Http404
    return download(payroll_csv(found), kind=CSV, name=f"co-sell-awards-{found.number:04}.csv")


@console_page(roles=tuple(PAYROLL))
def terms(request: HttpRequest) -> HttpResponse:
    """Set what a co-sell win brings from a day on."""
    program, now = program_of(request), timezone.now()
    form = AwardTermsForm(request.POST or None, currency=program.base_currency, today=program.day_of(now))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                set_award_terms(**form.cleaned_data, actor=actor_of(request), now=now)
            except DomainError as refused:
                form.add_error(None, str(refused.sentence))
            else:
                messages.success(request, _("The terms were set."))
                return redirect("deals_manage:awards")
    return render(request, "deals/manage/award_terms.html", {"form": form}, status=status)


@console_page(roles=tuple(DECIDERS))
def seller(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Name the direct seller who helps on a deal."""
    case = case_of(actor_of(request), public_id)
    if case is None:
        raise Http404
    known = CoSeller.objects.filter(registration=case).first()
    initial = {"name": known.name, "email": known.email} if known else {}
    form, status = SellerForm(request.POST or None, initial=initial), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                name_seller(
                    registration_id=case.pk,
                    **form.cleaned_data,
                    actor=actor_of(request),
                    now=timezone.now(),
                    version=version_of(request),
                )
            except DomainError as refused:
                status = status_of(refused)
                form.add_error(refused.field if refused.field in form.fields else None, str(refused.sentence))
            else:
                messages.success(request, _("The direct seller was named."))
                return redirect("deals_manage:registration", public_id=case.public_id)
    return render(request, "deals/manage/seller.html", {"form": form, "case": case}, status=status)
