"""How two rules stand to each other, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from commissions.policy.ties import Overlap, Relation, Shape, relation_of

PLAIN = Shape(plan=1, kind="recurring")
JANUARY, MARCH, JUNE = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


def relation(one: Shape, **other: Any) -> Relation | None:
    found = relation_of(one, replace(PLAIN, **other))
    return found[0] if found else None


def test_the_same_fields_tie_for_the_days_and_months_they_share() -> None:
    one = replace(PLAIN, age_until=13, valid_from=JANUARY, valid_until=JUNE)
    other = replace(PLAIN, age_from=7, valid_from=MARCH)
    assert relation_of(one, other) == (Relation.TIE, Overlap(MARCH, JUNE, 7, 13))


@pytest.mark.parametrize(
    "other",
    [
        {"plan": 2},
        {"kind": "renewal"},
        {"age_from": 13},
        {"valid_from": JUNE},
        {"valid_from": MARCH, "valid_until": MARCH},
    ],
)
def test_what_cannot_meet_has_no_relation(other: dict[str, Any]) -> None:
    assert relation(replace(PLAIN, age_until=13, valid_until=JUNE), **other) is None


def test_an_end_is_exclusive() -> None:
    assert relation(replace(PLAIN, valid_until=MARCH), valid_from=date(2026, 2, 28)) is Relation.TIE
    assert relation(replace(PLAIN, age_until=13), age_from=12) is Relation.TIE


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ({"product": 5, "product_family": 9}, {"family": 9, "tier": 1, "role": "sourced", "currency": "EUR"}),
        ({"family": 9}, {"tier": 1, "role": "sourced", "currency": "EUR"}),
        ({"tier": 1}, {"role": "sourced", "currency": "EUR"}),
        ({"role": "sourced"}, {"currency": "EUR"}),
        ({"currency": "EUR"}, {}),
    ],
)
def test_the_more_specific_takes_over_in_the_order_of_the_rules(stronger: Any, weaker: Any) -> None:
    one, other = replace(PLAIN, **stronger), replace(PLAIN, **weaker)
    assert relation_of(one, other) == (Relation.TAKES_OVER, Overlap(None, None, 1, None))
    assert relation_of(other, one) == (Relation.GIVES_WAY, Overlap(None, None, 1, None))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"product": 5}, {"product": 6}),
        ({"product": 5, "product_family": 9}, {"family": 8}),
        ({"tier": 1}, {"tier": 2}),
        ({"role": "sourced"}, {"role": "services", "tier": 1}),
        ({"currency": "EUR"}, {"currency": "PLN", "tier": 1}),
    ],
)
def test_rules_for_different_cases_have_no_relation(one: Any, other: Any) -> None:
    assert relation(replace(PLAIN, **one), **other) is None


def test_an_empty_threshold_is_zero_and_other_brackets_stand_side_by_side() -> None:
    bracket = replace(PLAIN, kind="accelerator", currency="EUR")
    assert relation_of(bracket, replace(bracket, threshold=Decimal(0))) == (
        Relation.TIE,
        Overlap(None, None, 1, None),
    )
    assert relation_of(bracket, replace(bracket, threshold=Decimal(1000))) is None
