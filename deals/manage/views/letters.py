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
from deals.manage.asking import listing_of
from deals.manage.console import beside
from deals.manage.sheets import sheet
from deals.manage.views.case import program_of
from deals.models import LetterStatus
from deals.queries.letters import TO_HANDLE, letter_of, letters_for
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


COLUMNS = (
    "registration",
    "customer",
    "partner",
    "family",
    "state",
    "signer_name",
    "signer_email",
    "signed_on",
    "uploaded_at",
    "objection_until",
    "effective_on",
)


@console_page
def letters(request: HttpRequest) -> HttpResponse:
    """List letters, the latest first."""
    now, asked = timezone.now(), listing_of(request.GET, state="all")
    _program, settings = program_of(request, now=now)
    page = Paginator(letters_for(actor_of(request), **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    states = [("all", _("All")), (TO_HANDLE, _("Waiting for us")), *LetterStatus.choices]
    values = {
        "page_obj": page,
        "asked": asked,
        "states": states,
        "is_filtered": bool(asked["words"]) or asked["state"] in dict(states[1:]),
        "beside": beside(request, now=now, settings=settings),
        "now": now,
    }
    return render(request, "deals/manage/letters.html", values)


@console_page
def letters_csv(request: HttpRequest) -> HttpResponse:
    """Return the same list, as it is filtered and sorted, as CSV."""
    rows = (
        (
            found.registration.reference,
            found.registration.account.name if found.registration.account else found.registration.company,
            found.registration.holder.name,
            found.registration.family.name,
            found.status,
            found.signer_name,
            found.signer_email,
            found.signed_on,
            found.uploaded_at,
            found.objection_until,
            found.effective_on,
        )
        for found in letters_for(actor_of(request), **listing_of(request.GET, state="all")).prefetch_related(None)
    )
    return sheet("letters.csv", COLUMNS, rows)


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
        "typed_elsewhere": request.POST.get("elsewhere", ""),
        "asks_elsewhere": bool(request.POST.get("elsewhere")),
        "error": "",
    }
    if request.method == "POST":
        if not actor.has_role(*DECIDERS):
            return denied(request, _("Your roles do not include this. An administrator can add one."))
        try:
            said = _do(request, found)
        except DomainError as error:
            values |= {"error": str(error.sentence), "asks_elsewhere": error.code == "contact_not_verified"}
            return render(request, "deals/manage/letter.html", values, status=status_of(error))
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
        verify_letter(
            letter_id=found.pk,
            how=text,
            effective_on=_day(request.POST.get("effective_on", "")),
            actor=actor,
            now=now,
            version=version,
            elsewhere=request.POST.get("elsewhere", ""),
        )
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
