"""States of a registration and its protected window (deal rules, sections 1 and 4)."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from deals.policy.settings import RuleSettings

TRANSITIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # A submission is decided in the same transaction when the rules can, hence the direct ways.
        "draft": frozenset({"submitted", "approved", "rejected", "waiting", "withdrawn"}),
        "submitted": frozenset({"approved", "rejected", "returned", "waiting", "withdrawn"}),
        "returned": frozenset({"submitted", "waiting", "withdrawn"}),
        "waiting": frozenset({"submitted", "withdrawn"}),
        "approved": frozenset({"won", "lost", "expired", "withdrawn", "revoked", "superseded"}),
        "expired": frozenset({"won"}),
    }
)
"""From each state to those that may follow; states that are missing end a registration."""


def may_move(*, status: str, to: str) -> bool:
    """Whether a registration may go from ``status`` to ``to``."""
    return to in TRANSITIONS.get(status, frozenset())


def protection(*, now: datetime, days: int) -> tuple[datetime, datetime]:
    """Return the window granted by an approval: ``[now, now + days)``."""
    return now, now + timedelta(days=days)


def extended(*, until: datetime, days: int) -> datetime:
    """Return the end of a window after one extension."""
    return until + timedelta(days=days)


def credit_role(*, origin: str, settings: RuleSettings) -> str:
    """Return the role that a won registration's credit has (deal rules, section 5)."""
    return settings.origin_roles[origin]
