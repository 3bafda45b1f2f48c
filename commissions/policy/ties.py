"""How two commission rules stand to each other: do they tie, does one take over from the other (section 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, auto


class Relation(Enum):
    """What a rule does to another that matches the same case."""

    TIE = auto()
    """Both say the same for a common day and customer month: nobody could tell which counts."""

    TAKES_OVER = auto()
    """The first is the more specific one: where both match, it alone applies."""

    GIVES_WAY = auto()
    """The other is the more specific one."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """The days ``[valid_from, valid_until)`` and customer months ``[age_from, age_until)`` that two rules share."""

    valid_from: date | None
    valid_until: date | None
    age_from: int
    age_until: int | None


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a rule matches; 0 and the empty string match anything.

    ``product_family`` is the family that the rule's product belongs to.
    """

    plan: int
    kind: str
    product: int = 0
    product_family: int = 0
    family: int = 0
    tier: int = 0
    role: str = ""
    currency: str = ""
    threshold: Decimal | None = None
    age_from: int = 1
    age_until: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def is_void(self) -> bool:
        """Whether it holds on no day at all."""
        return self.valid_from is not None and self.valid_from == self.valid_until

    @property
    def fields(self) -> tuple[object, ...]:
        """Return what must be the same for a tie; an empty threshold is 0."""
        return (
            self.plan, self.kind, self.product, self.family, self.tier, self.role, self.currency,
            self.threshold or Decimal(0),
        )  # fmt: skip

    @property
    def specificity(self) -> tuple[int, bool, bool, bool]:
        """Return product over family over any, then tier, role and currency over any."""
        goods = 2 if self.product else 1 if self.family else 0
        return (goods, bool(self.tier), bool(self.role), bool(self.currency))


def relation_of(one: Shape, other: Shape) -> tuple[Relation, Overlap] | None:
    """Return how ``one`` stands to ``other`` and where, or None when no case could match both.

    Brackets of an accelerator with different thresholds stand side by side and have no relation; among them the
    tier decides for all.
    """
    overlap = overlap_of(one, other)
    if overlap is None:
        return None
    if one.fields == other.fields:
        return Relation.TIE, overlap
    if one.specificity == other.specificity or not _can_match_together(one, other):
        return None
    return (Relation.TAKES_OVER if one.specificity > other.specificity else Relation.GIVES_WAY), overlap


def overlap_of(one: Shape, other: Shape) -> Overlap | None:
    """Return the common days and customer months, or None; a void rule has none."""
    if one.is_void or other.is_void:
        return None
    valid_from = max((day for day in (one.valid_from, other.valid_from) if day), default=None)
    valid_until = min((day for day in (one.valid_until, other.valid_until) if day), default=None)
    if valid_from and valid_until and valid_from >= valid_until:
        return None
    age_from = max(one.age_from, other.age_from)
    age_until = min((age for age in (one.age_until, other.age_until) if age), default=None)
    if age_until is not None and age_from >= age_until:
        return None
    return Overlap(valid_from, valid_until, age_from, age_until)


def _can_match_together(one: Shape, other: Shape) -> bool:
    if (one.plan, one.kind) != (other.plan, other.kind):
        return False
    pairs: tuple[tuple[object, object], ...] = (
        (one.product, other.product),
        (_family_of(one), _family_of(other)),
        (one.tier, other.tier),
        (one.role, other.role),
        (one.currency, other.currency),
    )
    return all(not mine or not theirs or mine == theirs for mine, theirs in pairs)


def _family_of(shape: Shape) -> int:
    return shape.family or shape.product_family
