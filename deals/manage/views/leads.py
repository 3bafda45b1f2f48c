"""Leads in the console: the list, one lead with its offers and why they were made, and what a manager does by hand."""

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

from deals.kpis.leads import figures_of
from deals.manage.asking import listing_of
from deals.manage.lead_forms import LeadForm
from deals.manage.leadwords import passed_over, why
from deals.manage.sheets import sheet
from deals.models import Lead, LeadStatus
from deals.queries.leads import TO_OFFER, UNHELD, current_offer, lead_case, leads_for
from deals.services.decisions import DECIDERS
from deals.services.leads import add_lead, close_lead, hand_over, offer_again, take_back
from partners.models import Partner, PartnerStatus
from prm.doors import actor_of, console_page, program_of, status_of, version_of
from prm.errors import DomainError
from prm.models import User
from prm.ui.states import state_of
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

HELD = (LeadStatus.OFFERED, LeadStatus.ACCEPTED)

COLUMNS = (
    "customer",
    "country",
    "family",
    "state",
    "partner",
    "source",
    "expected_mrr",
    "currency",
    "arrived_at",
    "offered_at",
    "due_at",
)


@console_page
def leads(request: HttpRequest) -> HttpResponse:
    """List leads by state, with whose turn it is to act."""
    actor, now, given = actor_of(request), timezone.now(), request.GET
    asked = listing_of(request.GET, state="open")
    page = Paginator(leads_for(actor, **asked), PAGE_SIZE).get_page(given.get("page"))
    count = page.paginator.count
    values = {
        "page_obj": page,
        "rows": [(lead, current_offer(lead)) for lead in page],
        "asked": asked,
        "summary": ngettext("%(count)d lead", "%(count)d leads", count) % {"count": count},
        "is_filtered": bool(asked["words"]) or asked["state"] != "open",
        "states": [("open", _("Open")), (TO_OFFER, _("To be offered by us")), ("all", _("All")), *_state_words()],
        "figures": figures_of(now=now),
        "may_act": actor.has_role(*DECIDERS),
        "now": now,
    }
    return render(request, "deals/manage/leads.html", values)


@console_page
def leads_csv(request: HttpRequest) -> HttpResponse:
    """Return the same list, as it is filtered and sorted, as CSV."""
    asked = listing_of(request.GET, state="open")
    rows = (
        (
            found.account.name,
            found.country,
            found.family.name,
            found.status,
            found.partner.name if found.partner else "",
            found.source,
            found.expected_mrr,
            found.currency,
            found.created_at,
            offer.offered_at if offer else None,
            (offer.register_by or offer.due_at) if offer else None,
        )
        for found, offer in ((one, current_offer(one)) for one in leads_for(actor_of(request), **asked))
    )
    return sheet("leads.csv", COLUMNS, rows)


@console_page
def lead(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one lead: who has it, to whom it was offered and why, who was passed over."""
    return _page(request, public_id)


@console_page(roles=tuple(DECIDERS))
def add(request: HttpRequest) -> HttpResponse:
    """Take in a lead; it is offered at once."""
    program = program_of(request)
    form = LeadForm(request.POST or None, currency=program.base_currency)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _add(request, form)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
    return render(request, "deals/manage/lead_new.html", {"form": form}, status=status)


def _add(request: HttpRequest, form: LeadForm) -> HttpResponse:
    email = User.objects.values_list("email", flat=True).get(pk=actor_of(request).user_id or 0)
    made = add_lead(new=form.new(manager_email=email), actor=actor_of(request), now=timezone.now())
    if made.partner is not None:
        messages.success(request, _("The lead was offered to %(partner)s.") % {"partner": made.partner})
    else:
        messages.warning(request, _("The lead was taken in, and nobody could be offered it."))
    return redirect("deals_manage:lead", public_id=made.public_id)


@require_POST
@console_page(roles=tuple(DECIDERS))
def act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Offer again, hand over, take back or close."""
    found = lead_case(actor_of(request), public_id)
    if found is None:
        raise Http404
    try:
        messages.success(request, _do(request, found))
    except DomainError as error:
        status = status_of(error)
        return _page(request, public_id, error=str(error.sentence), status=status)
    return redirect("deals_manage:lead", public_id=public_id)


def _do(request: HttpRequest, found: Lead) -> str:
    actor, now, version, pk = actor_of(request), timezone.now(), version_of(request), found.pk
    name, text = request.POST.get("act", ""), request.POST.get("text", "")
    if name == "offer":
        offered = offer_again(lead_id=pk, actor=actor, now=now, version=version)
        return _("The lead was offered.") if offered.partner_id else _("Nobody could be offered it.")
    if name == "hand_over":
        code = request.POST.get("partner", "")
        partner_id = Partner.objects.filter(code=code).values_list("pk", flat=True).first() or 0
        hand_over(lead_id=pk, partner_id=partner_id, actor=actor, now=now, version=version, reason=text)
        return _("The lead was offered to the partner.")
    if name == "take_back":
        take_back(lead_id=pk, actor=actor, now=now, version=version, reason=text)
        return _("The lead was taken back.")
    if name == "close":
        close_lead(lead_id=pk, actor=actor, now=now, version=version, reason=text)
        return _("The lead was closed.")
    raise DomainError("unknown_act", _("Choose one of the actions on the page."))


def _page(request: HttpRequest, public_id: UUID, *, error: str = "", status: int = 200) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    found = lead_case(actor, public_id)
    if found is None:
        raise Http404
    offers, may_act = list(found.offers.all()), actor.has_role(*DECIDERS)
    held = next((offer for offer in offers if offer.released_at is None), None)
    partners = Partner.objects.filter(status=PartnerStatus.ACTIVE).values_list("code", "name").order_by("name")
    values = {
        "lead": found,
        "held": held,
        "offers": [(offer, why(offer)) for offer in offers],
        "skips": [(skip, passed_over(skip)) for skip in found.skips.all()],
        "reasons": found.reason.splitlines(),
        "partners": partners if may_act and found.status in UNHELD else (),
        "may_give": may_act and found.status in UNHELD,
        "may_take": may_act and found.status in HELD,
        "error": error,
        "typed": request.POST.get("text", "") if error else "",
        "now": now,
    }
    return render(request, "deals/manage/lead.html", values, status=status)


def _state_words() -> list[tuple[str, str]]:
    return [(code, str(state_of("lead", code).word)) for code in LeadStatus.values if code != LeadStatus.DECLINED]
