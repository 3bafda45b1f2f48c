"""Reads of availability checks, for their limits."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from deals.models import AvailabilityCheck, Registration
from deals.policy import Verdict
from deals.queries.rules import day_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from deals.policy import RuleSettings
    from prm.models import Program


def _customers(*, partner_id: int) -> QuerySet[AvailabilityCheck]:
    """Return a partner's checks of customers: a host that identifies nobody is none."""
    return AvailabilityCheck.objects.filter(partner_id=partner_id).exclude(verdict=Verdict.CANNOT_TELL)


def customers_checked_today(*, partner_id: int, now: datetime, program: Program) -> set[str]:
    """Return the distinct domains that a partner has checked on the program's day."""
    midnight = datetime.combine(day_of(now, program), time(0), ZoneInfo(program.timezone))
    return set(_customers(partner_id=partner_id).filter(checked_at__gte=midnight).values_list("domain", flat=True))


def checks_in_window(*, partner_id: int, domain: str, now: datetime, days: int) -> tuple[int, int]:
    """Return how many customers a partner checked in ``days``, ``domain`` among them, and how many it submitted."""
    since = now - timedelta(days=days)
    checked = set(_customers(partner_id=partner_id).filter(checked_at__gt=since).values_list("domain", flat=True))
    submitted = Registration.objects.filter(holder_id=partner_id, submitted_at__gt=since).count()
    return len(checked | {domain}), submitted


def was_told(*, partner_id: int, now: datetime, settings: RuleSettings) -> bool:
    """Whether the manager was told in this window that the partner looks at many customers."""
    since = now - timedelta(days=settings.fishing_window_days)
    return AvailabilityCheck.objects.filter(partner_id=partner_id, checked_at__gt=since, told_manager=True).exists()
