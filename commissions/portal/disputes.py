"""Questions about money: asked from an entry, a zero or a statement; the thread; what a partner may do with it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from commissions.kinds import Kind
from commissions.models.disputes import GOING_ON
from commissions.portal import months
from commissions.queries.disputes import (
    dispute_of,
    disputes_to_read,
    entries_behind,
    same_question,
    thread_of,
    title_of,
)
from commissions.queries.explained import explained
from commissions.queries.subjects import Asked, Subject, find_subject
from commissions.services.disputes import last_day, open_dispute, reopen_dispute, reply, withdraw_dispute
from deals.models import Subscription
from prm import formats
from prm.doors import actor_of, portal_page, program_of, status_of, version_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from commissions.models import Dispute, Entry
    from prm.actors import Actor

DISPUTES_A_PAGE = 25


def ask_query(
    *,
    statement: str = "",
    month: date | None = None,
    subscription: UUID | None = None,
    kind: str = "",
    earned: date | None = None,
    currency: str = "",
) -> str:
    """Return the query string that names what is asked about."""
    named = {
        "statement": statement,
        "month": f"{month:%Y-%m}" if month else "",
        "subscription": subscription or "",
        "kind": kind,
        "earned": f"{earned:%Y-%m}" if earned else "",
        "currency": currency,
    }
    return urlencode({name: value for name, value in named.items() if value})


def ask_about(entry: Entry, *, statement: str = "") -> str:
    """Return the address where one asks about an entry."""
    query = ask_query(
        statement=statement,
        month=None if statement else entry.run.period,
        subscription=entry.subscription.public_id if entry.subscription else None,
        kind=entry.kind,
        earned=entry.earned_period,
        currency="" if statement else entry.currency,
    )
    return f"{reverse('commissions_portal:ask')}?{query}"


@require_GET
@portal_page(money=True, after_termination=True)
def disputes(request: HttpRequest) -> HttpResponse:
    """List the partner's questions, those still open first."""
    actor = actor_of(request)
    page = Paginator(disputes_to_read(actor).order_by("closed_at", "-pk"), DISPUTES_A_PAGE)
    shown = page.get_page(request.GET.get("page"))
    going_on = disputes_to_read(actor).filter(status__in=GOING_ON).count()
    values = {
        "page": shown,
        "rows": [(one, title_of(one, one.subscription)) for one in shown],
        "state": ngettext("%(count)d question is open.", "%(count)d questions are open.", going_on)
        % {"count": going_on},
    }
    return render(request, "commissions/portal/disputes.html", values)


@portal_page(money=True, after_termination=True)
def ask(request: HttpRequest) -> HttpResponse:
    """Show what is asked about, and take the question."""
    actor, now = actor_of(request), timezone.now()
    subject = _subject_or_404(request, actor)
    if (going_on := same_question(actor, subject)) is not None:
        return redirect("commissions_portal:dispute", number=going_on.number)
    if request.method != "POST":
        return _ask_page(request, subject)
    try:
        made = open_dispute(subject=subject, text=request.POST.get("text", ""), actor=actor, now=now)
    except DomainError as refusal:
        return _ask_page(request, subject, problem=str(refusal.sentence))
    messages.success(
        request,
        _("Asked. An answer is due by %(day)s.") % {"day": formats.day(program_of(request).day_of(made.due_at or now))},
    )
    return redirect("commissions_portal:dispute", number=made.number)


@require_GET
@portal_page(money=True, after_termination=True)
def dispute(request: HttpRequest, number: str) -> HttpResponse:
    """Show one question with its thread."""
    return _dispute_page(request, _found_or_404(request, number))


@require_POST
@portal_page(money=True, after_termination=True)
def dispute_act(request: HttpRequest, number: str) -> HttpResponse:
    """Reply, take back, or ask again."""
    found = _found_or_404(request, number)
    services = {"reply": reply, "withdraw": withdraw_dispute, "reopen": reopen_dispute}
    service = services.get(request.POST.get("act", ""))
    if service is None:
        raise Http404
    try:
        service(
            dispute_id=found.pk,
            text=request.POST.get("text", ""),
            actor=actor_of(request),
            now=timezone.now(),
            version=version_of(request),
        )
    except DomainError as refusal:
        status = status_of(refusal)
        return _dispute_page(request, _found_or_404(request, number), problem=str(refusal.sentence), status=status)
    return redirect("commissions_portal:dispute", number=number)


def _subject_or_404(request: HttpRequest, actor: Actor) -> Subject:
    given = request.GET
    try:
        asked = Asked(
            statement=given.get("statement", ""),
            month=_month(given.get("month", "")),
            subscription=UUID(given["subscription"]) if given.get("subscription") else None,
            kind=given.get("kind", ""),
            earned_period=_month(given.get("earned", "")),
            currency=given.get("currency", ""),
        )
    except ValueError:
        raise Http404 from None
    known = not asked.kind or asked.kind in Kind.values
    subject = find_subject(actor, asked) if known and "\x00" not in asked.statement + asked.currency else None
    if subject is None:
        raise Http404
    return subject


def _month(text: str) -> date | None:
    if not text:
        return None
    if not months.MONTH.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(f"{text}-01")


def _found_or_404(request: HttpRequest, number: str) -> Dispute:
    found = dispute_of(actor_of(request), number) if "\x00" not in number else None
    if found is None:
        raise Http404
    return found


def _ask_page(request: HttpRequest, subject: Subject, *, problem: str = "") -> HttpResponse:
    actor, program = actor_of(request), program_of(request)
    subscription = (
        Subscription.objects.select_related("account").get(pk=subject.subscription_id)
        if subject.subscription_id
        else None
    )
    last = last_day(subject, program)
    values = {
        "subject": subject,
        "subject_title": title_of(subject, subscription),
        "entries": _explained_entries(actor, subject),
        "last": last,
        "is_late": program.day_of(timezone.now()) > last,
        "sla": program.dispute_sla_business_days,
        "problem": problem,
        "text": request.POST.get("text", ""),
    }
    return render(request, "commissions/portal/ask.html", values, status=422 if problem else 200)


def _dispute_page(request: HttpRequest, found: Dispute, *, problem: str = "", status: int = 200) -> HttpResponse:
    actor, program, now = actor_of(request), program_of(request), timezone.now()
    values = {
        "dispute": found,
        "subject_title": title_of(found, found.subscription),
        "entries": _explained_entries(actor, found),
        "thread": thread_of(found),
        "last": last_day(found, program),
        "may_reopen": not found.is_going_on and program.day_of(now) <= last_day(found, program),
        "problem": problem,
        "text": request.POST.get("text", ""),
        "now": now,
    }
    return render(request, "commissions/portal/dispute.html", values, status=status)


def _explained_entries(actor: Actor, subject: Subject | Dispute) -> list[tuple[Entry, str, str]]:
    """Return (entry, formula, sentences) of the key in question."""
    entries = entries_behind(
        actor,
        partner_id=actor.partner_id or 0,
        currency=subject.currency,
        earned_period=subject.earned_period,
        subscription_id=subject.subscription_id,
        kind=subject.kind,
    )
    found = []
    for entry in entries:
        explanation = explained(entry)
        found.append((entry, explanation.formula, " ".join(explanation.sentences)))
    return found
