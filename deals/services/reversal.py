"""Takes back a rejection: within a few business days a mistake costs the partner nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Registration, RegistrationStatus
from deals.queries.rules import business_hours, rules_in_force
from deals.services.decisions import require_decider, require_reason
from deals.services.holding import lock_registration, move, store
from deals.services.line import expire_overdue, full_clock, is_held
from deals.services.settling import next_place
from deals.services.trail import Act, write_change
from prm.errors import DomainError
from prm.models import Program

if TYPE_CHECKING:
    from deals.policy import RuleSettings
    from prm.actors import Actor


def reverse_rejection(
    *, registration_id: int, actor: Actor, now: datetime, version: int | None, reason: str
) -> Registration:
    """Have a rejected registration decided again, in the place that it had; the partner reads ``reason``.

    Where another partner was approved on it meanwhile, the place is lost: it takes the next one, and waits while
    that one is protected. Raises ``DomainError`` when it is not rejected, or for longer than the settings allow.
    """
    require_decider(actor)
    require_reason(reason)
    with transaction.atomic():
        registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
        rejected_at = registration.decided_at
        if registration.status != RegistrationStatus.REJECTED or rejected_at is None or registration.account_id is None:
            raise DomainError("wrong_state", _("Only a rejection can be taken back."))
        program, settings = Program.current(), rules_in_force(now=now)
        if _until(rejected_at, program=program, settings=settings) < now:
            raise DomainError(
                "too_late",
                _("It was rejected more than %(days)s business days ago. The partner submits it again.")
                % {"days": settings.reversal_business_days},
            )
        expire_overdue(account_id=registration.account_id, family_id=registration.family_id, now=now)
        is_overtaken = _was_another_approved(registration, registration.account_id, since=rejected_at)
        waits = is_held(registration.account_id, registration.family_id, now)
        to = RegistrationStatus.WAITING if waits else RegistrationStatus.SUBMITTED
        before = move(registration, to=to, actor=actor)
        if is_overtaken:
            registration.place = next_place()
        registration.due_at = (
            now + timedelta(days=settings.waiting_days) if waits else full_clock(now=now, program=program)
        )
        registration.decided_at, registration.decision_reason, registration.closed_on = None, "", None
        store(registration)
        act = Act(actor, now, reason=reason.strip(), data={"place": registration.place, "place_kept": not is_overtaken})
        write_change(registration, kind="rejection_reversed", came_from=before, act=act)
    return registration


def reversible_until(registration: Registration, *, program: Program, settings: RuleSettings) -> datetime:
    """Return until when a rejection may be taken back; a moment long gone for what is not rejected."""
    if registration.status != RegistrationStatus.REJECTED or registration.decided_at is None:
        return datetime.min.replace(tzinfo=UTC)
    return _until(registration.decided_at, program=program, settings=settings)


def _until(rejected_at: datetime, *, program: Program, settings: RuleSettings) -> datetime:
    return business_hours(program).add_days(rejected_at, settings.reversal_business_days)


def _was_another_approved(registration: Registration, account_id: int, *, since: datetime) -> bool:
    return (
        Registration.objects.filter(
            account_id=account_id,
            family_id=registration.family_id,
            exclusive=True,
            protected__isnull=False,
            decided_at__gte=since,
        )
        .exclude(holder_id=registration.holder_id)
        .exists()
    )
