"""The rules of engagement in force, and the program's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from deals.models import RulesOfEngagement
from deals.policy import RuleSettings
from prm.calendar import BusinessHours

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.models import Program


def rules_in_force(*, now: datetime) -> RuleSettings:
    """Return the settings in force at ``now``: the latest version that is effective, else the defaults."""
    row = RulesOfEngagement.objects.filter(effective_from__lte=now).order_by("-version").first()
    return RuleSettings.from_json(row.version, row.settings) if row else RuleSettings()


def business_hours(program: Program) -> BusinessHours:
    """Return the program's business hours."""
    return BusinessHours(timezone=program.timezone)


def day_of(now: datetime, program: Program) -> date:
    """Return the program's day at ``now``."""
    return now.astimezone(ZoneInfo(program.timezone)).date()
