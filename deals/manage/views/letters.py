"""Partner-of-record letters: what waits, who signed, who objects, and whether it holds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from deals.claims import letter_download
from deals.models import LetterStatus
from deals.queries.letters import letter_of, letters_for
from deals.services.decisions import DECIDERS
from deals.services.letters import decide_letter, verify_letter
from prm.doors import actor_of, console_page, denied, status_of, version_of
from prm.errors import DomainError
from prm.ui.tags.lists import PAGE_SIZE

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from deals.models import RecordLetter

REFUSABLE = ("uploaded", "announced", "objected", "confirmed")


@console_page
def letters(request: HttpRequest) -> HttpResponse:
    """List letters, the latest first."""
    page = Paginator(letters_for(actor_of(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "deals/manage/letters.html", {"page_obj": page})


@console_page
def letter(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one letter, or verify, confirm or refuse it."""
    actor = actor_of(request)
    found = _found(request, public_id)
    values: dict[str, object] = {
        "letter": found,
        "case": found.registration,
        "may_decide": actor.has_role(*DECIDERS),
        "may_verify": found.status == LetterStatus.UPLOADED,
        "may_confirm": found.status == LetterStatus.OBJECTED,
        "may_refuse": found.status in REFUSABLE,
        "typed": request.POST.get("text", ""),
        "error": "",
    }
    if request.method == "POST":
        if not actor.has_role(*DECIDERS):
            return denied(request, _("Your roles do not include this. An administrator can add one."))
        try:
            said = _do(request, found)
        except DomainError as error:
            status = status_of(error)
            return render(request, "deals/manage/letter.html", {**values, "error": str(error.sentence)}, status=status)
        messages.success(request, said)
        return redirect("deals_manage:letter", public_id=public_id)
    return render(request, "deals/manage/letter.html", values)


@require_GET
@console_page(roles=tuple(DECIDERS))
def letter_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the letter itself, as a file to keep: never shown inside our own pages."""
    return letter_download(_found(request, public_id))


def _do(request: HttpRequest, found: RecordLetter) -> str:
    act, text = request.POST.get("act", ""), request.POST.get("text", "")
    actor, now, version = actor_of(request), timezone.now(), version_of(request)
    if act == "verify":
        wanted = _day(request.POST.get("effective_on", ""))
        verify_letter(letter_id=found.pk, how=text, effective_on=wanted, actor=actor, now=now, version=version)
        return _("The signer is verified. Incumbents were told and may object.")
    if act in {"confirm", "refuse"}:
        decide_letter(letter_id=found.pk, holds=act == "confirm", reason=text, actor=actor, now=now, version=version)
        return _("The letter holds.") if act == "confirm" else _("The letter was refused.")
    raise DomainError("unknown_act", _("Choose one of the actions on the page."))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DomainError("wrong_day", _("Write the day as YYYY-MM-DD."), field="effective_on") from None


def _found(request: HttpRequest, public_id: UUID) -> RecordLetter:
    found = letter_of(actor_of(request), public_id)
    if found is None:
        raise Http404
    return found
