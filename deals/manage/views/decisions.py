"""Decisions: what is due first, its evidence, and one key for each answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from deals.manage.console import remember_waiting
from deals.manage.views.case import case_values, program_of
from deals.models import RegistrationStatus
from deals.queries.deals import WARN_SHARE
from deals.queries.decisions import Queue, case_of, queue
from deals.services.decisions import (
    DECIDERS,
    approve_registration,
    reject_registration,
    return_for_information,
)
from prm.doors import actor_of, console_page, version_of
from prm.errors import DomainError, StaleError
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
    """List what waits; on wide screens the first one is open beside it."""
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
    entries = queue(actor_of(request), now=timezone.now()).entries
    try:
        said = _decide(request, case)
    except DomainError as error:
        status = 409 if isinstance(error, StaleError) or error.code == "wrong_state" else 422
        trouble = Trouble(str(error.sentence), request.POST.get("reason", ""), status)
        return _page(request, public_id, trouble)
    messages.success(request, said)
    following = _following([entry.registration for entry in entries], case)
    if following is None:
        return redirect("deals_manage:decisions")
    return redirect("deals_manage:decision", public_id=following.public_id)


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
        return _("Rejected: %(partner)s reads your reason on %(customer)s.") % words
    if act == "return":
        return_for_information(registration_id=pk, actor=actor, now=now, version=version, question=reason)
        return _("Returned: %(partner)s is asked about %(customer)s. The clock is stopped.") % words
    raise DomainError("unknown_act", _("Choose one of the decisions."))


def _following(listed: list[Registration], decided: Registration) -> Registration | None:
    """Return the one after ``decided``, or the first when it was the last."""
    index = next((i for i, registration in enumerate(listed) if registration.pk == decided.pk), 0)
    rest = [registration for registration in listed if registration.pk != decided.pk]
    return next(iter([*rest[index:], *rest]), None)


def _page(request: HttpRequest, public_id: UUID | None, trouble: Trouble | None = None) -> HttpResponse:
    actor, now, program = actor_of(request), timezone.now(), program_of(request)
    waiting = queue(actor, now=now)
    remember_waiting(request, waiting.waiting)
    case = _shown(actor, waiting, public_id)
    if public_id is not None and case is None:
        raise Http404
    listed = [entry.registration.pk for entry in waiting.entries]
    values: dict[str, object] = {
        "queue": waiting,
        "summary": _summary(waiting, now),
        "has_item": public_id is not None,
        "trouble": trouble or Trouble(),
        "templates": _templates(program),
        "place": listed.index(case.pk) + 1 if case and case.pk in listed else 0,
        "is_open": case is not None and case.status == RegistrationStatus.SUBMITTED,
        "state_word": state_of("registration", case.status).word if case else "",
        "due_tone": _due_tone(case, now) if case else "neutral",
        "now": now,
    }
    if case is not None:
        values |= case_values(case, actor=actor, now=now, program=program)
    status = (trouble or Trouble()).status
    response = render(request, "deals/manage/decisions.html", values, status=status)
    if request.method == "GET" and case is not None:
        # After a decision htmx follows the redirect itself: the address shall name what is shown.
        address = reverse("deals_manage:decision", args=[case.public_id])
        response["HX-Push-Url"] = address if public_id else reverse("deals_manage:decisions")
    return response


def _shown(actor: Actor, waiting: Queue, public_id: UUID | None) -> Registration | None:
    """Return the registration to show: the one asked for, else the first that waits."""
    listed = [entry.registration for entry in waiting.entries]
    if public_id is None:
        return next(iter(listed), None)
    found = next((registration for registration in listed if registration.public_id == public_id), None)
    return found or case_of(actor, public_id)


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


def _templates(program: Program) -> list[str]:
    """Return the reasons that are offered; what stands in the field is what the partner reads."""
    vendor = {"vendor": program.vendor_name}
    return [
        _("Approved. We wish you success with this customer."),
        _("Co-sell: a %(vendor)s colleague joins you on this deal and writes to you.") % vendor,
        _("We could not see a real opportunity yet. Register again once you have a named contact."),
        _("The customer told us that they are not in contact with you."),
        _("This customer is outside what your agreement covers."),
        _("Which company will sign the contract?"),
        _("Who is your contact at the customer, and what is their role?"),
        _("What is the expected monthly revenue based on?"),
    ]
