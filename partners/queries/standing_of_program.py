"""How the partners of a selection stand on a day: by status, and those who need their manager."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, Max, OuterRef, Subquery

from partners.models import Activity, PartnerStatus, StatusPeriod
from partners.queries.activity import qualifying_kinds
from partners.queries.selection import partners_of
from prm.calendar_days import instants_between

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.metrics import Scope

QUIET_DAYS = 90
FIRST_DEAL_DAYS = 180
ONBOARDING_DAYS = 60
BEFORE_ACTIVE = (PartnerStatus.APPLIED, PartnerStatus.IN_REVIEW, PartnerStatus.ONBOARDING)


def counted_by_status(scope: Scope) -> dict[str, int]:
    """Return how many partners of a scope have each status on its day. One query."""
    held = StatusPeriod.objects.filter(valid__contains=scope.as_of, partner__in=partners_of(scope))
    return dict(held.order_by().values_list("status").annotate(count=Count("pk")))


@dataclass(frozen=True, slots=True)
class Standing:
    """A partner of a book on a day: since when it has its status, when it last did something that counts."""

    name: str
    code: str
    status: str
    since: date | None
    activated_on: date | None
    last_at: datetime | None
    has_won: bool
    as_of: date

    @property
    def days(self) -> int | None:
        """Return the days in this status."""
        return (self.as_of - self.since).days if self.since else None

    @property
    def is_stalled(self) -> bool:
        """Whether it is on its way in for longer than the way should take."""
        return self.status in BEFORE_ACTIVE and (self.days or 0) > ONBOARDING_DAYS

    @property
    def waits_for_first_deal(self) -> bool:
        """Whether it is active for half a year and has won nothing."""
        began = self.activated_on
        is_late = began is not None and (self.as_of - began).days > FIRST_DEAL_DAYS
        return self.status == PartnerStatus.ACTIVE and is_late and not self.has_won


def standings(scope: Scope) -> list[Standing]:
    """Return the partners of a scope that are not over, by name. Two queries."""
    until = instants_between(scope.as_of, scope.as_of)[1]
    log = Activity.objects.filter(partner=OuterRef("partner"), occurred_at__lt=until).order_by()
    counts = log.filter(kind__in=qualifying_kinds()).values("partner").annotate(last=Max("occurred_at"))
    held = (
        StatusPeriod.objects.filter(valid__contains=scope.as_of, partner__in=partners_of(scope))
        .exclude(status__in=(PartnerStatus.TERMINATED, PartnerStatus.REJECTED))
        .annotate(last_at=Subquery(counts.values("last")), has_won=Exists(log.filter(kind="deal_won")))
        .order_by("partner__name", "pk")
        .values_list(
            "partner__name", "partner__code", "status", "valid_from", "partner__activated_on", "last_at", "has_won"
        )
    )
    return [Standing(*row, as_of=scope.as_of) for row in held]


def is_quiet(standing: Standing, since: datetime) -> bool:
    """Whether an active partner did nothing that counts since a moment."""
    still = standing.last_at is None or standing.last_at < since
    return standing.status == PartnerStatus.ACTIVE and still


def quiet_since(scope: Scope) -> datetime:
    """Return the moment from which on something that counts makes a partner active in the rate's sense."""
    return instants_between(scope.as_of - timedelta(days=QUIET_DAYS), scope.as_of)[0]
