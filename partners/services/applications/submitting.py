"""What applicants do: send in, confirm their address, answer a question. And what a system sends in for them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from partners.models import Application, ApplicationStatus, ScreeningChoice, ScreeningQuestion
from partners.policy.applications import APPROVED, OPEN, ScorePart, score_of
from partners.services.applications.holding import due_at, go, lock_application, note, tell_applicant
from partners.services.applications.links import open_link
from prm import domains
from prm.actors import ANONYMOUS, ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from prm.actors import Actor

LONGEST_MESSAGE = 4000
UNCONFIRMED_KEPT = timedelta(days=14)
"""How long an application waits for its address to be confirmed before it is forgotten."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the form holds; ``answers`` are ids of choices by the code of their question."""

    company: str
    country: str
    type: str
    contact_name: str
    contact_email: str
    website: str = ""
    message: str = ""
    language: str = ""


def submit_application(
    *, sent: Sent, answers: Mapping[str, int], now: datetime, actor: Actor = ANONYMOUS
) -> Application:
    """Keep an application and write the mail that confirms its address; nobody sees it before.

    The score is that of the questions of today, kept with the application. An API key of a system vouches for the
    address: what it sends in needs no confirming. Raises ``DomainError`` for an unanswered question.
    """
    vouched = actor.kind is ActorKind.SYSTEM_KEY
    if not vouched and actor is not ANONYMOUS:
        raise NotAllowedError
    parts = _parts(answers, on=Program.current().day_of(now))
    with transaction.atomic():
        application = Application.objects.create(
            **asdict(sent),
            domain=domain_of(website=sent.website, email=sent.contact_email),
            score=score_of(parts),
            parts=[asdict(part) for part in parts],
            submitted_at=now,
        )
        if vouched:
            _confirm(application, actor=actor, now=now)
        else:
            tell_applicant(application, "confirm", now=now)
    return application


def confirm_application(*, token: str, now: datetime) -> Application:
    """Take an application whose sender proved the address; a second click changes nothing. Raises ``LinkError``.

    One of a company that has applied before is joined to the first: same registrable domain, not rejected.
    """
    with transaction.atomic():
        application = lock_application(open_link(token).pk)
        if application.status == ApplicationStatus.UNCONFIRMED:
            _confirm(application, actor=ANONYMOUS, now=now)
    return application


def answer_application(*, token: str, text: str, now: datetime) -> Application:
    """Take the applicant's answer to what was asked; the clock of the decision begins anew.

    Nobody answers themselves into review: without a question this raises ``StaleError``.
    """
    said = text.strip()
    if not said:
        raise DomainError("answer_missing", _("Write your answer."), field="text")
    if len(said) > LONGEST_MESSAGE:
        raise DomainError("too_long", _("Say it in at most 4,000 characters."), field="text")
    with transaction.atomic():
        application = lock_application(open_link(token).pk)
        if application.status == ApplicationStatus.APPLIED:
            raise StaleError(_("Nothing was asked. We write to you when something is."))
        go(application, ApplicationStatus.IN_REVIEW)
        application.due_at = due_at(now=now)
        application.save(update_fields=["status", "due_at"])
        note(application, "answered", actor=ANONYMOUS, now=now, text=said)
    return application


def forget_unconfirmed(*, now: datetime) -> int:
    """Delete applications whose address nobody confirmed in two weeks; return how many."""
    old = Application.objects.filter(status=ApplicationStatus.UNCONFIRMED, submitted_at__lt=now - UNCONFIRMED_KEPT)
    return old.delete()[1].get("partners.Application", 0)


def domain_of(*, website: str, email: str) -> str:
    """Return the registrable domain that tells which company applied: its website's, else its mail's, or ``""``.

    Free mail and shared hosts tell nothing.
    """
    return domains.domain_of(website) or domains.domain_of(email)


def _confirm(application: Application, *, actor: Actor, now: datetime) -> None:
    application.confirmed_at = now
    first = _first_of(application)
    if first is not None:
        go(application, ApplicationStatus.JOINED)
        application.joined_to = first
        application.save(update_fields=["status", "confirmed_at", "joined_to"])
        note(application, "joined", actor=actor, now=now, text=first.company)
        words = {"person": application.contact_name, "email": application.contact_email}
        note(first, "joined", actor=actor, now=now, text=_("%(person)s (%(email)s) applied too.") % words)
        return
    go(application, ApplicationStatus.APPLIED)
    application.due_at = due_at(now=now)
    application.save(update_fields=["status", "confirmed_at", "due_at"])
    note(application, "confirmed", actor=actor, now=now)


def _first_of(application: Application) -> Application | None:
    """Return the application of the same domain that was there first; two at once come one after the other."""
    if not application.domain:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('application:' || %s, 0))", [application.domain])
    earlier = Application.objects.filter(domain=application.domain, status__in=(*OPEN, APPROVED))
    return earlier.exclude(pk=application.pk).order_by("confirmed_at", "pk").first()


def _parts(answers: Mapping[str, int], *, on: date) -> list[ScorePart]:
    # A query that groups forgets the model's order, and the parts are read as the form asks.
    asked = ScreeningQuestion.objects.filter(valid__contains=on).annotate(most=Max("choices__points"))
    questions = asked.order_by("position", "pk")
    chosen = {
        choice.question_id: choice
        for choice in ScreeningChoice.objects.filter(pk__in=list(answers.values()), question__in=questions)
    }
    parts = []
    for question in questions:
        choice = chosen.get(question.pk)
        if choice is None or answers.get(question.code) != choice.pk:
            raise DomainError("unanswered", _("Answer every question."), field=question.code)
        parts.append(
            ScorePart(question.code, question.text, choice.text, choice.points, question.most or 0, question.weight)
        )
    return parts
