"""States of a registration and its protected window (deal rules, sections 1 and 4)."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from deals.policy.settings import RuleSettings


class By(StrEnum):
    """On whose side a step is taken."""

    PARTNER = "partner"
    MANAGER = "manager"
    SYSTEM = "system"  # a CRM or billing system, by its key
    RULE = "rule"  # what follows by itself


_RULE = frozenset({By.RULE})
_PERSON = frozenset({By.MANAGER})
_INSIDE = frozenset({By.MANAGER, By.SYSTEM})
_PARTIES = _INSIDE | {By.PARTNER}

TRANSITIONS: Mapping[str, Mapping[str, frozenset[By]]] = MappingProxyType(
    {
        "draft": {
            "submitted": _PARTIES,
            # A submission is decided in the same moment where the rules can. The history has both steps; the row
            # goes straight to its end, so that a refused one is never live beside its rival or its own duplicate.
            "approved": _INSIDE | _RULE,
            "rejected": _RULE,
            "waiting": _RULE,
        },
        "submitted": {
            "approved": _INSIDE | _RULE,
            "rejected": _INSIDE | _RULE,
            "returned": _INSIDE,
            "waiting": _RULE,
            "withdrawn": _PARTIES,
            "revoked": _RULE,
            "superseded": _INSIDE,
        },
        "returned": {
            "submitted": _PARTIES | _RULE,
            "rejected": _RULE,
            "waiting": _RULE,
            "withdrawn": _PARTIES | _RULE,
            "revoked": _RULE,
            "superseded": _INSIDE,
        },
        "waiting": {
            "submitted": _RULE,
            "rejected": _RULE,
            "withdrawn": _PARTIES | _RULE,
            "revoked": _RULE,
            "superseded": _INSIDE,
        },
        # Reversed, within the days that the settings allow.
        "rejected": {"submitted": _PERSON, "waiting": _PERSON},
        "approved": {
            "won": _INSIDE,
            "lost": _PARTIES | _RULE,
            "expired": _RULE,
            "withdrawn": _PARTIES,
            "revoked": _PERSON | _RULE,
            "superseded": _INSIDE | _RULE,
        },
        "expired": {"won": _PERSON},
        # A slip that is undone, while no commission was posted on it.
        "won": {"approved": _PERSON, "expired": _PERSON},
        # A merge of two customers that is undone.
        "superseded": {"submitted": _PERSON, "returned": _PERSON, "waiting": _PERSON, "approved": _PERSON},
    }
)
"""From each state to those that may follow, and who may take the step; what is missing is refused.

``deals.migrations`` says the same to the database, and a test compares the two.
"""


def may_move(*, status: str, to: str, by: By | None = None) -> bool:
    """Whether a registration may go from ``status`` to ``to``, at all or on the side of ``by``."""
    sides = TRANSITIONS.get(status, {}).get(to)
    return sides is not None and (by is None or by in sides)


def protection(*, now: datetime, days: int) -> tuple[datetime, datetime]:
    """Return the window granted by an approval: ``[now, now + days)``."""
    return now, now + timedelta(days=days)


def extended(*, until: datetime, days: int) -> datetime:
    """Return the end of a window after one extension."""
    return until + timedelta(days=days)


def keeps_alive(*, by: By) -> bool:
    """Whether a note or a forward move of the stage on this side tells that the deal is worked on (section 4)."""
    return by in {By.PARTNER, By.SYSTEM}


def end_warning(*, until: datetime, now: datetime, days: tuple[int, ...]) -> int | None:
    """Return which warning is due before a window's end: the smallest of ``days`` that has begun, or none.

    Who was away gets one letter, not two: when the last warning is due, the earlier ones are void.
    """
    left = until - now
    if left <= timedelta():
        return None
    return min((day for day in days if left <= timedelta(days=day)), default=None)


def credit_role(*, origin: str, settings: RuleSettings) -> str:
    """Return the role that a won registration's credit has (deal rules, section 5)."""
    return settings.origin_roles[origin]
