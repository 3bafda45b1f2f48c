"""The life of a partner: every status, and the steps from each (partner rules, section 1). Pure.

The database keeps the same table (``partners_step_allowed``); a test compares the two. A file from another system is
loaded as it is: the loader says so for its own transaction.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

APPLIED = "applied"
IN_REVIEW = "in_review"
REJECTED = "rejected"
ONBOARDING = "onboarding"
ACTIVE = "active"
SUSPENDED = "suspended"
TERMINATED = "terminated"

TRANSITIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        APPLIED: frozenset({IN_REVIEW}),
        IN_REVIEW: frozenset({ONBOARDING, REJECTED}),
        ONBOARDING: frozenset({ACTIVE}),
        ACTIVE: frozenset({SUSPENDED}),
        SUSPENDED: frozenset({ACTIVE, TERMINATED}),
    }
)
"""From each status where a partner may go next; a status that is missing is the end."""


def may_step(before: str, after: str) -> bool:
    """Whether a partner may go from one status to another in one step."""
    return after in TRANSITIONS.get(before, frozenset())
