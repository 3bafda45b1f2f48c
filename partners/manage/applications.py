"""The console's queue of applications and the page of one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from partners.manage.application_export import applications_file
from partners.models import Application, ApplicationStatus, PartnerType
from partners.queries.applications import (
    EVERYBODY,
    MINE,
    NOBODYS,
    QueueFilter,
    application_page,
    applications_in,
    channel_managers,
)
from partners.services.applications.deciding import (
    approve_application,
    ask_applicant,
    assign_application,
    reject_application,
    review_application,
)
from prm import formats
from prm.actors import InternalRole
from prm.doors import actor_of, console_page, status_of, today_of
from prm.errors import DomainError
from prm.ui.states import State, register_states

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest

PAGE_SIZE = 25
MOST_AT_ONCE = 50
DECIDERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)
STATES = {
    "applied": State(gettext_lazy("New"), "info", "flag", gettext_lazy("Nobody has looked at it yet.")),
    "in_review": State(gettext_lazy("In review"), "info", "clock", gettext_lazy("A decision is due.")),
    "asked": State(gettext_lazy("Asked"), "warn", "question", gettext_lazy("The applicant has to answer.")),
    "approved": State(gettext_lazy("Approved"), "ok", "check", gettext_lazy("The partner exists.")),
    "rejected": State(gettext_lazy("Rejected"), "bad", "cross", gettext_lazy("The applicant was told why.")),
    "joined": State(gettext_lazy("Joined"), "neutral", "people", gettext_lazy("The company had applied before.")),
}


def register() -> None:
    """Name the states of applications; called when the app is ready."""
    register_states("application", STATES)


@require_GET
@console_page
def queue(request: HttpRequest) -> HttpResponse:
    """List applications: the open ones, what is due first in front."""
    choice, rows = _asked(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    count = page.paginator.count
    managers = channel_managers()
    statuses = [(code, state.word) for code, state in STATES.items()]
    values = {
        "page": page,
        "state": ngettext("%(count)s application.", "%(count)s applications.", count)
        % {"count": formats.number(count)},
        "choice": choice,
        "now": timezone.now(),
        "decides": actor_of(request).has_role(*DECIDERS),
        "people": managers,
        "statuses": [("", _("Open")), *statuses, (EVERYBODY, _("All"))],
        "types": [("", _("All")), *PartnerType.choices],
        "managers": [
            (EVERYBODY, _("All")),
            (MINE, _("Mine")),
            (NOBODYS, _("Nobody’s")),
            *((person.email, str(person)) for person in managers),
        ],
    }
    return render(request, "partners/applications.html", values)


@require_GET
@console_page
def queue_csv(request: HttpRequest) -> HttpResponse:
    """Download the list with its filters, all pages of it."""
    _choice, rows = _asked(request)
    today = today_of(request)
    return applications_file(rows, name=f"applications-{today:%Y-%m-%d}.csv")


@require_POST
@console_page(roles=DECIDERS)
def several(request: HttpRequest) -> HttpResponse:
    """Carry out one act on the chosen applications; each has its own outcome."""
    ids = request.POST.getlist("id")[:MOST_AT_ONCE]
    visible = Application.objects.visible_to(actor_of(request))
    rows = {str(row.public_id): row for row in visible.filter(public_id__in=_uuids(ids))}
    done = 0
    for public_id in ids:
        row = rows.get(public_id)
        if row is None:
            continue
        try:
            _carry_out(request, row)
            done += 1
        except DomainError as refusal:
            messages.error(request, f"{row.company}: {refusal.sentence}")
    if done or not ids:
        said = ngettext("%(count)s application changed.", "%(count)s applications changed.", done)
        messages.success(request, said % {"count": formats.number(done)})
    return redirect("partners_manage:applications")


@require_GET
@console_page
def application(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one application with the parts of its score and its history."""
    return _show(request, public_id)


@require_POST
@console_page(roles=DECIDERS)
def act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Carry out what a button of the page says; a refusal comes back on the page."""
    row = Application.objects.visible_to(actor_of(request)).filter(public_id=public_id).first()
    if row is None:
        raise Http404
    try:
        said = _carry_out(request, row)
    except DomainError as refusal:
        return _show(request, public_id, problem=str(refusal.sentence), status=status_of(refusal))
    messages.success(request, said)
    return redirect("partners_manage:application", public_id=public_id)


def _carry_out(request: HttpRequest, row: Application) -> str:
    """Do what the form asks with one application, and return what to say."""
    asked = request.POST.get("act", "")
    how: dict[str, Any] = {"application_id": row.pk, "actor": actor_of(request), "now": timezone.now()}
    text = "\n\n".join(filter(None, (request.POST.get("reason", "").strip(), request.POST.get("text", "").strip())))
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "assign": (
            lambda: assign_application(**how, manager_email=request.POST.get("manager", "")),
            _("The application is assigned."),
        ),
        "review": (lambda: review_application(**how), _("The application is in review.")),
        "ask": (lambda: ask_applicant(**how, text=text), _("The question is on its way.")),
        "reject": (lambda: reject_application(**how, text=text), _("The application is rejected.")),
        "approve": (
            lambda: approve_application(**how, text=text),
            _("The partner exists, and its owner is invited."),
        ),
    }
    if asked not in acts:
        raise Http404
    do, said = acts[asked]
    do()
    return said


def _show(request: HttpRequest, public_id: UUID, *, problem: str = "", status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    found = application_page(actor=actor, public_id=public_id)
    if found is None:
        raise Http404
    it = found.it
    decides = actor.has_role(*DECIDERS)
    values = {
        "page": found,
        "it": it,
        "decides": decides and it.status in {ApplicationStatus.APPLIED, ApplicationStatus.IN_REVIEW},
        "assigns": decides and it.status in {"applied", "in_review", "asked"},
        "people": channel_managers() if decides else [],
        "problem": problem,
        "typed": request.POST.get("text", ""),
        "acts": [
            ("approve", _("Approve"), [r.text for r in found.reasons if r.kind == "approve"]),
            ("ask", _("Ask a question"), [r.text for r in found.reasons if r.kind == "ask"]),
            ("reject", _("Reject"), [r.text for r in found.reasons if r.kind == "reject"]),
        ],
    }
    return render(request, "partners/application.html", values, status=status)


def _asked(request: HttpRequest) -> tuple[QueueFilter, QuerySet[Application]]:
    choice = QueueFilter.of(request.GET.dict())
    email = getattr(request.user, "email", "")
    return choice, applications_in(actor=actor_of(request), choice=choice, email=email)


def _uuids(ids: list[str]) -> list[UUID]:
    found = []
    for text in ids:
        with suppress(ValueError):
            found.append(UUID(text))
    return found
