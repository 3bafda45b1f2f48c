"""What channel managers do with applications: assign, take into review, ask, reject, approve."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from partners.models import Application, ApplicationStatus, MembershipRole, Partner, PartnerStatus
from partners.services.activity import record_activity
from partners.services.applications.holding import go, lock_application, note, require_open, tell_applicant
from partners.services.history import begin_history
from partners.services.onboarding import begin_onboarding
from partners.services.people_invitations import invite_person
from partners.services.status import require_manager
from prm.actors import InternalRole
from prm.errors import DomainError
from prm.models import Program, User

if TYPE_CHECKING:
    from prm.actors import Actor

LONGEST_REASON = 2000
LONGEST_CODE = 50


def assign_application(*, application_id: int, manager_email: str, actor: Actor, now: datetime) -> Application:
    """Give an open application to a channel manager; who decided one that is closed stays on it."""
    require_manager(actor)
    address = manager_email.strip().lower()
    if not User.objects.filter(
        email=address, is_active=True, roles__contains=[InternalRole.CHANNEL_MANAGER.value]
    ).exists():
        raise DomainError("unknown_manager", _("Choose a channel manager."), field="manager")
    with transaction.atomic():
        application = lock_application(application_id)
        require_open(application)
        application.manager_email = address
        application.save(update_fields=["manager_email"])
        note(application, "assigned", actor=actor, now=now, text=address)
    return application


def review_application(*, application_id: int, actor: Actor, now: datetime) -> Application:
    """Take an application into review; who takes one that is nobody's has it."""
    require_manager(actor)
    with transaction.atomic():
        application = lock_application(application_id)
        go(application, ApplicationStatus.IN_REVIEW)
        _take(application, actor=actor, now=now)
        application.save(update_fields=["status", "review_at", "manager_email"])
    return application


def ask_applicant(*, application_id: int, text: str, actor: Actor, now: datetime) -> Application:
    """Ask the applicant by mail; the clock of the decision stops until the answer."""
    require_manager(actor)
    said = _said(text)
    with transaction.atomic():
        application = _in_review(application_id, actor=actor, now=now)
        go(application, ApplicationStatus.ASKED)
        application.due_at = None
        application.save(update_fields=["status", "due_at", "review_at", "manager_email"])
        note(application, "asked", actor=actor, now=now, text=said)
        tell_applicant(application, "asked", now=now, text=said)
    return application


def reject_application(*, application_id: int, text: str, actor: Actor, now: datetime) -> Application:
    """Refuse an application with a reason that the applicant reads."""
    require_manager(actor)
    said = _said(text)
    with transaction.atomic():
        application = _in_review(application_id, actor=actor, now=now)
        go(application, ApplicationStatus.REJECTED)
        application.due_at, application.decided_at = None, now
        application.save(update_fields=["status", "due_at", "decided_at", "review_at", "manager_email"])
        note(application, "rejected", actor=actor, now=now, text=said)
        tell_applicant(application, "rejected", now=now, text=said)
    return application


def approve_application(*, application_id: int, text: str, actor: Actor, now: datetime) -> Partner:
    """Make the partner, invite its owner, and begin its onboarding; ``text`` stands in the mail, and may be empty.

    The partner's history tells how long it had applied and was in review.
    """
    require_manager(actor)
    said = text.strip()[:LONGEST_REASON]
    with transaction.atomic():
        application = _in_review(application_id, actor=actor, now=now)
        go(application, ApplicationStatus.APPROVED)
        partner = _make_partner(application, now=now)
        application.partner, application.due_at, application.decided_at = partner, None, now
        application.save(update_fields=["status", "due_at", "decided_at", "review_at", "manager_email", "partner"])
        note(application, "approved", actor=actor, now=now, text=said)
        tell_applicant(application, "approved", now=now, text=said)
        record_activity(partner_id=partner.pk, kind="application_approved", at=now, user_id=actor.user_id)
        begin_onboarding(partner=partner, now=now)
        invite_person(
            partner_id=partner.pk,
            email=application.contact_email,
            name=application.contact_name,
            role=MembershipRole.OWNER,
            language=application.language,
            actor=actor,
            now=now,
        )
    return partner


def _in_review(application_id: int, *, actor: Actor, now: datetime) -> Application:
    """Return the locked application, taken into review in the same moment where nobody had."""
    application = lock_application(application_id)
    if application.status == ApplicationStatus.APPLIED:
        go(application, ApplicationStatus.IN_REVIEW)
        _take(application, actor=actor, now=now)
    return application


def _take(application: Application, *, actor: Actor, now: datetime) -> None:
    application.review_at = now
    if not application.manager_email and actor.user_id is not None:
        person = User.objects.get(pk=actor.user_id)
        application.manager_email = person.email if InternalRole.CHANNEL_MANAGER in person.roles else ""
    note(application, "in_review", actor=actor, now=now)


def _make_partner(application: Application, *, now: datetime) -> Partner:
    day_of = Program.current().day_of
    partner = Partner.objects.create(
        code=_free_code(application.company),
        name=application.company,
        type=application.type,
        status=PartnerStatus.ONBOARDING,
        country=application.country,
        website=application.website,
        manager_email=application.manager_email,
    )
    before: list[tuple[str, date]] = []
    for status, at in (
        (PartnerStatus.APPLIED, application.confirmed_at),
        (PartnerStatus.IN_REVIEW, application.review_at),
    ):
        if at is not None:
            before.append((status, day_of(at)))
    begin_history(partner=partner, on=day_of(now), before=before)
    return partner


def _free_code(company: str) -> str:
    """Return a code made of the name that no partner has."""
    base = slugify(company)[:LONGEST_CODE].strip("-") or "partner"
    taken = set(Partner.objects.filter(code__startswith=base).values_list("code", flat=True))
    number = 1
    while (code := base if number == 1 else f"{base}-{number}") in taken or code in RESERVED:
        number += 1
    return code


def _said(text: str) -> str:
    said = text.strip()
    if not said:
        raise DomainError("reason_missing", _("Say why. The applicant reads it."), field="text")
    if len(said) > LONGEST_REASON:
        raise DomainError("too_long", _("Say it in at most 2,000 characters."), field="text")
    return said


RESERVED = frozenset({"applications", "onboarding", "satisfaction", "payout-details", "people", "tiers", "reviews"})
"""Words that the console's addresses use beside partners' codes."""
