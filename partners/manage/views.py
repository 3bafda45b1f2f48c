"""The console's list of partners, the page of one, and its suspension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from partners.manage.export import partners_file
from partners.manage.forms import StatusForm, TerminationForm
from partners.manage.words import history, list_sentence, partner_sentence
from partners.models import Partner, PartnerStatus
from partners.queries.applications import waiting_count
from partners.queries.book import EVERYBODY, MINE, BookFilter, choices_for, has_book, partners_in
from partners.queries.page import partner_page
from partners.services.people import may_manage_people
from partners.services.status import lift_suspension, suspend_partner, terminate_partner
from prm import formats
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, today_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

PAGE_SIZE = 25
CHANGES_STATUS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
CHANGEABLE = (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)


@require_GET
@console_page
def partners(request: HttpRequest) -> HttpResponse:
    """List partners: the own book first for those who have one."""
    choice, rows = _asked(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    offered = choices_for(actor=actor_of(request))
    everyone = ("", _("All"))
    values = {
        "page": page,
        "state": list_sentence(count=page.paginator.count, choice=choice),
        "choice": choice,
        "waiting": waiting_count(actor=actor_of(request)),
        "statuses": [everyone, *offered.statuses],
        "tiers": [everyone, *offered.tiers],
        "types": [everyone, *offered.types],
        "countries": [everyone, *((code, formats.country(code)) for code in offered.countries)],
        "managers": [(EVERYBODY, _("All")), (MINE, _("My book")), *((email, email) for email in offered.managers)],
    }
    return render(request, "partners/list.html", values)


@require_GET
@console_page
def partners_csv(request: HttpRequest) -> HttpResponse:
    """Download the list with its filters, all pages of it."""
    _choice, rows = _asked(request)
    return partners_file(rows, name=f"partners-{today_of(request):%Y-%m-%d}.csv")


def _asked(request: HttpRequest) -> tuple[BookFilter, QuerySet[Partner]]:
    """Return the filter of the address and its partners."""
    actor = actor_of(request)
    email = getattr(request.user, "email", "")
    mine = actor.has_role(InternalRole.CHANNEL_MANAGER) and has_book(email=email)
    choice = BookFilter.of(request.GET.dict(), has_book=mine)
    return choice, partners_in(actor=actor, choice=choice, email=email, on=today_of(request))


@require_GET
@console_page
def partner(request: HttpRequest, code: str) -> HttpResponse:
    """Show one partner; other apps add their parts as panels."""
    found = partner_page(actor=actor_of(request), code=code, on=today_of(request))
    if found is None:
        raise Http404
    lifts = found.partner.status == PartnerStatus.SUSPENDED
    values = {
        "it": found,
        "partner": found.partner,
        "state": partner_sentence(found),
        "people": found.people,
        "people_url": reverse("partners_manage:people", args=[code])
        if may_manage_people(actor_of(request), found.partner.pk)
        else "",
        "people_note": formats.number(len(found.people)),
        "history": history(found),
        "lifts": lifts,
        "change_url": reverse("partners_manage:status", args=[code]) if _may_change(request, found.partner) else "",
    }
    return render(request, "partners/partner.html", values)


@require_http_methods(["GET", "POST"])
@console_page(roles=CHANGES_STATUS)
def status(request: HttpRequest, code: str) -> HttpResponse:
    """Suspend an active partner, or lift the suspension of a suspended one, with a reason."""
    actor = actor_of(request)
    found = Partner.objects.visible_to(actor).filter(code=code).first()
    if found is None or found.status not in CHANGEABLE:
        raise Http404
    lifts = found.status == PartnerStatus.SUSPENDED
    form = StatusForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        # The page says what it offered, so that two people at once do not undo each other.
        change = lift_suspension if request.POST.get("act") == "lift" else suspend_partner
        try:
            change(partner_id=found.pk, reason=form.cleaned_data["reason"], actor=actor, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            done = _("%(partner)s is active again.") if lifts else _("%(partner)s is suspended.")
            messages.success(request, done % {"partner": found.name})
            return redirect("partners_manage:partner", code=code)
    values = {"partner": found, "form": form, "lifts": lifts}
    return render(request, "partners/status.html", values, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@console_page(roles=CHANGES_STATUS)
def terminate(request: HttpRequest, code: str) -> HttpResponse:
    """End a partnership, with a reason and the day on which its deal credits end."""
    actor = actor_of(request)
    found = Partner.objects.visible_to(actor).filter(code=code).first()
    if found is None or found.status not in CHANGEABLE:
        raise Http404
    form = TerminationForm(request.POST or None, initial={"credits_end_on": today_of(request)})
    if request.method == "POST" and form.is_valid():
        try:
            terminate_partner(partner_id=found.pk, actor=actor, now=timezone.now(), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field or None, str(refusal.sentence))
        else:
            messages.success(request, _("The partnership with %(partner)s has ended.") % {"partner": found.name})
            return redirect("partners_manage:partner", code=code)
    values = {"partner": found, "form": form}
    return render(request, "partners/terminate.html", values, status=422 if form.errors else 200)


def _may_change(request: HttpRequest, partner: Partner) -> bool:
    allowed = actor_of(request).has_role(*CHANGES_STATUS)
    return allowed and partner.status in CHANGEABLE
