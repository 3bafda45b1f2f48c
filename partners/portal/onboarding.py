"""The partner's one page of onboarding, and the texts that its owners accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from partners.models import AgreementText, MembershipRole, OnboardingStep, PaperState
from partners.onboarding_files import step_with_files
from partners.queries.agreements import acceptances_of, texts_to_accept
from partners.queries.onboarding import awaits_us, progress_of
from partners.services.agreements import Origin, accept_agreement
from partners.services.onboarding import complete_step
from prm import formats
from prm import onboarding as facts
from prm.doors import actor_of, denied, portal_page, seat_of, today_of
from prm.errors import DomainError, NotAllowedError
from prm.models import User
from prm.needs import Need

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from partners.queries.onboarding import Progress
    from prm.actors import Actor

LATER = "agreement_later"
"""Session key: the texts that an owner wants to read later, as long as there is time."""


@require_GET
@portal_page
def checklist(request: HttpRequest) -> HttpResponse:
    """Show what is done, what is next, and who helps."""
    actor, found = actor_of(request), _progress(request)
    if found is None:
        raise Http404
    helper = User.objects.filter(email__iexact=found.partner.manager_email).first()
    values = {
        "it": found,
        "tasks": [_task(step, actor) for step in found.steps],
        "by_hand": [step for step in found.steps if _by_hand(step, actor)],
        "with_files": [step_with_files(step, actor) for step in found.steps if step.asks_files],
        "closed": found.onboarding.closed_at is not None,
        "helper": helper,
        "accepted": acceptances_of(actor=actor, partner_id=found.partner.pk),
    }
    return render(request, "partners/onboarding.html", values)


@require_POST
@portal_page
def done(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark a step of one's own as done."""
    actor = actor_of(request)
    step = OnboardingStep.objects.filter(public_id=public_id, onboarding__partner_id=actor.partner_id or 0).first()
    if step is None:
        raise Http404
    try:
        complete_step(step_id=step.pk, actor=actor, now=timezone.now())
    except NotAllowedError as refusal:
        return denied(request, str(refusal.sentence))
    except DomainError as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect("partners_portal:onboarding")


@require_http_methods(["GET", "POST"])
@portal_page(before_acceptance=True)
def agreement(request: HttpRequest) -> HttpResponse:
    """Show the first text that waits for an owner; on POST accept it, or put it off while there is time."""
    actor, now = actor_of(request), timezone.now()
    if actor.partner_role != MembershipRole.OWNER:
        return denied(request, _("Owners of your company accept agreements."))
    waiting = texts_to_accept(partner_id=actor.partner_id or 0)
    problem = ""
    if request.method == "POST":
        wanted = AgreementText.objects.filter(public_id__in=_uuid(request.POST.get("text", ""))).first()
        if wanted is None:
            raise Http404
        if request.POST.get("act") == "later" and not _is_pressing(request, wanted):
            request.session[LATER] = sorted({*request.session.get(LATER, []), str(wanted.public_id)})
            return redirect("partners_portal:home")
        try:
            if "agree" not in request.POST:
                raise DomainError("not_agreed", _("Tick that you agree."))  # noqa: TRY301 - one answer for all
            accept_agreement(
                text_id=wanted.pk,
                sha256=request.POST.get("sha256", ""),
                actor=actor,
                origin=Origin(str(get_adapter().get_client_ip(request) or ""), request.headers.get("User-Agent", "")),
                now=now,
            )
        except DomainError as refusal:
            problem = str(refusal.sentence)
        else:
            messages.success(request, _("%(agreement)s is accepted.") % {"agreement": wanted})
            return redirect("partners_portal:agreement" if len(waiting) > 1 else "partners_portal:home")
    text = waiting[0] if waiting else None
    values = {
        "text": text,
        "problem": problem,
        "pressing": text is not None and _is_pressing(request, text),
        "accepted": acceptances_of(actor=actor, partner_id=actor.partner_id or 0),
    }
    return render(request, "partners/agreement.html", values, status=422 if problem else 200)


def text_in_the_way(request: HttpRequest) -> bool:
    """Whether an owner has to be asked before home is shown: not yet put off, or no time is left."""
    actor, seat = actor_of(request), seat_of(request)
    if actor.partner_role != MembershipRole.OWNER or (seat is not None and seat.nothing_to_accept):
        return False
    later = request.session.get(LATER, [])
    waiting = texts_to_accept(partner_id=actor.partner_id or 0)
    return any(_is_pressing(request, text) or str(text.public_id) not in later for text in waiting)


def needs(request: HttpRequest) -> Iterable[Need]:
    """Return the next open step, while the partner is being onboarded. Three queries, none on the page of the steps."""
    seat = getattr(request, "seat", None)
    if seat is None or seat.partner_status != "onboarding":
        return []
    found = _progress(request)
    if found is None or found.onboarding.closed_at is not None or found.next_step is None:
        return []
    return [
        Need(
            title=_(found.next_step.title),
            text=_("%(done)s of %(all)s required steps are done.") % {"done": found.done, "all": found.required},
            url=reverse("partners_portal:onboarding"),
            action=_("Continue"),
        )
    ]


def _progress(request: HttpRequest) -> Progress | None:
    """Return the checklist of the partner that somebody works for, read once in a request."""
    if not hasattr(request, "_onboarding"):
        today, actor = today_of(request), actor_of(request)
        found = progress_of(actor=actor, partner_id=actor.partner_id or 0, on=today, stalls=False)
        request._onboarding = found  # type: ignore[attr-defined]  # noqa: SLF001 - the request is the cache
    return cast("Progress | None", request._onboarding)  # type: ignore[attr-defined]  # noqa: SLF001 - as above


def _is_pressing(request: HttpRequest, text: AgreementText) -> bool:
    return text.accept_by is None or text.accept_by <= today_of(request)


def _by_hand(step: OnboardingStep, actor: Actor) -> bool:
    mine = step.side == "partner" and actor.partner_role == MembershipRole.OWNER
    return mine and step.done_on is None and not step.asks_files and facts.fact_of(step.fact) is None


def _task(step: OnboardingStep, actor: Actor) -> dict[str, object]:
    fact = facts.fact_of(step.fact)
    if step.done_on is not None:
        return {"title": _(step.title), "state": "done"}
    who = "" if step.side == "partner" else _("We do this. ")
    note = who + _("Due %(day)s") % {"day": formats.day(step.due_on)}
    if not step.required:
        note += _(", optional")
    url = fact.url_name if fact is not None else ""
    if step.asks_files:
        return _paper_task(step, note)
    money = step.fact in {"tax_form", "payout_method"} and not actor.sees_money
    state = "waiting" if step.side == "vendor" else "open"
    return {
        "title": _(step.title),
        "state": state,
        "note": note,
        "href": reverse(url) if url and not money else "",
        "action": _("Open"),
    }


def _paper_task(step: OnboardingStep, note: str) -> dict[str, object]:
    task: dict[str, object] = {
        "title": _(step.title),
        "state": "open",
        "note": note,
        "href": f"#step-{step.pk}",
        "action": _("Files"),
    }
    if awaits_us(step):
        return task | {"state": "waiting", "note": _("We are looking at the files.")}
    if any(paper.state == PaperState.RETURNED for paper in step.papers.all()):
        return task | {"note": _("Files were sent back: read why, and send others.")}
    return task


def _uuid(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []
