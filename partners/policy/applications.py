"""Applications: which steps there are, and the screening score with its parts (partner rules, section 1). Pure.

The score is shown to a person. No rule here, or anywhere, decides by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNCONFIRMED = "unconfirmed"
APPLIED = "applied"
IN_REVIEW = "in_review"
ASKED = "asked"
APPROVED = "approved"
REJECTED = "rejected"
JOINED = "joined"

APPLICATION_STEPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        UNCONFIRMED: frozenset({APPLIED, JOINED}),
        APPLIED: frozenset({IN_REVIEW}),
        IN_REVIEW: frozenset({ASKED, APPROVED, REJECTED}),
        ASKED: frozenset({IN_REVIEW}),
    }
)
"""From each status where an application may go next; a status that is missing is the end."""

OPEN = (APPLIED, IN_REVIEW, ASKED)
WAITING_FOR_US = (APPLIED, IN_REVIEW)
FULL = Decimal(100)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One answered question: ``points`` of at most ``most``, which weigh ``weight`` in the whole."""

    code: str
    question: str
    answer: str
    points: int
    most: int
    weight: int

    @property
    def share(self) -> Decimal:
        """Return how much of the question's points were reached, from 0 to 100."""
        return (FULL * self.points / self.most).quantize(CENT, ROUND_HALF_UP) if self.most else Decimal(0)


def score_of(parts: Sequence[ScorePart]) -> Decimal:
    """Return the weighted share of the points, 0.00 to 100.00; 0 where nothing weighs."""
    weights = sum(part.weight for part in parts if part.most)
    if not weights:
        return Decimal("0.00")
    reached = sum((Decimal(part.weight * part.points) / part.most for part in parts if part.most), Decimal(0))
    return (FULL * reached / weights).quantize(CENT, ROUND_HALF_UP)


def may_go(before: str, after: str) -> bool:
    """Whether an application may go from one status to another in one step."""
    return after in APPLICATION_STEPS.get(before, frozenset())
