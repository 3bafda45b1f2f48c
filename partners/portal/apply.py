"""The public pages of an application: the form, and the page behind the link in the applicant's mails.

Both are open without signing in. Mail scanners follow every link, so a look records nothing: only the button does.
"""

from __future__ import annotations

import hashlib
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners.models import ApplicationStatus
from partners.portal.apply_forms import TRAP, ApplyForm, clock, was_read
from partners.queries.applications import questions_on
from partners.services.applications.links import LinkError, open_link
from partners.services.applications.submitting import answer_application, confirm_application, submit_application
from prm.doors import today_of
from prm.errors import DomainError
from prm.limits import too_many

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SENT_PER_HOUR = 5
"""Applications from one address."""

SENT_BY_ALL_PER_HOUR = 200
"""Applications altogether: a mail goes out for each, and no program is asked more often."""

LOOKS_PER_HOUR = 120
"""Requests with a link from one address: too few to try signatures."""

ACTS_PER_HOUR = 20

log = logging.getLogger("partners.apply")


@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Show the form; take what was sent and tell that a mail is on its way, whatever is known of the company."""
    questions = list(questions_on(today_of(request)))
    if request.method != "POST":
        return _form(request, ApplyForm(questions=questions))
    address = str(get_adapter().get_client_ip(request))
    if too_many(f"apply-from:{address}", SENT_PER_HOUR) or too_many("apply", SENT_BY_ALL_PER_HOUR):
        log.warning("application refused: too many requests")
        sentence = _("Too many applications were sent from here. Try again in an hour.")
        return _form(request, ApplyForm(request.POST, questions=questions), sentence, HTTPStatus.TOO_MANY_REQUESTS)
    form = ApplyForm(request.POST, questions=questions)
    if not form.is_valid():
        return _form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if request.POST.get(TRAP):
        log.info("application refused: the trap was filled in")
        return redirect("partners_apply:sent")
    if not was_read(request.POST.get("clock", "")):
        return _form(request, form, _("Please look it through once more and send it again."), HTTPStatus.CONFLICT)
    submit_application(
        sent=form.sent(language=translation.get_language() or ""), answers=form.answers(), now=timezone.now()
    )
    return redirect("partners_apply:sent")


@require_http_methods(["GET"])
def sent(request: HttpRequest) -> HttpResponse:
    """Say that a mail is on its way."""
    return render(request, "partners/apply_sent.html")


@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest, token: str) -> HttpResponse:
    """Show the applicant how the application stands; on POST confirm the address, or take an answer."""
    posted, now = request.method == "POST", timezone.now()
    name = hashlib.sha256(token.encode()).hexdigest()[:16]
    address = str(get_adapter().get_client_ip(request))
    if too_many(f"apply-look:{address}", LOOKS_PER_HOUR) or (posted and too_many(f"apply-act:{name}", ACTS_PER_HOUR)):
        return _over(request, _("Too many requests. Try again in an hour."), HTTPStatus.TOO_MANY_REQUESTS)
    error = ""
    try:
        found = open_link(token)
        if posted and found.status == ApplicationStatus.UNCONFIRMED:
            confirm_application(token=token, now=now)
            return _private(redirect(request.path))
        if posted:
            answer_application(token=token, text=request.POST.get("text", ""), now=now)
            return _private(redirect(request.path))
    except LinkError as unknown:
        return _over(request, str(unknown.sentence), HTTPStatus.NOT_FOUND)
    except DomainError as refused:
        error = str(refused.sentence)
    asked = found.notes.filter(kind="asked").first() if found.status == ApplicationStatus.ASKED else None
    values = {"it": found, "asked": asked, "error": error, "typed": request.POST.get("text", "")}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return _private(render(request, "partners/apply_mine.html", values, status=status))


def _form(request: HttpRequest, form: ApplyForm, problem: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    values = {"form": form, "clock": clock(), "trap": TRAP, "problem": problem}
    return render(request, "partners/apply.html", values, status=status)


def _over(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    values = {"sentence": sentence, "title": _("Nothing to see here")}
    return _private(render(request, "partners/survey_over.html", values, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the address, which is a key, out of caches, search engines and other people's logs."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
