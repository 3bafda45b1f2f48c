"""What of a survey may be shown: under five people nothing, nor what a subtraction would tell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partners.policy.surveys import (
    CUTS,
    LEAST_PEOPLE,
    PARTNER,
    Invited,
    Tally,
    due_opening,
    is_closed,
    publish,
    series_of,
)


def rows(partner: str, scores: list[int | None], *, start: int, **groups: str) -> list[Invited]:
    people = count(start)
    return [Invited(partner, next(people), groups, score) for score in scores]


def test_a_tally_counts_answers_and_people() -> None:
    one_person_at_two = [Invited("a", 1, {}, 5), Invited("b", 1, {}, 3), Invited("b", 2, {}, 4), Invited("b", 3, {})]
    tally = Tally.of(one_person_at_two)
    assert tally == Tally(invited=4, people=2, answers=3, satisfied=2, points=12)
    assert (tally.share, tally.mean, tally.response) == (Decimal(2) / 3, Decimal(4), Decimal("0.75"))


def test_under_five_people_nothing_is_shown() -> None:
    four = rows("a", [5, 5, 5, 5, None], start=1, manager="m")
    found = publish(four)
    assert found.total is None
    assert found.cells[PARTNER] == {"a": None}
    assert found.cells["manager"] == {"m": None}
    five = publish([*four, Invited("a", 9, {"manager": "m"}, 1)])
    assert five.total == five.cells[PARTNER]["a"] == Tally(6, 5, 5, 4, 21)
    assert five.cells["manager"] == {"m": five.total}


def test_five_answers_of_four_people_are_not_five_people() -> None:
    answers = [Invited("a", 1, {}, 5), Invited("b", 1, {}, 5), *rows("a", [4, 4, 4], start=2)]
    assert publish(answers).total is None


def test_the_smallest_shown_partner_is_hidden_while_the_hidden_are_under_five() -> None:
    wave = [
        *rows("big", [5] * 9, start=100),
        *rows("middle", [4] * 6, start=200),
        *rows("also-middle", [4] * 6, start=300),
        *rows("small", [1, 1], start=400),
    ]
    found = publish(wave)
    assert {code for code, tally in found.cells[PARTNER].items() if tally} == {"big", "middle"}  # the code decides
    assert found.total == Tally(23, 23, 23, 21, 95)
    assert found.hidden(PARTNER) == 2


def test_enough_hidden_people_hide_nobody_else() -> None:
    wave = [*rows("big", [5] * 5, start=1), *rows("x", [1] * 3, start=10), *rows("y", [2, 2], start=20)]
    assert publish(wave).cells[PARTNER] == {"big": Tally(5, 5, 5, 5, 25), "x": None, "y": None}


def test_hidden_people_are_counted_once() -> None:
    """Two of the five answers of the hidden partners are one person's: four people, so the big one is hidden too."""
    shared = [Invited("x", 10, {}, 1), Invited("y", 10, {}, 2)]
    wave = [*rows("big", [5] * 5, start=1), *shared, *rows("x", [1, 1], start=20), *rows("y", [2], start=30)]
    assert publish(wave).cells[PARTNER] == {"big": None, "x": None, "y": None}
    assert publish(wave).total is not None


def test_a_partner_that_nobody_answered_for_is_not_told_apart_either() -> None:
    wave = [*rows("big", [5] * 6, start=1), *rows("silent", [None, None], start=20)]
    assert publish(wave).cells[PARTNER] == {"big": None, "silent": None}
    assert publish(wave).total == Tally(8, 6, 6, 6, 30)


def test_a_group_whose_rest_beside_shown_partners_is_small_is_hidden() -> None:
    """Manager Anna has one shown partner and one of two people: her figure minus the partner's would be theirs."""
    wave = [
        *rows("p1", [5] * 6, start=100, manager="anna"),
        *rows("p2", [1] * 2, start=200, manager="anna"),
        *rows("p3", [3] * 4, start=300, manager="piotr"),
        *rows("p4", [4] * 7, start=400, manager="olga"),
    ]
    found = publish(wave)
    assert {code for code, tally in found.cells[PARTNER].items() if tally} == {"p1", "p4"}
    assert found.cells["manager"] == {"anna": None, "piotr": None, "olga": Tally(7, 7, 7, 7, 28)}


def test_a_single_hidden_group_hides_the_smallest_other() -> None:
    """All partners are hidden (three people each); Piotr's one would be what is left of the total."""
    sizes = {"anna": 3, "olga": 2, "piotr": 1}
    people = count(1)
    wave = [
        Invited(f"{manager}-{number}", next(people), {"manager": manager}, 4)
        for manager, partners in sizes.items()
        for number in range(partners)
        for _person in range(3)
    ]
    found = publish(wave)
    assert found.cells["manager"] == {"anna": Tally(9, 9, 9, 9, 36), "olga": None, "piotr": None}


def test_two_cuts_are_not_subtracted_from_each_other() -> None:
    """Finland is all of Anna but one partner of three people: Anna is shown, and so Finland is not."""
    people = count(1)

    def partner(code: str, size: int, manager: str, country: str) -> list[Invited]:
        groups = {"manager": manager, "country": country}
        return [Invited(code, next(people), groups, 4) for _person in range(size)]

    wave = [
        *partner("a1", 4, "anna", "FI"),
        *partner("a2", 4, "anna", "FI"),
        *partner("a3", 3, "anna", "PL"),
        *partner("b1", 4, "piotr", "PL"),
        *partner("b2", 4, "piotr", "PL"),
    ]
    found = publish(wave)
    assert found.cells["manager"] == {"anna": Tally(11, 11, 11, 11, 44), "piotr": Tally(8, 8, 8, 8, 32)}
    assert found.cells["country"] == {"FI": None, "PL": None}


CODES = st.sampled_from(["p1", "p2", "p3", "p4", "p5", "p6", "p7"])


@st.composite
def waves(draw: st.DrawFn) -> list[Invited]:
    groups = {f"p{number}": {name: draw(st.sampled_from("xyz")) for name in CUTS} for number in range(1, 8)}
    found = {
        (partner, person): Invited(partner, person, groups[partner], score)
        for partner, person, score in draw(
            st.lists(st.tuples(CODES, st.integers(1, 40), st.sampled_from([None, 1, 3, 5])), min_size=10, max_size=90)
        )
    }
    return list(found.values())


@given(waves())
@settings(max_examples=400, deadline=None)
def test_no_difference_of_two_figures_is_of_fewer_than_five(wave: list[Invited]) -> None:
    """Whatever two shown sets of partners: one less the other, where it lies inside, is empty or five people."""
    found = publish(wave)
    answering: dict[str, set[int]] = {row.partner: set() for row in wave}
    for row in wave:
        if row.score is not None:
            answering[row.partner].add(row.person)
    shown = [frozenset([code]) for code, tally in found.cells[PARTNER].items() if tally]
    known = frozenset().union(*shown)
    sets = [frozenset(answering)] if found.total else []
    for name in CUTS:
        cells: dict[str, set[str]] = {}
        for row in wave:
            cells.setdefault(row.groups[name], set()).add(row.partner)
        cut = [frozenset(partners) for code, partners in cells.items() if found.cells[name][code]]
        sets += [frozenset(partners) - known for partners in cut]
        if found.total:
            sets.append(frozenset(answering).difference(*cut) - known)
    sets = [each - known for each in sets]
    for first in sets:
        for second in sets:
            rest = first - second
            if second <= first and rest:
                assert len(set().union(*(answering[partner] for partner in rest))) >= LEAST_PEOPLE


@pytest.mark.parametrize(
    ("closes", "on", "closed"),
    [
        (None, date(2026, 1, 1), True),
        (date(2026, 5, 2), date(2026, 5, 1), False),
        (date(2026, 5, 2), date(2026, 5, 2), True),
    ],
)
def test_a_wave_closes_as_its_day_begins(closes: date | None, on: date, closed: bool) -> None:
    assert is_closed(closes, on) is closed


@pytest.mark.parametrize(
    ("month", "on", "first"),
    [
        (5, date(2026, 5, 1), date(2026, 5, 1)),
        (5, date(2026, 11, 7), date(2026, 11, 1)),
        (5, date(2026, 11, 8), None),
        (5, date(2026, 10, 1), None),
        (6, date(2026, 12, 1), date(2026, 12, 1)),
        (0, date(2026, 6, 1), None),
    ],
)
def test_the_half_yearly_wave_is_due_twice_a_year(month: int, on: date, first: date | None) -> None:
    assert due_opening(month=month, on=on) == first


def test_onboarding_is_a_series_of_its_own() -> None:
    assert (series_of("onboarding-2026-11"), series_of("onboarding"), series_of("2026-h1")) == ("onboarding",) * 2 + (
        "",
    )
