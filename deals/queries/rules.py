"""The rules of engagement in force, and the program's clock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from deals.models import RulesOfEngagement
from deals.policy import RuleSettings
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from prm.calendar import BusinessHours

OF_PROGRAM = ("minimum_expected_mrr", "decision_sla_business_days", "checks_per_day")
"""Settings that a folder of CSV files can name; they hold until a version of the rules says something else."""


WITH_RULES = """
-- With its holidays, as the program's manager reads it: every clock needs them.
SELECT p.*, r.version AS rules_version, r.settings AS rules_settings,
    ARRAY(SELECT h.day FROM prm_holiday h ORDER BY h.day) AS holiday_days
FROM prm_program p LEFT JOIN deals_rulesofengagement r ON r.in_force @> %s WHERE p.id = 1
"""
"""Versions never overlap: there is one row."""


def rules_in_force(*, now: datetime) -> RuleSettings:
    """Return the settings in force at ``now``: the version of that moment, else version 0 as delivered."""
    return program_with_rules(now=now)[1]


def program_with_rules(*, now: datetime) -> tuple[Program, RuleSettings]:
    """Return the program and the settings in force at ``now``, in one query."""
    program: Any = next(iter(Program.objects.raw(WITH_RULES, [now])))
    stored = json.loads(program.rules_settings) if program.rules_settings else {}
    return program, settings_of(program.rules_version or 0, stored, program=program)


def settings_of(version: int, stored: Mapping[str, Any], *, program: Program) -> RuleSettings:
    """Return a version's settings over what is delivered and what the program's own settings name."""
    return RuleSettings.from_json(version, {name: getattr(program, name) for name in OF_PROGRAM} | dict(stored))


def rules_at(program: Program) -> Callable[[datetime], RuleSettings]:
    """Return the settings in force by the moment. One query, whatever is asked of it."""
    delivered = settings_of(0, {}, program=program)
    versions = [
        (row.effective_from, row.effective_until, settings_of(row.version, row.settings, program=program))
        for row in RulesOfEngagement.objects.order_by("effective_from")
    ]

    def rules(at: datetime) -> RuleSettings:
        said = (one for begins, ends, one in versions if begins <= at and (ends is None or at < ends))
        return next(said, delivered)

    return rules


def decision_days(program: Program) -> Callable[[datetime], int]:
    """Return how many business days a decision may take, by the moment of the submission: as was in force then."""
    rules = rules_at(program)
    return lambda at: rules(at).decision_sla_business_days


def business_hours(program: Program) -> BusinessHours:
    """Return the program's business hours."""
    return program.business_hours


def day_of(now: datetime, program: Program) -> date:
    """Return the program's day at ``now``."""
    return now.astimezone(ZoneInfo(program.timezone)).date()
