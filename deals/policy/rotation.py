"""Who is offered a lead next: territory, tier, certification and load, then strict turns (deal rules, section 5).

Pure: the same candidates give the same order, whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FULL = "lead_limit"
"""The code under which a partner with as many open leads as the program allows is passed over."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One partner as the rotation compares it.

    ``territory``: how exactly its territory names the customer: 3 country and segment, 2 country, 1 segment, 0 not
    at all (it sells everywhere). ``tier``: the rank of its tier, 0 for none. ``load``: leads that it was offered or
    has accepted and not registered yet. ``turn``: rises with every offer that it ever got; 0 for none.
    """

    partner_id: int
    territory: int = 0
    tier: int = 0
    certified: bool = False
    load: int = 0
    turn: int = 0

    @property
    def rank(self) -> tuple[int, int, bool]:
        """Return what makes partners equals: those with the same rank take turns."""
        return self.territory, self.tier, self.certified


def is_full(candidate: Candidate, *, limit: int) -> bool:
    """Whether it holds as many open leads as the program allows."""
    return candidate.load >= limit


def in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates, the one to ask first on top.

    The closest territory, then the highest tier, then who is certified; equals take turns: who has waited longest
    since its last offer comes first, who never had one before everybody. Load decides by its limit alone (``is_full``):
    if the emptiest came first, who declines everything would be asked every time.
    """
    return sorted(candidates, key=lambda c: (-c.territory, -c.tier, not c.certified, c.turn, c.partner_id))


def equals_of(chosen: Candidate, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return those between whom only the turn decided, ``chosen`` among them."""
    return [candidate for candidate in candidates if candidate.rank == chosen.rank]
