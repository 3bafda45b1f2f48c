"""Settings of the rules of engagement: severities, windows, thresholds (deal rules, section 3).

A version of them is a row of ``RulesOfEngagement``, so a past decision can be read again under the rules of its
day. Every window and threshold of this app stands here once; what a version does not name is as delivered.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Severity(StrEnum):
    """What a finding does: ``block`` refuses, ``review`` asks a person, ``off`` silences the rule."""

    BLOCK = "block"
    REVIEW = "review"
    OFF = "off"


BLOCK, REVIEW, OFF = Severity.BLOCK, Severity.REVIEW, Severity.OFF
ANY = (BLOCK, REVIEW, OFF)
KEPT_BY_DATABASE = (BLOCK,)
"""The database refuses these whatever a setting says, so nobody may promise something else."""

SEVERITIES_ALLOWED: Mapping[str, tuple[Severity, ...]] = MappingProxyType(
    {
        "territory": ANY,
        "eligibility": (BLOCK, REVIEW),
        "live_cap": ANY,
        "minimum_value": ANY,
        "own_duplicate": KEPT_BY_DATABASE,
        "protected": KEPT_BY_DATABASE,
        # An earlier submission is always decided first: that is what a place in line means.
        "rival_pending": (BLOCK, REVIEW),
        "incumbent": ANY,
        "direct_customer": ANY,
        # A list's own policy says what follows; here it is only switched on or off.
        "named_account": (REVIEW, OFF),
        "direct_opportunity": ANY,
        "related_account": ANY,
        "lookalike": ANY,
        "unverifiable": ANY,
        "cool_off": ANY,
    }
)
"""In the order in which the rules are evaluated."""

RULE_CODES = tuple(SEVERITIES_ALLOWED)

DEFAULT_SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    dict.fromkeys(RULE_CODES, REVIEW)
    | {"territory": BLOCK, "eligibility": BLOCK, "live_cap": BLOCK, "own_duplicate": BLOCK, "protected": BLOCK}
    # Blocks without the customer's letter; with one a person looks.
    | {"incumbent": BLOCK}
)

DEFAULT_ORIGIN_ROLES: Mapping[str, str] = MappingProxyType(
    {"partner": "sourced", "vendor_lead": "influenced", "co_sell": "sourced"}
)

BOUNDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "cool_off_days": (0, 365),
        "unbilled_win_days": (0, 365),
        "decision_sla_business_days": (1, 365),
        "answer_business_days": (1, 60),
        "reversal_business_days": (0, 60),
        "waiting_days": (1, 730),
        "default_protection_days": (1, 730),
        "extension_days": (1, 365),
        "inactive_warning_days": (1, 365),
        "inactive_release_days": (1, 365),
        "objection_business_days": (1, 60),
        "checks_per_day": (0, 10_000),
        "checks_per_submission": (1, 10_000),
        "fishing_window_days": (1, 365),
        "lead_answer_business_hours": (1, 400),
        "lead_register_business_days": (1, 365),
        "leads_per_partner": (1, 10_000),
    }
)
"""Whole numbers with the least and the most that a version may say."""

LEAST_SIMILARITY, MOST_SIMILARITY = Decimal("0.3"), Decimal(1)
LONGEST_LOOK_BACK = max(BOUNDS["cool_off_days"][1], BOUNDS["unbilled_win_days"][1])
"""Days of closed registrations that facts hold, so that any version of the windows can be asked of them."""


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """One version of the settings; every window says its unit. Version 0 is what the product delivers.

    ``minimum_expected_mrr`` is per month in the program's currency, none for no minimum.
    ``end_warning_days`` are the days before the end of a protection on which both sides are warned.
    """

    version: int = 0
    severities: Mapping[str, Severity] = field(default_factory=lambda: DEFAULT_SEVERITIES)
    minimum_expected_mrr: Decimal | None = None
    lookalike_similarity: Decimal = Decimal("0.6")
    cool_off_days: int = 30
    unbilled_win_days: int = 60
    decision_sla_business_days: int = 2
    answer_business_days: int = 5
    reversal_business_days: int = 5
    waiting_days: int = 180
    default_protection_days: int = 90
    extension_days: int = 30
    end_warning_days: tuple[int, ...] = (14, 3)
    inactive_warning_days: int = 30
    inactive_release_days: int = 45
    objection_business_days: int = 10
    checks_per_day: int = 30
    checks_per_submission: int = 10
    fishing_window_days: int = 30
    tell_taken_until: bool = False
    lead_answer_business_hours: int = 8
    lead_register_business_days: int = 10
    leads_per_partner: int = 10
    origin_roles: Mapping[str, str] = field(default_factory=lambda: DEFAULT_ORIGIN_ROLES)
    stages: tuple[str, ...] = ("qualified", "proposal", "negotiation")

    @classmethod
    def from_json(cls, version: int, stored: Mapping[str, Any]) -> RuleSettings:
        """Read a stored version over what is delivered.

        Raises ``SettingError`` (a ``ValueError``) for a setting, rule or severity that does not exist, and for a
        value out of its bounds.
        """
        known = {entry.name for entry in fields(cls)} - {"version"}
        if unknown := set(stored) - known:
            raise SettingError(min(unknown), f"unknown settings: {', '.join(sorted(unknown))}")
        return cls(version=version, **{name: _read(name, value) for name, value in stored.items()})

    def to_json(self) -> dict[str, Any]:
        """Return every setting in full, so that a version stays what it was when the delivered ones change."""
        return {entry.name: _written(getattr(self, entry.name)) for entry in fields(self) if entry.name != "version"}

    def severity(self, code: str) -> Severity:
        """Return how severe a finding of rule ``code`` is."""
        return self.severities[code]


class SettingError(ValueError):
    """A value that a version cannot have; ``setting`` is its name."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


def _read(name: str, value: Any) -> Any:
    if name in BOUNDS:
        return _whole(name, value)
    readers: dict[str, Callable[[Any], Any]] = {
        "severities": _severities,
        "origin_roles": lambda stored: {**DEFAULT_ORIGIN_ROLES, **stored},
        "stages": tuple,
        "end_warning_days": _warnings,
        "minimum_expected_mrr": lambda stored: None if stored is None else _decimal(name, stored, Decimal(0), None),
        "lookalike_similarity": lambda stored: _decimal(name, stored, LEAST_SIMILARITY, MOST_SIMILARITY),
        "tell_taken_until": bool,
    }
    return readers[name](value)


def _whole(name: str, value: Any) -> int:
    least, most = BOUNDS[name]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise SettingError(name, f"{name} must lie between {least} and {most}")
    return value


def _decimal(name: str, value: Any, least: Decimal, most: Decimal | None) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise SettingError(name, f"{name} is no number") from error
    if not number.is_finite() or number < least or (most is not None and number > most):
        raise SettingError(name, f"{name} is out of range")
    return number


def _warnings(stored: Any) -> tuple[int, ...]:
    return tuple(sorted({int(days) for days in stored}, reverse=True))


def _severities(stored: Mapping[str, str]) -> Mapping[str, Severity]:
    if unknown := set(stored) - set(DEFAULT_SEVERITIES):
        raise SettingError("severities", f"unknown rules: {', '.join(sorted(unknown))}")
    given = {code: Severity(value) for code, value in stored.items()}
    if refused := {code for code, severity in given.items() if severity not in SEVERITIES_ALLOWED[code]}:
        raise SettingError("severities", f"not allowed for: {', '.join(sorted(refused))}")
    return {**DEFAULT_SEVERITIES, **given}


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return list(value)
    # StrEnum values become plain strings, so that two versions can be compared as JSON.
    return {key: str(entry) for key, entry in value.items()} if hasattr(value, "items") else value
