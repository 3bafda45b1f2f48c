"""One deal of a partner: where it stands, why, what is next, and what its people may do."""

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
from django.views.decorators.http import require_POST

from deals.models import LIVE_STATUSES, UNDECIDED_STATUSES, RegistrationStatus
from deals.portal.next_step import next_step
from deals.queries.deals import deal_of, deal_row
from deals.queries.distribution import sub_partners_of
from deals.queries.history import partner_history, stage_word
from deals.queries.rules import day_of, program_with_rules
from deals.services.attachments import remove_attachment
from deals.services.decisions import answer_question
from deals.services.letters import OPEN_TO_LETTERS
from deals.services.progress import add_note, extend_protection, lose_registration, set_stage, withdraw_registration
from deals.services.submission import discard_draft
from partners.models import PartnerStatus
from prm.doors import actor_of, portal_page, status_of, version_of
from prm.errors import DomainError
from prm.ui.inputs import country_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from django.http import HttpRequest, HttpResponse

    from deals.models import Registration
    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into one of the page's forms, and what is wrong with it."""

    act: str = ""
    text: str = ""
    error: str = ""


@portal_page
def deal(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the deal."""
    return _page(request, _found(request, public_id))


@require_POST
@portal_page(registers=True)
def act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Do one of the things that the page offers, named by ``act``."""
    registration = _found(request, public_id)
    typed = Typed(act=request.POST.get("act", ""), text=request.POST.get("text", ""))
    try:
        said = _do(request, registration, typed)
    except DomainError as error:
        status = status_of(error)
        again = _found(request, public_id)
        return _page(request, again, Typed(typed.act, typed.text, str(error.sentence)), status=status)
    messages.success(request, said)
    if typed.act == "discard":
        return redirect("deals_portal:list")
    if request.POST.get("back") == "board":
        return redirect(f"{reverse('deals_portal:list')}?view=board#deal-{registration.pk}")
    return redirect("deals_portal:deal", public_id=public_id)


def _written() -> dict[str, tuple[Callable[..., Registration], str, str]]:
    """Return what is done with a few words: the service, the name of the words, and what is said afterwards."""
    return {
        "answer": (answer_question, "answer", _("Your answer was sent. Your queue position was kept.")),
        "extend": (extend_protection, "reason", _("The protection was extended.")),
        "note": (add_note, "text", _("Your note was sent.")),
        "withdraw": (withdraw_registration, "reason", _("The registration was withdrawn.")),
        "lose": (lose_registration, "reason", _("The deal was marked as lost.")),
    }


def _do(request: HttpRequest, registration: Registration, typed: Typed) -> str:
    """Carry out the act and say so."""
    version = version_of(request)
    actor, now, pk = actor_of(request), timezone.now(), registration.pk
    if typed.act in (written := _written()):
        service, name, said = written[typed.act]
        service(registration_id=pk, actor=actor, now=now, version=version, **{name: typed.text})
        return said
    if typed.act == "stage":
        stage = request.POST.get("stage", "")
        set_stage(registration_id=pk, actor=actor, now=now, version=version, stage=stage)
        return _("The stage is %(stage)s now.") % {"stage": stage_word(stage)}
    if typed.act == "alive":
        add_note(
            registration_id=pk, actor=actor, now=now, version=version, text=typed.text or _("Still working on it.")
        )
        return _("Thank you: we know that you are at work on it.")
    if typed.act == "discard":
        for attachment in registration.attachments.all():
            remove_attachment(attachment=attachment, actor=actor, now=now)
        discard_draft(draft_id=pk, actor=actor, now=now, version=version)
        return _("The draft was discarded.")
    raise DomainError("unknown_act", _("Choose one of the actions on the page."))


def _found(request: HttpRequest, public_id: UUID) -> Registration:
    registration = deal_of(actor_of(request), public_id)
    if registration is None:
        raise Http404
    return registration


def _page(
    request: HttpRequest, registration: Registration, typed: Typed | None = None, *, status: int = 200
) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    program, settings = program_with_rules(now=now)
    request.program = program  # type: ignore[attr-defined] # the page's own head finds it there
    row = deal_row(registration, now=now)
    history = partner_history(registration, vendor=program.vendor_name)
    is_holder = actor.registers_deals and registration.holder_id == actor.partner_id
    was_extended: bool = registration.was_extended  # type: ignore[attr-defined] # by ``deal_of``
    values = {
        "deal": registration,
        "row": row,
        "typed": typed or Typed(),
        "next_step": next_step(row, vendor=program.vendor_name, was_extended=was_extended),
        "findings": _findings(registration),
        "history": history,
        "attachments": list(registration.attachments.order_by("pk")),
        "may_attach": is_holder and registration.status in LIVE_STATUSES,
        "country": country_name(registration.country),
        "stage": stage_word(registration.stage),
        "stages": [(code, stage_word(code)) for code in settings.stages],
        "may_act": is_holder,
        "may_extend": is_holder and _may_extend(registration, row.days_left, was_extended=was_extended),
        "may_withdraw": is_holder and registration.status in LIVE_STATUSES,
        "may_change": is_holder and registration.status in UNDECIDED_STATUSES,
        "may_bring_letter": is_holder and registration.status in OPEN_TO_LETTERS,
        "may_hand_over": _may_hand_over(registration, actor, today=day_of(now, program)),
        "extension_days": settings.extension_days,
        "program": program,
        "now": now,
        **_clock(registration, now),
    }
    return render(request, "deals/portal/deal.html", values, status=status)


def _may_hand_over(registration: Registration, actor: Actor, *, today: date) -> bool:
    """Whether the actor's company distributes: it sells through others, or has given this one to a sub-partner."""
    giver = registration.distributor_id or registration.holder_id
    if giver != actor.partner_id or not actor.registers_deals or registration.status not in LIVE_STATUSES:
        return False
    return sub_partners_of(giver, day=today).exists()


def _may_extend(registration: Registration, days_left: int | None, *, was_extended: bool) -> bool:
    return (
        registration.status == RegistrationStatus.APPROVED
        and bool(days_left)
        and not was_extended
        and registration.holder.status == PartnerStatus.ACTIVE
    )


def _findings(registration: Registration) -> list[str]:
    """Return the partner's sentences of the latest evaluation, each once."""
    found = list(registration.findings.order_by("-evaluated_at", "pk").values_list("evaluated_at", "partner_text"))
    return list(dict.fromkeys(text for at, text in found if at == found[0][0] and text))


def _clock(registration: Registration, now: datetime) -> dict[str, object]:
    """Return what is due from whom, where something is."""
    due = registration.due_at
    ours = registration.status == RegistrationStatus.SUBMITTED
    theirs = registration.status == RegistrationStatus.RETURNED
    return {"due_at": due if due and (ours or theirs) else None, "is_late": bool(due and due < now and ours)}
