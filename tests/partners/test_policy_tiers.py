"""The tier policy: each rule by a case, and over generated histories of months."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partners.policy.tiers import (
    Check,
    Criterion,
    Decision,
    Figure,
    Move,
    Notice,
    Rung,
    Stretch,
    Warned,
    computed_from,
    computed_on,
    decide,
    earliest_demotion,
    effective_day,
    first_of_next_month,
    holds,
    is_review_day,
    next_above,
    overlaid,
    reaches,
)


def rung(code: str, rank: int, **at_least: int | str) -> Rung:
    return Rung(code, rank, tuple(Criterion(figure, Decimal(value)) for figure, value in at_least.items()))


REGISTERED = rung("registered", 1)
SILVER = rung("silver", 2, customers=5, certified=1)
GOLD = rung("gold", 3, customers=20, certified=3)
PLATINUM = rung("platinum", 4, customers=50, certified=5, nrr="1.0")
LADDER = (REGISTERED, SILVER, GOLD, PLATINUM)


def figures(customers: int, certified: int, nrr: str | None = None, n: int = 9) -> dict[str, Figure]:
    return {
        "customers": Figure(Decimal(customers), customers),
        "certified": Figure(Decimal(certified), certified),
        "nrr": Figure(None if nrr is None else Decimal(nrr), n, "no customers then"),
    }


def judge(
    held: str | None,
    known: dict[str, Figure],
    *,
    warning: Warned | None = None,
    on: date = date(2026, 10, 1),
    effective: date | None = None,
) -> Decision:
    effective = effective or on
    return decide(
        ladder=LADDER,
        held=held,
        warning=warning,
        figures=known,
        on=on,
        effective=effective,
        is_review=is_review_day(effective, month=1),
    )


def outcome(decision: Decision) -> tuple[str | None, Move, Notice]:
    return decision.tier, decision.move, decision.notice


@pytest.mark.parametrize(
    ("held", "known", "expected"),
    [
        ("silver", figures(20, 3), ("gold", Move.PROMOTED, Notice.NONE)),
        ("silver", figures(20, 2), ("silver", Move.KEPT, Notice.NONE)),  # all criteria, not most
        ("silver", figures(19, 3), ("silver", Move.KEPT, Notice.NONE)),  # at least means at least
        ("registered", figures(60, 6, "1.0"), ("platinum", Move.PROMOTED, Notice.NONE)),  # over two tiers at once
        (None, figures(0, 0), ("registered", Move.PROMOTED, Notice.NONE)),
        (None, figures(7, 1), ("silver", Move.PROMOTED, Notice.NONE)),
        ("registered", figures(0, 0), ("registered", Move.KEPT, Notice.NONE)),
        ("gold", figures(5, 1), ("gold", Move.KEPT, Notice.GIVEN)),
    ],
)
def test_up_at_once_and_down_never_without_a_warning(
    held: str | None, known: dict[str, Figure], expected: tuple[str, Move, Notice]
) -> None:
    assert outcome(judge(held, known)) == expected


@pytest.mark.parametrize(
    ("warned", "effective", "expected"),
    [
        (date(2026, 11, 2), date(2027, 1, 1), ("silver", Move.DEMOTED, Notice.CARRIED_OUT)),  # 60 days
        (date(2026, 11, 3), date(2027, 1, 1), ("gold", Move.KEPT, Notice.STANDS)),  # 59 days
        (date(2026, 1, 1), date(2026, 12, 1), ("gold", Move.KEPT, Notice.STANDS)),  # no review
        (date(2026, 1, 1), date(2026, 7, 1), ("silver", Move.DEMOTED, Notice.CARRIED_OUT)),
    ],
)
def test_down_one_at_the_review_after_60_days(
    warned: date, effective: date, expected: tuple[str, Move, Notice]
) -> None:
    nothing = figures(0, 0)
    assert outcome(judge("gold", nothing, warning=Warned("gold", warned), on=effective)) == expected


def test_a_warning_is_withdrawn_once_all_criteria_hold() -> None:
    stands = Warned("gold", date(2026, 8, 1))
    cured = judge("gold", figures(20, 3), warning=stands)
    assert (outcome(cured), cured.warning) == (("gold", Move.KEPT, Notice.WITHDRAWN), None)
    half = judge("gold", figures(20, 2), warning=stands)
    assert (outcome(half), half.warning) == (("gold", Move.KEPT, Notice.STANDS), stands)


def test_a_promotion_ends_the_warning() -> None:
    found = judge("gold", figures(50, 5, "1.0"), warning=Warned("gold", date(2026, 8, 1)))
    assert (outcome(found), found.warning) == (("platinum", Move.PROMOTED, Notice.WITHDRAWN), None)


def test_the_60_days_are_those_before_the_review_and_not_before_the_evaluation() -> None:
    warned = Warned("gold", date(2026, 11, 2))
    found = judge("gold", figures(0, 0), warning=warned, on=date(2026, 12, 31), effective=date(2027, 1, 1))
    assert outcome(found) == ("silver", Move.DEMOTED, Notice.CARRIED_OUT)


def test_a_warning_about_another_tier_does_not_count() -> None:
    old = Warned("platinum", date(2026, 1, 1))
    found = judge("gold", figures(0, 0), warning=old, on=date(2026, 7, 1))
    assert (outcome(found), found.warning) == (("gold", Move.KEPT, Notice.GIVEN), Warned("gold", date(2026, 7, 1)))


def test_what_is_not_defined_is_skipped_and_named() -> None:
    found = judge("platinum", figures(50, 5, None))
    assert outcome(found) == ("platinum", Move.KEPT, Notice.NONE)
    assert found.checks[2] == Check("nrr", Decimal(1), None, None, "no customers then")
    few = judge("platinum", figures(50, 5, "0.5", n=4))
    assert outcome(few) == ("platinum", Move.KEPT, Notice.NONE)
    assert few.checks[2] == Check("nrr", Decimal(1), Decimal("0.5"), None, "too_few")
    assert outcome(judge("platinum", figures(50, 5, "0.5", n=5))) == ("platinum", Move.KEPT, Notice.GIVEN)
    assert outcome(judge("gold", figures(50, 5, None))) == ("platinum", Move.PROMOTED, Notice.NONE)


def test_nothing_known_keeps_a_tier_but_earns_none() -> None:
    only = rung("loyal", 9, nrr="1.0")
    unknown = figures(99, 99, None)
    assert holds(only, unknown)
    assert not reaches(only, unknown)


def test_nobody_falls_below_the_lowest_tier() -> None:
    lowest = (rung("silver", 2, customers=5),)
    found = decide(
        ladder=lowest, held="silver", warning=Warned("silver", date(2026, 1, 1)), figures=figures(0, 0),
        on=date(2027, 1, 1), effective=date(2027, 1, 1), is_review=True,
    )  # fmt: skip
    assert outcome(found) == ("silver", Move.KEPT, Notice.WITHDRAWN)


def test_what_is_missing() -> None:
    found = judge("gold", figures(12, 3))
    assert [(check.figure, check.holds, check.missing) for check in found.checks] == [
        ("customers", False, Decimal(8)),
        ("certified", True, Decimal(0)),
    ]
    over = judge("gold", figures(21, 4)).checks
    assert [check.missing for check in over] == [Decimal(0), Decimal(0)]
    few = judge("platinum", figures(50, 5, "0.5", n=4)).checks[2]
    assert few.missing == 0  # nothing is missing of what is not asked
    assert next_above(LADDER, "gold") == PLATINUM
    assert next_above(LADDER, "platinum") is None
    assert next_above(LADDER, None) == REGISTERED


@pytest.mark.parametrize(
    ("as_of", "on", "effective"),
    [
        (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 1)),
        (date(2026, 11, 30), date(2026, 12, 2), date(2027, 1, 1)),  # late: never back-dated
        (date(2026, 11, 25), date(2026, 11, 25), date(2026, 12, 1)),
        (date(2026, 12, 31), date(2026, 12, 31), date(2027, 1, 1)),
        (date(2020, 1, 1), date(2026, 11, 25), date(2026, 12, 1)),
    ],
)
def test_from_the_first_of_the_next_month_and_never_back_dated(as_of: date, on: date, effective: date) -> None:
    assert effective_day(as_of=as_of, on=on) == effective


@pytest.mark.parametrize(
    ("warned", "review"),
    [
        (date(2026, 11, 1), date(2027, 1, 1)),
        (date(2026, 11, 2), date(2027, 1, 1)),
        (date(2026, 11, 3), date(2027, 7, 1)),
        (date(2026, 12, 31), date(2027, 7, 1)),
    ],
)
def test_the_review_at_which_a_warning_is_carried_out(warned: date, review: date) -> None:
    assert earliest_demotion(warned, month=1) == review


MAY, MID_JUNE, JUNE, JULY, AUGUST = (
    date(2026, 5, 1), date(2026, 6, 15), date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
)  # fmt: skip
OVER = Stretch("gold", JUNE, JULY)


@pytest.mark.parametrize(
    ("computed", "start", "held"),
    [
        ("silver", MAY, [Stretch("silver", MAY, JUNE), OVER, Stretch("silver", JULY, None)]),
        ("silver", MID_JUNE, [Stretch("gold", MID_JUNE, JULY), Stretch("silver", JULY, None)]),
        ("gold", MAY, [Stretch("gold", MAY, None)]),
        ("silver", AUGUST, [Stretch("silver", AUGUST, None)]),
        (None, MAY, [OVER]),
    ],
)
def test_overrides_lie_over_the_computed_tier(computed: str | None, start: date, held: list[Stretch]) -> None:
    assert overlaid([Stretch(computed, start, None)], [OVER], start) == held


def test_the_computed_tier_under_an_override_is_what_holds_after_it() -> None:
    rows = [Stretch("silver", None, JUNE), Stretch("gold", JUNE, JULY), Stretch("silver", JULY, None)]
    assert computed_on(rows, [OVER], MID_JUNE) == "silver"
    assert computed_on(rows, [], MID_JUNE) == "gold"
    assert computed_from(rows, [OVER], MAY) == [Stretch("silver", MAY, None)]
    assert computed_from(rows[:2], [OVER], MAY) == [Stretch("silver", MAY, JUNE)]


STRETCHES = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10), st.sampled_from(["a", "b", "c"])), max_size=3)


@given(st.sampled_from([None, "a", "b"]), STRETCHES)
def test_taking_overrides_away_gives_back_what_was_computed(
    computed: str | None, drawn: list[tuple[int, int, str]]
) -> None:
    overrides: list[Stretch] = []
    at = MAY
    for gap, length, tier in drawn:
        begins = at + timedelta(days=gap)
        at = begins + timedelta(days=length)
        overrides.append(Stretch(tier, begins, at))
    base = [Stretch(computed, MAY, None)] if computed else []
    assert computed_from(overlaid(base, overrides, MAY), overrides, MAY) == base


# Histories

MONTHS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 6), st.sampled_from([None, "0.5", "1.1"]), st.integers(0, 27)),
    min_size=12,
    max_size=48,
)
"""Customers, certified people, NRR, and how many days late the month is evaluated."""


@given(MONTHS, st.sampled_from([None, "registered", "silver", "gold", "platinum"]), st.integers(1, 6))
@settings(max_examples=300, deadline=None)
def test_histories_keep_the_rules(
    months: list[tuple[int, int, str | None, int]], held: str | None, review: int
) -> None:
    rank = {rung.code: rung.rank for rung in LADDER} | {None: 0}
    warning: Warned | None = None
    given_on: dict[str, date] = {}
    as_of, last_effective = date(2026, 1, 31), date.min
    for customers, certified, nrr, late in months:
        on = as_of + timedelta(days=1 + late)
        effective = effective_day(as_of=as_of, on=on)
        known = figures(customers, certified, nrr)
        was, had = held, warning
        found = decide(
            ladder=LADDER, held=was, warning=had, figures=known, on=on, effective=effective,
            is_review=is_review_day(effective, month=review),
        )  # fmt: skip
        held, warning = found.tier, found.warning
        assert effective >= on
        assert effective.day == 1
        assert effective >= last_effective
        change = rank[held] - rank[was]
        own = next((rung for rung in LADDER if rung.code == was), None)
        failing = own is not None and any(check.holds is False for check in found.checks)
        if change < 0:
            assert own is not None
            assert change == -1
            assert effective.month % 6 == review % 6
            assert failing
            assert had is not None
            assert had.tier == was
            assert given_on[own.code] == had.on
            assert effective - had.on >= timedelta(days=60)
        if change > 0:
            assert reaches(next(rung for rung in LADDER if rung.code == held), known)
        if warning is not None:
            assert failing
            assert warning.tier == held
        if own is not None and not failing:
            assert warning is None
        if found.notice is Notice.GIVEN:
            given_on[str(held)] = on
        last_effective = effective
        as_of = first_of_next_month(first_of_next_month(as_of)) - timedelta(days=1)
