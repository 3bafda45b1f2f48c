"""The line behind a customer and family: who waits, who is next, whose protection is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from psycopg.types.range import TimestamptzRange

from deals.models import UNDECIDED_STATUSES, Registration, RegistrationStatus
from deals.queries.rules import business_hours, day_of, rules_in_force
from deals.services.holding import move, store
from deals.services.trail import Act, write_change
from prm.actors import RULE
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from deals.policy import RuleSettings

CLOCK_LEFT = "clock_left_seconds"
"""In the event that stopped the clock of a decision: the business time that was left."""


def start_clock(registration: Registration, *, now: datetime, program: Program) -> None:
    """Set when a decision is due: what was left when the clock was stopped, else the full time."""
    hours = business_hours(program)
    stopped = (
        registration.events.filter(data__has_key=CLOCK_LEFT).order_by("-at", "-pk").first() if registration.pk else None
    )
    if stopped is None:
        registration.due_at = full_clock(now=now, program=program)
        return
    registration.due_at = hours.add(now, timedelta(seconds=stopped.data[CLOCK_LEFT]))


def full_clock(*, now: datetime, program: Program) -> datetime:
    """Return when a decision is due whose clock begins now."""
    return business_hours(program).add_days(now, rules_in_force(now=now).decision_sla_business_days)


def clock_left(registration: Registration, *, now: datetime, program: Program) -> dict[str, int]:
    """Return, for the event that stops the clock, the business time left; nothing if none runs."""
    if registration.status != RegistrationStatus.SUBMITTED or registration.due_at is None:
        return {}
    left = business_hours(program).between(now, registration.due_at)
    return {CLOCK_LEFT: int(left.total_seconds())}


def cut_protection(registration: Registration, *, now: datetime) -> None:
    """End the protected window at ``now``; one that is over stays as it was."""
    window = registration.protected
    if window is not None and not window.isempty and (window.upper is None or window.upper > now):
        registration.protected = TimestamptzRange(window.lower, max(now, window.lower))


def let_rivals_wait(approved: Registration, *, now: datetime) -> None:
    """Put every undecided rival of an approved registration into the line: clock stopped, place kept."""
    if approved.account_id is None:
        return
    settings = rules_in_force(now=now)
    rivals = in_line(account_id=approved.account_id, family_id=approved.family_id)
    for rival in rivals.exclude(holder_id=approved.holder_id).exclude(status=RegistrationStatus.WAITING):
        let_wait(rival, now=now, settings=settings)


def advance_line(registration: Registration, *, now: datetime) -> Registration | None:
    """Let the first in line behind ``registration`` be decided; see ``advance``."""
    if registration.account_id is None:
        return None
    return advance(account_id=registration.account_id, family_id=registration.family_id, now=now)


def advance(*, account_id: int, family_id: int, now: datetime) -> Registration | None:
    """Let the first in line be decided, unless somebody holds the customer; return it if it moved.

    Called under the account's lock whenever a registration leaves the line or its protection ends. The partner
    of the one that moved is told.
    """
    if is_held(account_id, family_id, now):
        return None
    # Whose wait is over as well is withdrawn by the same sweep, whichever of the two it finds first.
    line = in_line(account_id=account_id, family_id=family_id)
    first = line.exclude(status=RegistrationStatus.WAITING, due_at__lte=now).first()
    if first is None or first.status != RegistrationStatus.WAITING:
        return None
    recall(first, kind="next_in_line", now=now)
    return first


def recall(waiting: Registration, *, kind: str, now: datetime) -> None:
    """Have one that waits decided: back in the queue with its place, its clock going on where it stopped."""
    before = move(waiting, to=RegistrationStatus.SUBMITTED, actor=RULE)
    start_clock(waiting, now=now, program=Program.current())
    store(waiting)
    write_change(waiting, kind=kind, came_from=before, act=Act(RULE, now))


def let_wait(undecided: Registration, *, now: datetime, settings: RuleSettings) -> None:
    """Put one into the line: clock stopped, place kept, for as long as the settings allow."""
    data = clock_left(undecided, now=now, program=Program.current())
    before = move(undecided, to=RegistrationStatus.WAITING, actor=RULE)
    undecided.due_at = now + timedelta(days=settings.waiting_days)
    store(undecided)
    write_change(undecided, kind="waiting", came_from=before, act=Act(RULE, now, data=data))


def expire_overdue(*, account_id: int, family_id: int, now: datetime) -> list[Registration]:
    """Expire what is over on one customer and family, under the account's lock; return what expired.

    The daily batch calls it for everything that is over; a submission calls it for its own customer, so
    that nobody is refused for a protection that has ended but not been swept yet.
    """
    over = list(
        Registration.objects.select_related("holder", "account", "family")
        .filter(account_id=account_id, family_id=family_id, status=RegistrationStatus.APPROVED)
        .filter(protected__endswith__lte=now)
        .order_by("pk")
    )
    for registration in over:
        before = move(registration, to=RegistrationStatus.EXPIRED, actor=RULE)
        ended = registration.protected.upper if registration.protected else now
        registration.closed_on = day_of(ended, Program.current())
        store(registration)
        write_change(registration, kind="expired", came_from=before, act=Act(RULE, now))
    if over:
        advance_line(over[0], now=now)
    return over


def is_held(account_id: int, family_id: int, now: datetime) -> bool:
    """Whether somebody is protected on a customer and family, exclusively."""
    return Registration.objects.filter(
        account_id=account_id,
        family_id=family_id,
        status=RegistrationStatus.APPROVED,
        exclusive=True,
        protected__endswith__gt=now,
    ).exists()


def in_line(*, account_id: int, family_id: int) -> QuerySet[Registration]:
    """Return the undecided ones on a customer and family, first in line first."""
    return (
        Registration.objects.select_related("holder", "account", "family")
        .filter(account_id=account_id, family_id=family_id, status__in=UNDECIDED_STATUSES)
        .order_by("place", "pk")
    )
