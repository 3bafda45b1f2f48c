"""Carries out what the rules decided about a claim that was just made: submitted, or changed to another customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from deals.models import Registration, RegistrationStatus
from deals.policy import Outcome
from deals.queries.evidence import tier_of
from deals.queries.rules import day_of
from deals.services.holding import move, store
from deals.services.judging import grant
from deals.services.line import full_clock
from deals.services.telling import ask_owner
from deals.services.trail import Act, write_change
from prm.actors import RULE

if TYPE_CHECKING:
    from deals.policy import Decision, RuleSettings
    from prm.models import Program


@dataclass(frozen=True, slots=True)
class Case:
    """One claim on its way through the rules. ``kind`` is the change that history names."""

    registration: Registration
    decision: Decision
    settings: RuleSettings
    program: Program
    act: Act
    kind: str = "submitted"


def next_place() -> int:
    """Return the next place in line: the caller holds the customer's lock, so nobody overtakes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('deals_registration_place_seq')")
        place: int = cursor.fetchone()[0]
    return place


def settle(case: Case, *, wait: bool) -> None:
    """Carry out what the rules decided: refuse, let wait, put into the queue, or approve at once."""
    registration, now = case.registration, case.act.now
    tier = tier_of(partner_id=registration.holder_id, day=day_of(now, case.program))
    outcome = case.decision.outcome(auto_approve=bool(tier and tier.auto_approve), wait=wait)
    if outcome is Outcome.REJECT:
        _reject_at_once(case)
        return
    before = registration.status
    if outcome is Outcome.WAIT:
        _step(registration, RegistrationStatus.WAITING)
        registration.due_at = now + timedelta(days=case.settings.waiting_days)
    else:
        _step(registration, RegistrationStatus.SUBMITTED)
        registration.due_at = full_clock(now=now, program=case.program)
    store(registration)
    write_change(registration, kind=case.kind, came_from=before, act=case.act)
    if outcome is Outcome.QUEUE:
        ask_owner(registration, case.decision, now=now)
    if outcome is Outcome.APPROVE:
        reason = _("No rule objects, and your tier approves automatically.")
        grant(registration, settings=case.settings, act=Act(RULE, now, reason=reason), program=case.program)


def _reject_at_once(case: Case) -> None:
    """Write the claim and its refusal; the row goes straight to its end and is never live beside a rival's."""
    registration, now = case.registration, case.act.now
    first = case.decision.blocks[0]
    before = move(registration, to=RegistrationStatus.REJECTED, actor=RULE)
    registration.decided_at = now
    registration.due_at = None
    registration.decision_reason = first.said(_)
    store(registration)
    submitted = RegistrationStatus.SUBMITTED
    write_change(registration, kind=case.kind, came_from=before, act=case.act, went_to=submitted)
    act = Act(RULE, now, reason=registration.decision_reason, data={"rule": first.code})
    write_change(registration, kind="rejected", came_from=submitted, act=act)


def _step(registration: Registration, to: RegistrationStatus) -> None:
    """Take the step, if it is one: a claim that changes while it is in review stays there."""
    if registration.status == to:
        return
    if registration.status == RegistrationStatus.DRAFT:
        registration.status = to
        return
    move(registration, to=to, actor=RULE)
