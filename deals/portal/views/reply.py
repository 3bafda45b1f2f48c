"""The page behind the link in a reminder: opened without signing in, looked at without changing anything."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.models import RegistrationStatus
from deals.queries.deals import deal_row
from deals.queries.history import stage_word
from deals.queries.rules import rules_in_force
from deals.services.mail_links import LinkError, Opened, open_link
from deals.services.replying import answer_link
from prm.doors import status_of, version_of
from prm.errors import DomainError
from prm.limits import too_many

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ANSWERS_PER_HOUR = 20
"""Answers through one link: nobody who works on a deal needs more."""

LOOKS_PER_HOUR = 120
"""Requests from one address: enough for an office and the scanners of its mail, too few to try signatures."""

log = logging.getLogger("deals.mail_link")


def reply(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link is about; on POST do what was asked, and show that it is done."""
    now, posted = timezone.now(), request.method == "POST"
    name = hashlib.sha256(token.encode()).hexdigest()[:16]
    address = str(get_adapter().get_client_ip(request))
    if too_many(f"reply-from:{address}", LOOKS_PER_HOUR) or (posted and too_many(f"reply:{name}", ANSWERS_PER_HOUR)):
        log.warning("mail link refused: too many requests", extra={"link": name})
        return _over(request, _("Too many requests. Try again in an hour, or sign in to the portal."), 429)
    try:
        opened = open_link(token, now=now)
    except LinkError as over:
        log.info("mail link refused", extra={"link": name})
        return _over(request, str(over.sentence), 404)
    error, status = "", 200
    if posted:
        try:
            act = request.POST.get("act", "")
            text, stage = request.POST.get("text", "").strip(), request.POST.get("stage", "")
            answer_link(token, act=act, text=text, stage=stage, version=version_of(request), now=now)
        except DomainError as refused:
            error, status = str(refused.sentence), status_of(refused)
            opened = open_link(token, now=now)
        else:
            log.info("mail link answered", extra={"link": name, "act": act})
            return redirect(f"{request.path}?done={act}")
    return _page(request, opened, error=error, status=status)


def _page(request: HttpRequest, opened: Opened, *, error: str, status: int) -> HttpResponse:
    now, registration = timezone.now(), opened.registration
    settings = rules_in_force(now=now)
    said = {
        "alive": _("Thank you: we know that you are at work on it."),
        "note": _("Thank you: the note was written."),
        "stage": _("Thank you: the stage is %(stage)s now.") % {"stage": stage_word(registration.stage)},
        "withdraw": _("The registration was withdrawn."),
    }
    values = {
        "deal": registration,
        "row": deal_row(registration, now=now),
        "person": opened.actor.label,
        "is_open": registration.status == RegistrationStatus.APPROVED,
        "stages": [(code, stage_word(code)) for code in settings.stages],
        "done": said.get(request.GET.get("done", ""), "") if not error else "",
        "error": error,
        "typed": request.POST.get("text", ""),
        "now": now,
    }
    return _private(render(request, "deals/portal/reply.html", values, status=status))


def _over(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return _private(render(request, "deals/portal/reply_over.html", {"sentence": sentence}, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the address, which is a key, out of caches, search engines and other people's logs."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = (
        "same-origin"  # without any, browsers withhold the origin too, and no form would be taken
    )
    response["X-Robots-Tag"] = "noindex"
    return response
