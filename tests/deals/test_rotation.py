"""Whose turn it is: pure, and proven over ten thousand leads."""

from __future__ import annotations

import random
from collections import Counter, deque
from dataclasses import replace

import pytest

from deals.policy.rotation import Candidate, equals_of, in_order, is_full

LEADS = 10_000
LIMIT = 10


class Market:
    """Partners whose leads come and go; ``gives`` plays one lead the way the service does."""

    def __init__(self, *partners: Candidate) -> None:
        self.partners = {partner.partner_id: partner for partner in partners}
        self.counts: Counter[int] = Counter()
        self.turns = 0

    def gives(self) -> int | None:
        """Offer one lead and return to whom; nobody has room: ``None``."""
        for candidate in in_order(self.partners.values()):
            if not is_full(candidate, limit=LIMIT):
                self.turns += 1
                self.partners[candidate.partner_id] = replace(candidate, load=candidate.load + 1, turn=self.turns)
                self.counts[candidate.partner_id] += 1
                return candidate.partner_id
        return None

    def settles(self, partner_id: int) -> None:
        """Answer, or register, one lead of a partner."""
        partner = self.partners[partner_id]
        self.partners[partner_id] = replace(partner, load=partner.load - 1)


def test_equals_differ_by_at_most_one_after_every_one_of_ten_thousand_leads() -> None:
    market = Market(*(Candidate(number) for number in range(1, 8)))
    for _lead in range(LEADS):
        given = market.gives()
        assert given is not None
        market.settles(given)
        counts = [market.counts[number] for number in range(1, 8)]
        assert max(counts) - min(counts) <= 1
    assert sorted(market.counts.values()) == [1428] * 3 + [1429] * 4


def test_nobody_holds_more_than_the_limit_and_equals_stay_level_while_leads_come_and_go() -> None:
    chance = random.Random(20261124)  # noqa: S311 - a course of events, no secret
    market, held = Market(*(Candidate(number) for number in range(1, 8))), deque[int]()
    refused = 0
    for _lead in range(LEADS):
        given = market.gives()
        if given is None:
            refused += 1
            assert all(partner.load == LIMIT for partner in market.partners.values())
        else:
            held.append(given)
        # What comes first is settled first: then nobody is full while an equal has room for two more.
        while held and chance.random() < 0.5:
            market.settles(held.popleft())
        assert all(0 <= partner.load <= LIMIT for partner in market.partners.values())
        counts = [market.counts[number] for number in range(1, 8)]
        assert max(counts) - min(counts) <= 1
    assert refused > 0
    assert sum(market.counts.values()) == LEADS - refused


def test_a_full_partner_is_passed_over_and_gets_one_lead_not_a_flood_when_it_has_room() -> None:
    market = Market(Candidate(1, load=LIMIT), Candidate(2), Candidate(3))
    for _lead in range(9):
        given = market.gives()
        assert given in {2, 3}
        market.settles(given or 0)
    market.settles(1)
    assert [market.gives() for _lead in range(3)] == [1, 3, 2]


def test_who_declines_everything_is_not_asked_every_time() -> None:
    market = Market(Candidate(1), Candidate(2), Candidate(3))
    given = []
    for _lead in range(6):
        partner = market.gives()
        given.append(partner)
        if partner == 1:
            market.settles(1)
    assert given == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Candidate(9, territory=3, turn=9), Candidate(1, territory=2, tier=9, certified=True)),
        (Candidate(9, territory=2, tier=2, turn=9), Candidate(1, territory=2, tier=1, certified=True)),
        (Candidate(9, tier=1, certified=True, turn=9), Candidate(1, tier=1)),
        (Candidate(9, turn=4), Candidate(1, turn=5)),
        (Candidate(9, turn=0), Candidate(1, turn=1)),
        (Candidate(1, turn=0), Candidate(9, turn=0)),
        (Candidate(9, load=9, turn=4), Candidate(1, load=0, turn=5)),
    ],
    ids=["territory", "tier", "certification", "turn", "never had one", "same turn", "load is a limit only"],
)
def test_each_criterion_decides_before_the_next(first: Candidate, second: Candidate) -> None:
    assert in_order([second, first]) == [first, second]
    assert in_order([first, second]) == [first, second]


def test_equals_share_everything_but_turn_and_load() -> None:
    chosen = Candidate(1, territory=2, tier=1, certified=True)
    others = [
        replace(chosen, partner_id=2, load=5, turn=7),
        replace(chosen, partner_id=3, tier=2),
        replace(chosen, partner_id=4, certified=False),
        replace(chosen, partner_id=5, territory=0),
    ]
    assert [c.partner_id for c in equals_of(chosen, [chosen, *others])] == [1, 2]
    assert is_full(Candidate(1, load=10), limit=10)
    assert not is_full(Candidate(1, load=9), limit=10)
