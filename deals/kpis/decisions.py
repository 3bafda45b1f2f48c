"""Key figures of deals: how fast registrations are decided."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q

from deals.models import Registration, RegistrationEvent, RegistrationStatus
from deals.policy.pace import Step, median_hours, time_spent
from deals.queries.rules import business_hours, decision_days
from prm.actors import Channel
from prm.metrics.at_once import rows_of_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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
class Decisions:
    """Which decisions are asked about: of which registrations, made in ``[since, until)``."""

    registrations: QuerySet[Registration, Any]
    since: datetime
    until: datetime | None = None

    def by_people(self) -> QuerySet[Any, Any]:
        """Return registration, moment, person and submission of each decision that no rule made."""
        within = Q(at__gte=self.since) if self.until is None else Q(at__gte=self.since, at__lt=self.until)
        of_ours = self.registrations.order_by().values("pk")
        made = RegistrationEvent.objects.filter(within, registration__in=of_ours, kind__in=DECISIONS)
        columns = ("registration_id", "at", "actor", "registration__submitted_at")
        return made.exclude(channel=Channel.RULE).order_by().values_list(*columns)

    def told(self) -> QuerySet[Any, Any]:
        """Return submission and decision of those that came with a file, without a history."""
        decided = self.registrations.filter(decided_at__gte=self.since, submitted_at__isnull=False)
        if self.until is not None:
            decided = decided.filter(decided_at__lt=self.until)
        history = RegistrationEvent.objects.filter(registration=OuterRef("pk"), kind__in=DECISIONS)
        return decided.exclude(Exists(history)).order_by().values_list("submitted_at", "decided_at")


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


def times_to_decision(asked: Sequence[Decisions], *, program: Program) -> list[list[InReview]]:
    """Return the business time in review of each decision of a person, of each question. Four queries.

    Registrations from a file bring no history: theirs is the time from submission to decision.
    """
    by_people = _decided_of_each(asked, program)
    told = rows_of_each([one.told() for one in asked])
    hours, days = business_hours(program), decision_days(program)
    return [
        [one.took for one in those]
        + [InReview(hours.between(submitted, at), days(submitted) * hours.day) for submitted, at in rows]
        for those, rows in zip(by_people, told, strict=True)
    ]


def _decided(registrations: QuerySet[Registration], *, since: date, program: Program) -> list[_Decided]:
    start = datetime.combine(since, time(), ZoneInfo(program.timezone)).astimezone(UTC)
    return _decided_of_each([Decisions(registrations, start)], program)[0]


def _decided_of_each(asked: Sequence[Decisions], program: Program) -> list[list[_Decided]]:
    zone = ZoneInfo(program.timezone)
    made = rows_of_each([one.by_people() for one in asked])
    steps = _steps({row[0] for rows in made for row in rows})
    hours, days = business_hours(program), decision_days(program)
    return [
        [
            _Decided(
                at.astimezone(zone).date().replace(day=1),
                manager,
                InReview(
                    time_spent(steps[registration_id], until=at, between=hours.between),
                    days(submitted_at or at) * hours.day,
                ),
            )
            for registration_id, at, manager, submitted_at in rows
        ]
        for rows in made
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
