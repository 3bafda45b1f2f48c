"""All registrations: search, one page each, and what a manager does outside the queue."""

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

from deals.manage.console import beside
from deals.manage.views.case import case_values, program_of
from deals.models import LIVE_STATUSES, Family, Origin, Registration, RegistrationStatus, Subscription
from deals.queries.deals import deal_row, registrations_for
from deals.queries.decisions import case_of
from deals.services.decisions import DECIDERS, answer_question
from deals.services.progress import add_note, extend_protection, lose_registration, withdraw_registration
from deals.services.reversal import reverse_rejection, reversible_until
from prm.doors import actor_of, console_page, status_of, version_of
from prm.errors import DomainError
from prm.ui.states import state_of
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@console_page
def registrations(request: HttpRequest) -> HttpResponse:
    """List and search registrations of all partners."""
    given, now = request.GET, timezone.now()
    asked = {
        "state": given.get("state", "open"),
        "family": given.get("family", ""),
        "sort": given.get("sort", "-submitted"),
        "words": given.get("q", "").strip(),
    }
    _program, settings = program_of(request, now=now)
    page = Paginator(registrations_for(actor_of(request), **asked), PAGE_SIZE).get_page(given.get("page"))
    count = page.paginator.count
    values = {
        "page_obj": page,
        "rows": [deal_row(registration, now=now) for registration in page],
        "asked": asked,
        "summary": ngettext("%(count)d registration", "%(count)d registrations", count) % {"count": count},
        "states": [("open", _("Open")), ("all", _("All")), *_state_words()],
        "families": [("", _("All")), *Family.objects.values_list("code", "name")],
        "beside": beside(request, now=now, settings=settings),
        "now": now,
    }
    return render(request, "deals/manage/registrations.html", values)


@console_page
def registration(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one registration with everything about it."""
    return _page(request, public_id)


@require_POST
@console_page(roles=tuple(DECIDERS))
def act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Extend, withdraw or lose for the partner."""
    case = case_of(actor_of(request), public_id)
    if case is None:
        raise Http404
    try:
        messages.success(request, _do(request, case))
    except DomainError as error:
        status = status_of(error)
        return _page(request, public_id, error=str(error.sentence), status=status)
    return redirect("deals_manage:registration", public_id=public_id)


def _do(request: HttpRequest, case: Registration) -> str:
    version = version_of(request)
    name, text = request.POST.get("act", ""), request.POST.get("text", "")
    actor, now, pk = actor_of(request), timezone.now(), case.pk
    if name == "extend":
        extend_protection(registration_id=pk, actor=actor, now=now, version=version, reason=text)
        return _("The protection was extended.")
    if name == "lose":
        lose_registration(registration_id=pk, actor=actor, now=now, version=version, reason=text)
        return _("The deal was marked as lost.")
    if name == "withdraw":
        withdraw_registration(registration_id=pk, actor=actor, now=now, version=version, reason=text)
        return _("The registration was withdrawn.")
    if name == "reverse":
        reverse_rejection(registration_id=pk, actor=actor, now=now, version=version, reason=text)
        return _("The rejection was taken back.")
    if name == "unask":
        answer = text or _("The question was taken back.")
        answer_question(registration_id=pk, actor=actor, now=now, version=version, answer=answer)
        return _("The question was taken back; our clock goes on.")
    if name == "note":
        add_note(registration_id=pk, actor=actor, now=now, version=version, text=text)
        return _("The note was written.")
    raise DomainError("unknown_act", _("Choose one of the actions on the page."))


def _page(request: HttpRequest, public_id: UUID, *, error: str = "", status: int = 200) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    program, settings = program_of(request, now=now)
    case = case_of(actor, public_id)
    if case is None:
        raise Http404
    until = reversible_until(case, program=program, settings=settings)
    winnable = {RegistrationStatus.APPROVED, RegistrationStatus.EXPIRED}
    values = {
        **case_values(case, actor=actor, now=now, program=program, settings=settings),
        "row": deal_row(case, now=now),
        "error": error,
        "may_win": actor.has_role(*DECIDERS) and case.status in winnable,
        "may_undo_win": actor.has_role(*DECIDERS) and case.status == RegistrationStatus.WON,
        "may_name_seller": actor.has_role(*DECIDERS)
        and (case.status in LIVE_STATUSES or case.origin == Origin.CO_SELL),
        "may_end": actor.has_role(*DECIDERS) and case.status in LIVE_STATUSES,
        "may_extend": actor.has_role(*DECIDERS) and case.status == RegistrationStatus.APPROVED,
        "may_reverse": actor.has_role(*DECIDERS) and until >= now,
        "reversible_until": until,
        "may_unask": actor.has_role(*DECIDERS) and case.status == RegistrationStatus.RETURNED,
        "attachments": list(case.attachments.order_by("pk")),
        "sold": _sold(case),
    }
    return render(request, "deals/manage/registration.html", values, status=status)


def _sold(case: Registration) -> list[Subscription]:
    if case.status != RegistrationStatus.WON:
        return []
    return list(case.subscriptions.select_related("product").order_by("pk"))


def _state_words() -> list[tuple[str, str]]:
    return [
        (code, str(state_of("registration", code).word))
        for code in RegistrationStatus.values
        if code != RegistrationStatus.DRAFT
    ]
