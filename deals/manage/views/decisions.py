"""Decisions: what is due first, its evidence, and one key for each answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from deals.manage.asking import desk_for, options_of, position_of, query_of, remember_position, wanted_of
from deals.manage.console import beside, count_waiting
from deals.manage.views.case import case_values, program_of
from deals.models import RegistrationStatus
from deals.queries.deals import WARN_SHARE
from deals.queries.decisions import Queue, case_of, queue
from deals.queries.rules import business_hours
from deals.services.decisions import (
    DECIDERS,
    approve_registration,
    reject_registration,
    return_for_information,
)
from prm.doors import actor_of, console_page, status_of, version_of
from prm.errors import DomainError
from prm.ui.states import state_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from deals.models import Registration
    from prm.actors import Actor
    from prm.models import Program


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a decision was not taken, and what had been typed."""

    sentence: str = ""
    reason: str = ""
    status: int = 200


@console_page
def decisions(request: HttpRequest) -> HttpResponse:
    """List what waits; on wide screens the first one, or the one that was open last, is open beside it.

    An address without filters leads back to those that the person had; ``?who=all`` asks for everything.
    """
    kept, _item = position_of(request)
    asked = query_of(wanted_of(QueryDict(kept.removeprefix("?"))))
    if not request.GET and asked:
        return redirect(f"{reverse('deals_manage:decisions')}{asked}")
    return _page(request, None)


@console_page
def decision(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one registration with its evidence."""
    return _page(request, public_id)


@require_POST
@console_page(roles=tuple(DECIDERS))
def decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Carry out the decision and go to the next in the queue."""
    case = case_of(actor_of(request), public_id)
    if case is None:
        raise Http404
    now, wanted = timezone.now(), wanted_of(request.GET)
    desk = desk_for(request, now=now, program=program_of(request, now=now)[0])
    entries = queue(actor_of(request), now=now, wanted=wanted, desk=desk).entries
    try:
        said = _decide(request, case)
    except DomainError as error:
        status = 409 if error.code == "wrong_state" else status_of(error)
        trouble = Trouble(str(error.sentence), request.POST.get("reason", ""), status)
        return _page(request, public_id, trouble)
    messages.success(request, said)
    still = queue(actor_of(request), now=timezone.now(), wanted=wanted, desk=desk).entries
    waiting = {entry.registration.pk for entry in still}
    listed = [e.registration for e in entries if e.registration.pk in waiting or e.registration.pk == case.pk]
    following = _following(listed, case)
    if following is None:
        return redirect(f"{reverse('deals_manage:decisions')}{query_of(wanted)}")
    return redirect(f"{reverse('deals_manage:decision', args=[following.public_id])}{query_of(wanted)}")


def _decide(request: HttpRequest, case: Registration) -> str:
    version = version_of(request)
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    actor, now, pk = actor_of(request), timezone.now(), case.pk
    words = {"customer": case.account or "", "partner": case.holder}
    if act in {"approve", "co_sell"}:
        approve_registration(
            registration_id=pk, actor=actor, now=now, version=version, reason=reason, co_sell=act == "co_sell"
        )
        return _("Approved: %(partner)s is protected on %(customer)s.") % words
    if act == "reject":
        reject_registration(registration_id=pk, actor=actor, now=now, version=version, reason=reason)
        return _with_undo(case, _("Rejected: %(partner)s reads your reason on %(customer)s.") % words)
    if act == "return":
        return_for_information(registration_id=pk, actor=actor, now=now, version=version, question=reason)
        return _with_undo(case, _("Returned: %(partner)s is asked about %(customer)s. The clock is stopped.") % words)
    raise DomainError("unknown_act", _("Choose one of the decisions."))


def _with_undo(case: Registration, said: str) -> str:
    """Return what was done with the way back, while there is one: the key U leads there."""
    address = reverse("deals_manage:registration", args=[case.public_id])
    return format_html('{} <a href="{}#undo" data-key="u">{}</a>', said, address, _("Take back"))


def _following(listed: list[Registration], decided: Registration) -> Registration | None:
    """Return the one after ``decided``, or the first when it was the last."""
    index = next((i for i, registration in enumerate(listed) if registration.pk == decided.pk), 0)
    rest = [registration for registration in listed if registration.pk != decided.pk]
    return next(iter([*rest[index:], *rest]), None)


def _page(request: HttpRequest, public_id: UUID | None, trouble: Trouble | None = None) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    program, settings = program_of(request, now=now)
    wanted, desk = wanted_of(request.GET), desk_for(request, now=now, program=program)
    counted = count_waiting(request, now=now, settings=settings)
    waiting = queue(actor, now=now, wanted=wanted, desk=desk, counted=counted)
    case = _shown(actor, waiting, public_id or position_of(request)[1], asked=public_id is not None)
    if public_id is not None and case is None:
        raise Http404
    listed = [entry.registration.pk for entry in waiting.entries]
    values: dict[str, object] = {
        "queue": waiting,
        "beside": beside(request, now=now, settings=settings),
        "query": query_of(wanted),
        "shown": len(listed),
        "summary": _summary(waiting, now),
        "has_item": public_id is not None,
        "trouble": trouble or Trouble(),
        "templates": [(text.replace("{vendor}", program.vendor_name), act) for text, act in desk.reasons],
        "place": listed.index(case.pk) + 1 if case and case.pk in listed else 0,
        "is_open": case is not None and case.status == RegistrationStatus.SUBMITTED,
        "state_word": state_of("registration", case.status).word if case else "",
        "due_tone": _due_tone(case, now) if case else "neutral",
        "late_by": late_by(case, now=now, program=program) if case else "",
        "may_decide": actor.has_role(*DECIDERS),
        "now": now,
        **options_of(wanted, desk),
    }
    if case is not None:
        values |= case_values(case, actor=actor, now=now, program=program, settings=settings)
        values["stands_in_for"] = desk.stands_in_for(case)
    status = (trouble or Trouble()).status
    response = render(request, "deals/manage/decisions.html", values, status=status)
    remember_position(response, query=query_of(wanted), item=case.public_id if case and public_id else None)
    if request.method == "GET" and case is not None:
        # After a decision htmx follows the redirect itself: the address shall name what is shown.
        address = reverse("deals_manage:decision", args=[case.public_id])
        response["HX-Push-Url"] = (address if public_id else reverse("deals_manage:decisions")) + query_of(wanted)
    return response


def _shown(actor: Actor, waiting: Queue, public_id: UUID | None, *, asked: bool) -> Registration | None:
    """Return the registration to show: the one asked for, else the one remembered or the first that is listed."""
    listed = [entry.registration for entry in waiting.entries]
    found = next((registration for registration in listed if registration.public_id == public_id), None)
    if found is not None or not asked:
        return found or next(iter(listed), None)
    return case_of(actor, public_id) if public_id else None


def late_by(case: Registration, *, now: datetime, program: Program) -> str:
    """Return by how many business hours a decision is late, in words; nothing while it is not."""
    if case.status != RegistrationStatus.SUBMITTED or case.due_at is None or case.due_at > now:
        return ""
    hours = int(business_hours(program).between(case.due_at, now).total_seconds() // 3600)
    if not hours:
        return _("Late by less than a business hour")
    return ngettext("%(count)d business hour late", "%(count)d business hours late", hours) % {"count": hours}


def _due_tone(case: Registration, now: datetime) -> str:
    """Return red when late, amber under a fifth of the time left, as the countdown itself."""
    if case.due_at is None or case.submitted_at is None:
        return "neutral"
    if case.due_at <= now:
        return "bad"
    return "warn" if (case.due_at - now) < (case.due_at - case.submitted_at) * WARN_SHARE else "neutral"


def _summary(waiting: Queue, now: datetime) -> str:
    """Return ``7 wait, 1 late, oldest 5 days``."""
    if not waiting.waiting:
        return _("Nothing waits for a decision.")
    parts = [ngettext("%(count)d waits", "%(count)d wait", waiting.waiting) % {"count": waiting.waiting}]
    if waiting.late:
        parts.append(_("%(count)d late") % {"count": waiting.late})
    if waiting.oldest:
        days = (now - waiting.oldest).days
        if days:
            parts.append(ngettext("oldest %(count)d day", "oldest %(count)d days", days) % {"count": days})
    return ", ".join(parts)
