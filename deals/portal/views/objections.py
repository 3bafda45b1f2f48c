"""What an incumbent reads when its customer names another partner, and its objection. The other is never named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.models import LetterStatus
from deals.queries.letters import notice_of, notices_for
from deals.services.letters import object_to_letter
from prm.doors import actor_of, portal_page
from prm.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from deals.models import LetterNotice


@portal_page(registers=True)
def objections(request: HttpRequest) -> HttpResponse:
    """List what this partner was told."""
    now = timezone.now()
    rows = [(notice, _outcome(notice, now)) for notice in notices_for(actor_of(request))[:200]]
    return render(request, "deals/portal/objections.html", {"rows": rows})


@portal_page(registers=True)
def objection(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one notice, or object."""
    actor, now = actor_of(request), timezone.now()
    notice = notice_of(actor, public_id)
    if notice is None:
        raise Http404
    values: dict[str, object] = {
        "notice": notice,
        "letter": notice.letter,
        "customer": notice.letter.registration.account,
        "family": notice.letter.registration.family,
        "outcome": _outcome(notice, now),
        "may_object": _may_object(notice, now),
        "typed": request.POST.get("text", ""),
        "error": "",
    }
    if request.method == "POST":
        try:
            object_to_letter(notice_id=notice.pk, text=request.POST.get("text", ""), actor=actor, now=now)
        except DomainError as error:
            values["error"] = str(error.sentence)
            return render(request, "deals/portal/objection.html", values, status=422)
        messages.success(request, _("Your objection was sent. Your channel manager decides."))
        return redirect("deals_portal:objection", public_id=public_id)
    return render(request, "deals/portal/objection.html", values)


def _may_object(notice: LetterNotice, now: datetime) -> bool:
    letter = notice.letter
    is_open = letter.status in {LetterStatus.ANNOUNCED, LetterStatus.OBJECTED}
    return is_open and notice.objected_at is None and bool(letter.objection_until and letter.objection_until > now)


def _outcome(notice: LetterNotice, now: datetime) -> str:
    """Return in a few words where it stands for this partner."""
    status = notice.letter.status
    if status == LetterStatus.SETTLED:
        return _("Your credit has ended")
    if status == LetterStatus.REFUSED:
        return _("Nothing changes")
    if status == LetterStatus.CONFIRMED:
        return _("Your credit will end")
    if notice.objected_at is not None:
        return _("You have objected")
    return _("You may object") if _may_object(notice, now) else _("Your credit will end")
