"""Key figures of deals: how fast registrations are decided."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q

from deals.models import Registration, RegistrationEvent, RegistrationStatus
from deals.policy.pace import Step, median_hours, time_spent
from deals.queries.rules import business_hours, decision_days
from prm.actors import Channel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.db.models import QuerySet

    from prm.actors import Actor
    from prm.models import Program

DECISIONS = ("approved", "rejected")


@dataclass(frozen=True, slots=True)
class Speed:
    """Decisions of one person in one month, or of all: ``on_time`` of ``decided``, and the median in business hours."""

    month: date | None
    manager: str
    decided: int
    on_time: int
    median_hours: float | None

    @property
    def share(self) -> float | None:
        """Return the share that was on time, between 0 and 1."""
        return self.on_time / self.decided if self.decided else None


@dataclass(frozen=True, slots=True)
class InReview:
    """The business time that a decision took, and the time that the rules gave when it was submitted."""

    spent: timedelta
    allowed: timedelta

    @property
    def in_time(self) -> bool:
        """Whether it was decided within the time given."""
        return self.spent <= self.allowed


@dataclass(frozen=True, slots=True)
class _Decided:
    month: date
    manager: str
    took: InReview


def decision_speed(actor: Actor, *, since: date, program: Program) -> list[Speed]:
    """Return how fast people decided from the day ``since`` on: by month and person, the latest first.

    A decision is on time when its business time in review is within what the rules gave when it was submitted; what
    rules decided by themselves is nobody's. The registration's own clock says the same while it runs (``due_at``).
    """
    decided = _decided(Registration.objects.visible_to(actor), since=since, program=program)
    groups: dict[tuple[date, str], list[InReview]] = defaultdict(list)
    for one in decided:
        groups[one.month, one.manager].append(one.took)
    keys = sorted(groups, key=lambda key: (-key[0].toordinal(), key[1]))
    return [_speed(key[0], key[1], groups[key]) for key in keys]


def speed_by_manager(actor: Actor, *, since: date, program: Program) -> list[Speed]:
    """Return the same by person over all months, and a last row with an empty name for everybody."""
    decided = _decided(Registration.objects.visible_to(actor), since=since, program=program)
    groups: dict[str, list[InReview]] = defaultdict(list)
    for one in decided:
        groups[one.manager].append(one.took)
    rows = [_speed(None, manager, groups[manager]) for manager in sorted(groups)]
    return [*rows, _speed(None, "", [one.took for one in decided])]


def late_by_manager(actor: Actor, *, now: datetime) -> dict[str, int]:
    """Return how many decisions are late now, by the address of the partner's manager (empty: nobody's)."""
    late = Registration.objects.visible_to(actor).filter(status=RegistrationStatus.SUBMITTED, due_at__lte=now)
    counted = late.values_list("holder__manager_email").annotate(count=Count("pk"))
    return dict(counted.order_by("holder__manager_email"))


def times_to_decision(
    registrations: QuerySet[Registration], *, since: datetime, until: datetime, program: Program
) -> list[InReview]:
    """Return the business time in review of each decision of a person in ``[since, until)``.

    Registrations from a file bring no history: theirs is the time from submission to decision.
    """
    by_people = [one.took for one in _decided_between(registrations, since, until, program)]
    told = (
        registrations.filter(decided_at__gte=since, decided_at__lt=until, submitted_at__isnull=False)
        .exclude(Exists(RegistrationEvent.objects.filter(registration=OuterRef("pk"), kind__in=DECISIONS)))
        .values_list("submitted_at", "decided_at")
    )
    hours, days = business_hours(program), decision_days(program)
    return by_people + [
        InReview(hours.between(submitted, at), days(submitted) * hours.day)
        for submitted, at in told
        if submitted and at
    ]


def _decided(registrations: QuerySet[Registration], *, since: date, program: Program) -> list[_Decided]:
    start = datetime.combine(since, time(), ZoneInfo(program.timezone)).astimezone(UTC)
    return _decided_between(registrations, start, None, program)


def _decided_between(
    registrations: QuerySet[Registration], start: datetime, until: datetime | None, program: Program
) -> list[_Decided]:
    zone = ZoneInfo(program.timezone)
    within = Q(at__gte=start) if until is None else Q(at__gte=start, at__lt=until)
    made = (
        RegistrationEvent.objects.filter(within, registration__in=registrations.values("pk"), kind__in=DECISIONS)
        .exclude(channel=Channel.RULE)
        .order_by("at", "pk")
        .values_list("registration_id", "at", "actor", "registration__submitted_at")
    )
    decisions = list(made)
    steps = _steps({row[0] for row in decisions})
    hours, days = business_hours(program), decision_days(program)
    return [
        _Decided(
            at.astimezone(zone).date().replace(day=1),
            manager,
            InReview(
                time_spent(steps[registration_id], until=at, between=hours.between),
                days(submitted_at or at) * hours.day,
            ),
        )
        for registration_id, at, manager, submitted_at in decisions
    ]


def _steps(registration_ids: Iterable[int]) -> dict[int, list[Step]]:
    """Return the changes of state of each registration, in order; the decision itself ends the time, it is no step."""
    steps: dict[int, list[Step]] = defaultdict(list)
    events = RegistrationEvent.objects.filter(registration_id__in=list(registration_ids)).exclude(kind__in=DECISIONS)
    for registration_id, at, kind, to in events.order_by("at", "pk").values_list(
        "registration_id", "at", "kind", "to_status"
    ):
        steps[registration_id].append(Step(at, kind, to))
    return steps


def _speed(month: date | None, manager: str, took: list[InReview]) -> Speed:
    in_time = sum(1 for one in took if one.in_time)
    return Speed(month, manager, len(took), in_time, median_hours([one.spent for one in took]))
