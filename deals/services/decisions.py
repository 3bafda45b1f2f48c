"""What channel managers decide: approve, reject, ask for more; and what partners answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Account, Origin, Registration, RegistrationStatus
from deals.policy import Moment
from deals.policy.wording import HEADINGS
from deals.queries.rules import business_hours, rules_in_force
from deals.services.holding import lock_registration, move, store
from deals.services.judging import grant, judge, keep_findings
from deals.services.line import advance_line, clock_left, expire_overdue, start_clock
from deals.services.trail import Act, write_change
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from deals.policy import Decision
    from prm.actors import Actor

DECIDERS = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)


def approve_registration(
    *,
    registration_id: int,
    actor: Actor,
    now: datetime,
    version: int | None,
    reason: str = "",
    co_sell: bool = False,
) -> Registration:
    """Approve a submission and protect it; the rules are asked again under the lock.

    Refused, with the rule's code, while another partner is protected or an earlier rival is undecided,
    and when the partner is not active. Other rules may be set aside by a person; one that blocks only
    with a reason. ``co_sell`` marks the deal as sold together with direct sales.
    """
    require_decider(actor)
    with transaction.atomic():
        registration = _submitted(registration_id, actor=actor, version=version)
        account = _account(registration)
        program, settings = Program.current(), rules_in_force(now=now)
        expire_overdue(account_id=account.pk, family_id=registration.family_id, now=now)
        decision = judge(registration, account, doubt=_doubt(registration), settings=settings, now=now, program=program)
        _require_approvable(decision, reason)
        if co_sell:
            registration.origin = Origin.CO_SELL
        keep_findings(registration, decision, moment=Moment.DECISION, now=now)
        data = {"rules": settings.version, "co_sell": co_sell}
        act = Act(actor, now, reason=reason.strip(), data=data)
        grant(registration, settings=settings, act=act, program=program)
    return registration


def reject_registration(
    *, registration_id: int, actor: Actor, now: datetime, version: int | None, reason: str
) -> Registration:
    """Reject a submission; the partner reads ``reason``, and the next in line may be decided."""
    require_decider(actor)
    require_reason(reason)
    with transaction.atomic():
        registration = _submitted(registration_id, actor=actor, version=version)
        before = move(registration, to=RegistrationStatus.REJECTED, actor=actor)
        registration.decided_at = now
        registration.decision_reason = reason.strip()
        registration.due_at = None
        store(registration)
        act = Act(actor, now, reason=reason.strip())
        write_change(registration, kind="rejected", came_from=before, act=act)
        advance_line(registration, now=now)
    return registration


def return_for_information(
    *, registration_id: int, actor: Actor, now: datetime, version: int | None, question: str
) -> Registration:
    """Ask the partner; place kept, our clock stopped, and the answer due in business days."""
    require_decider(actor)
    require_reason(question)
    with transaction.atomic():
        registration = _submitted(registration_id, actor=actor, version=version)
        program, settings = Program.current(), rules_in_force(now=now)
        data = clock_left(registration, now=now, program=program)
        before = move(registration, to=RegistrationStatus.RETURNED, actor=actor)
        registration.decision_reason = question.strip()
        registration.due_at = business_hours(program).add_days(now, settings.answer_business_days)
        store(registration)
        act = Act(actor, now, reason=question.strip(), data=data)
        write_change(registration, kind="returned", came_from=before, act=act)
    return registration


def answer_question(
    *, registration_id: int, actor: Actor, now: datetime, version: int | None, answer: str
) -> Registration:
    """Answer what was asked: back to the queue with its place, and our clock goes on where it stopped."""
    if actor.is_partner and not actor.registers_deals:
        raise NotAllowedError
    if not actor.is_partner:
        require_decider(actor)
    if not answer.strip():
        raise DomainError("answer_needed", _("Write an answer."), field="answer")
    with transaction.atomic():
        registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
        if actor.is_partner and registration.holder_id != actor.partner_id:
            raise NotAllowedError(_("The partner that holds this registration changes it."))
        if registration.status != RegistrationStatus.RETURNED:
            raise DomainError("wrong_state", _("No question is open on this registration."))
        before = move(registration, to=RegistrationStatus.SUBMITTED, actor=actor)
        start_clock(registration, now=now, program=Program.current())
        store(registration)
        act = Act(actor, now, reason=answer.strip())
        write_change(registration, kind="answered", came_from=before, act=act)
    return registration


def _submitted(registration_id: int, *, actor: Actor, version: int | None) -> Registration:
    registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
    if registration.status != RegistrationStatus.SUBMITTED:
        raise DomainError(
            "wrong_state",
            _("This registration is “%(state)s” and waits for no decision.")
            % {"state": registration.get_status_display()},
        )
    return registration


def _account(registration: Registration) -> Account:
    if registration.account is None:
        raise DomainError("wrong_state", _("A draft waits for no decision."))
    return registration.account


def _doubt(registration: Registration) -> str:
    """Return why it was not certain at submission which customer it is."""
    found = registration.findings.filter(code="unverifiable").order_by("-evaluated_at").first()
    return str(found.internal.get("doubt", "")) if found else ""


def require_decider(actor: Actor) -> None:
    """Let in channel managers, administrators and systems."""
    if not (actor.has_role(*DECIDERS) or actor.kind is ActorKind.SYSTEM_KEY):
        raise NotAllowedError(_("Channel managers decide registrations."))


def require_reason(reason: str) -> None:
    """Refuse an act without the words that the partner reads."""
    if not reason.strip():
        raise DomainError("reason_needed", _("Give the reason that the partner reads."), field="reason")


def _require_approvable(decision: Decision, reason: str) -> None:
    objection = decision.objection_to_approval()
    if objection is not None:
        heading = _(HEADINGS[objection.code])
        evidence = ", ".join(str(value) for value in objection.evidence.values() if value)
        raise DomainError(objection.code, f"{heading} ({evidence}).")
    if decision.blocks:
        require_reason(reason)
