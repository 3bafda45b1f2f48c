"""Which claims collide when two customers become one (deal rules, section 2). Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

UNDO_DAYS = 30
"""Days after a merge on which it can be undone."""


class CollisionKind(StrEnum):
    """Why two claims cannot stand side by side."""

    PROTECTION = "protection"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Claim:
    """A live registration: on which of the two customers (``account_id``), of whom, and whether it protects."""

    id: int
    account_id: int
    family_id: int
    holder_id: int
    protects: bool


@dataclass(frozen=True, slots=True)
class Collision:
    """Claims of which one alone can be kept; a person names it."""

    kind: CollisionKind
    family_id: int
    ids: tuple[int, ...]


def collisions_of(claims: Iterable[Claim]) -> tuple[Collision, ...]:
    """Return what collides: protections of two partners on a family, and live registrations of one partner.

    What stood side by side on one customer before is none of the merge's business.
    """
    protections: dict[Hashable, list[Claim]] = defaultdict(list)
    own: dict[Hashable, list[Claim]] = defaultdict(list)
    for claim in claims:
        own[claim.family_id, claim.holder_id].append(claim)
        if claim.protects:
            protections[claim.family_id].append(claim)
    found = [
        *(_collision(CollisionKind.PROTECTION, group) for group in _across(protections) if _holders(group) > 1),
        *(_collision(CollisionKind.OWN, group) for group in _across(own)),
    ]
    return tuple(sorted(found, key=lambda one: (one.family_id, one.kind, one.ids)))


def undecided(collisions: Sequence[Collision], keep: Collection[int]) -> tuple[Collision, ...]:
    """Return the collisions for which ``keep`` names none, more than one, or one that gives way elsewhere."""
    lost = superseded(collisions, keep)
    return tuple(
        collision for collision in collisions if len(chosen := set(collision.ids) & set(keep)) != 1 or chosen & lost
    )


def superseded(collisions: Iterable[Collision], keep: Collection[int]) -> set[int]:
    """Return the claims that give way to the ones that are kept."""
    return {claim for collision in collisions for claim in collision.ids if set(collision.ids) & set(keep)} - set(keep)


def _across(groups: Mapping[Hashable, list[Claim]]) -> list[list[Claim]]:
    """Return the groups that hold claims on both customers."""
    return [group for group in groups.values() if len({claim.account_id for claim in group}) > 1]


def _holders(group: Iterable[Claim]) -> int:
    return len({claim.holder_id for claim in group})


def _collision(kind: CollisionKind, group: Iterable[Claim]) -> Collision:
    ids = [claim.id for claim in group]
    return Collision(kind, next(iter(group)).family_id, tuple(sorted(ids)))
