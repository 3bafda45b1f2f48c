"""Settings of the rules of engagement: severities, windows, thresholds (deal rules, section 3).

A version of them is a row of ``RulesOfEngagement`` whose JSON names only what differs from these
defaults, so a past decision can be read again under the rules of its day.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Severity(StrEnum):
    """What a finding does: ``block`` refuses, ``review`` asks a person, ``off`` silences the rule."""

    BLOCK = "block"
    REVIEW = "review"
    OFF = "off"


DEFAULT_SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {
        "territory": Severity.BLOCK,
        "eligibility": Severity.BLOCK,
        "live_cap": Severity.BLOCK,
        "minimum_value": Severity.REVIEW,
        "own_duplicate": Severity.BLOCK,
        "protected": Severity.BLOCK,
        "rival_pending": Severity.REVIEW,
        "incumbent": Severity.BLOCK,
        "direct_customer": Severity.REVIEW,
        "named_account": Severity.REVIEW,
        "unverifiable": Severity.REVIEW,
        "cool_off": Severity.REVIEW,
    }
)
"""In the order in which the rules are evaluated. ``named_account`` is the list's own policy instead."""

RULE_CODES = tuple(DEFAULT_SEVERITIES)

DEFAULT_ORIGIN_ROLES: Mapping[str, str] = MappingProxyType(
    {"partner": "sourced", "vendor_lead": "influenced", "co_sell": "sourced"}
)


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """One version of the settings; every window says its unit."""

    version: int = 1
    severities: Mapping[str, Severity] = field(default_factory=lambda: DEFAULT_SEVERITIES)
    cool_off_days: int = 30
    unbilled_win_days: int = 60
    extension_days: int = 30
    waiting_days: int = 180
    answer_business_days: int = 5
    ends_soon_days: int = 14
    checks_per_submission: int = 10
    default_protection_days: int = 90
    origin_roles: Mapping[str, str] = field(default_factory=lambda: DEFAULT_ORIGIN_ROLES)
    stages: tuple[str, ...] = ("qualified", "proposal", "negotiation")
    shared_hosts: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, version: int, stored: Mapping[str, Any]) -> RuleSettings:
        """Read a stored version over the defaults.

        Raises ``ValueError`` for a setting, rule or severity that does not exist.
        """
        known = {entry.name for entry in fields(cls)} - {"version"}
        if unknown := set(stored) - known:
            message = f"unknown settings: {', '.join(sorted(unknown))}"
            raise ValueError(message)
        values: dict[str, Any] = dict(stored)
        if "severities" in values:
            values["severities"] = _severities(values["severities"])
        if "origin_roles" in values:
            values["origin_roles"] = {**DEFAULT_ORIGIN_ROLES, **values["origin_roles"]}
        if "stages" in values:
            values["stages"] = tuple(values["stages"])
        if "shared_hosts" in values:
            values["shared_hosts"] = frozenset(values["shared_hosts"])
        return cls(version=version, **values)

    def severity(self, code: str) -> Severity:
        """Return how severe a finding of rule ``code`` is."""
        return self.severities[code]


def _severities(stored: Mapping[str, str]) -> Mapping[str, Severity]:
    if unknown := set(stored) - set(DEFAULT_SEVERITIES):
        message = f"unknown rules: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return {**DEFAULT_SEVERITIES, **{code: Severity(value) for code, value in stored.items()}}
