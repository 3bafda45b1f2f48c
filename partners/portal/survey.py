"""The page behind the link in a survey's mail: opened without signing in, looked at without changing anything.

Mail scanners follow every link, so a look, even at the address of a score, records nothing: only the button does.
"""

from __future__ import annotations

import hashlib
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.services.surveys.answers import LONGEST_COMMENT
from partners.services.surveys.answers import answer as record
from partners.services.surveys.links import ClosedError, LinkError, open_link
from partners.services.surveys.words import scale
from prm.errors import DomainError
from prm.limits import too_many

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from partners.models import PsatInvitation

ANSWERS_PER_HOUR = 30
"""Answers through one link: nobody changes their mind more often."""

LOOKS_PER_HOUR = 300
"""Requests from one address: enough for an office and the scanners of its mail, too few to try signatures."""

log = logging.getLogger("partners.survey")


def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the question with the score of the address chosen; on POST record the answer."""
    now, posted = timezone.now(), request.method == "POST"
    name = hashlib.sha256(token.encode()).hexdigest()[:16]
    address = str(get_adapter().get_client_ip(request))
    if too_many(f"survey-from:{address}", LOOKS_PER_HOUR) or (posted and too_many(f"survey:{name}", ANSWERS_PER_HOUR)):
        log.warning("survey link refused: too many requests", extra={"link": name})
        return _over(request, _("Too many requests. Try again in an hour."), HTTPStatus.TOO_MANY_REQUESTS)
    try:
        found = open_link(token, now=now)
        if posted:
            record(
                token=token,
                score=_score(request.POST.get("score")),
                comment=request.POST.get("comment", ""),
                may_contact="may_contact" in request.POST,
                now=now,
            )
            return _private(redirect(f"{request.path}?done=1"))
    except LinkError as unknown:
        log.info("survey link refused", extra={"link": name})
        return _over(request, str(unknown.sentence), HTTPStatus.NOT_FOUND)
    except ClosedError as closed:
        return _over(request, str(closed.sentence), HTTPStatus.GONE, title=_("This survey has closed"))
    except DomainError as refused:
        return _page(request, found, error=str(refused.sentence))
    return _page(request, found)


def _page(request: HttpRequest, found: PsatInvitation, *, error: str = "") -> HttpResponse:
    """Show the question: what was typed after a refusal, else the score of the address, else the earlier answer."""
    done = "done" in request.GET and found.score is not None and not error
    values = {
        "invitation": found,
        "scale": scale(),
        "chosen": _score(request.POST.get("score") if error else request.GET.get("score")) or found.score,
        "comment": request.POST.get("comment", "") if error else found.comment,
        "may_contact": "may_contact" in request.POST if error else found.may_contact,
        "answered": found.score is not None,
        "longest": LONGEST_COMMENT,
        "done": done,
        "error": error,
        "last_day": found.wave.last_day,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return _private(render(request, "partners/survey.html", values, status=status))


def _score(text: str | None) -> int | None:
    """Return a score of an address or a form; nothing for anything that is none."""
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


def _over(request: HttpRequest, sentence: str, status: int, *, title: str = "") -> HttpResponse:
    values = {"sentence": sentence, "title": title or _("Nothing to see here")}
    return _private(render(request, "partners/survey_over.html", values, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the address, which is a key, out of caches, search engines and other people's logs."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "same-origin"  # without any, browsers withhold the origin, and no form would be taken
    response["X-Robots-Tag"] = "noindex"
    return response
