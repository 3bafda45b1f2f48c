"""The rules of engagement in force, and the program's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Subquery

from deals.models import RulesOfEngagement
from deals.policy import RuleSettings
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from prm.calendar import BusinessHours

OF_PROGRAM = ("minimum_expected_mrr", "decision_sla_business_days", "checks_per_day")
"""Settings that a folder of CSV files can name; they hold until a version of the rules says something else."""


def rules_in_force(*, now: datetime) -> RuleSettings:
    """Return the settings in force at ``now``: the version of that moment, else version 0 as delivered."""
    return program_with_rules(now=now)[1]


def program_with_rules(*, now: datetime) -> tuple[Program, RuleSettings]:
    """Return the program and the settings in force at ``now``, in one query."""
    row = RulesOfEngagement.objects.filter(in_force__contains=now)
    program = Program.objects.annotate(
        rules_version=Subquery(row.values("version")[:1]), rules_settings=Subquery(row.values("settings")[:1])
    ).get(pk=1)
    return program, settings_of(program.rules_version or 0, program.rules_settings or {}, program=program)


def settings_of(version: int, stored: Mapping[str, Any], *, program: Program) -> RuleSettings:
    """Return a version's settings over what is delivered and what the program's own settings name."""
    return RuleSettings.from_json(version, {name: getattr(program, name) for name in OF_PROGRAM} | dict(stored))


def business_hours(program: Program) -> BusinessHours:
    """Return the program's business hours."""
    return program.business_hours


def day_of(now: datetime, program: Program) -> date:
    """Return the program's day at ``now``."""
    return now.astimezone(ZoneInfo(program.timezone)).date()
