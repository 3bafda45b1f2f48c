"""Statistics against published values: Newcombe (1998) for Wilson, Freireich et al. (1963) for Kaplan and Meier."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from prm.metrics.statistics import Followed, band_of, median, survival_of, wilson

# Weeks in remission of 42 leukaemia patients: with 6-MP (a negative number: censored), and with placebo.
TREATED = (6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35)
PLACEBO = (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)


def followed(*weeks: int) -> list[Followed]:
    return [Followed(abs(week), week > 0) for week in weeks]


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
        (20, 20, "0.8389", "1.0000"),
    ],
)
def test_wilsons_interval_is_newcombes(hits: int, of: int, low: str, high: str) -> None:
    places = Decimal("0.0001")
    assert tuple(end.quantize(places) for end in wilson(hits, of)) == (Decimal(low), Decimal(high))


def test_wilsons_ends_are_exact_at_none_and_all() -> None:
    assert wilson(0, 7)[0] == 0
    assert wilson(7, 7)[1] == 1


def test_kaplan_meier_of_the_treated() -> None:
    survival = survival_of(followed(*TREATED))
    assert [(step.day, step.at_risk, step.events) for step in survival.steps] == [
        (6, 21, 3),
        (7, 17, 1),
        (10, 15, 1),
        (13, 12, 1),
        (16, 11, 1),
        (22, 7, 1),
        (23, 6, 1),
    ]
    assert [round(float(step.survival), 4) for step in survival.steps] == [
        0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482,
    ]  # fmt: skip
    assert survival.median == 23
    assert survival.median_interval == (13, None)


def test_kaplan_meier_of_the_untreated() -> None:
    survival = survival_of(followed(*PLACEBO))
    assert survival.at(8) == Fraction(8, 21)
    assert survival.median == 8
    assert survival.median_interval == (4, 11)


def test_a_median_is_met_where_s_is_exactly_one_half() -> None:
    three_of_six = survival_of(followed(1, 2, 3, -4, -4, -4))
    assert three_of_six.at(3) == Fraction(1, 2)
    assert three_of_six.median == 3
    # (1 − 1/24)(1 − 1/23) … twelve times is 12/24; floating point gives more than a half.
    product = 1.0
    for left in range(24, 12, -1):
        product *= 1 - 1 / left
    assert product > 0.5
    assert survival_of(followed(*range(1, 13), *[-20] * 12)).median == 12


def test_who_is_censored_on_a_day_of_events_is_at_risk_on_it() -> None:
    assert survival_of(followed(10, -10)).at(10) == Fraction(1, 2)


def test_s_is_not_defined_past_the_longest_follow_up_unless_it_is_0() -> None:
    open_end = survival_of(followed(5, -90))
    assert [open_end.at(day) for day in (4, 90, 91)] == [1, Fraction(1, 2), None]
    assert survival_of(followed(5, 90)).at(365) == 0
    assert survival_of([]).at(1) is None


def test_there_is_no_band_where_s_is_0() -> None:
    """One event alone: S falls from 1 to 0, and neither end can be read off a band."""
    alone = survival_of(followed(5))
    assert (alone.median, alone.median_interval) == (5, (None, None))


def test_a_median_that_is_not_reached() -> None:
    survival = survival_of(followed(5, -6, -7, -8))
    assert (survival.median, survival.at(5), survival.events, survival.longest) == (None, Fraction(3, 4), 1, 8)


def test_the_plain_median() -> None:
    assert median([]) is None
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == Fraction(5, 2)


def test_the_band_of_the_treated_at_ten_weeks() -> None:
    """S(10) = 0.7529 with the log-log band 0.5032 to 0.8894, as R prints it for these data."""
    step = next(one for one in survival_of(followed(*TREATED)).steps if one.day == 10)
    band = band_of(step)
    assert band is not None
    assert [round(float(end), 4) for end in band] == [0.5032, 0.8894]
    assert band_of(survival_of(followed(5)).steps[0]) is None
