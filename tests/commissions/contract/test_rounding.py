"""Rounding (commission rules, section 3): once per key, half away from zero, to the minor unit, one division, last."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.commissions.contract.program import customer, pays, plan, post, program

pytestmark = pytest.mark.django_db

RECURRING = (pays("recurring", "20"),)


@pytest.mark.parametrize(
    ("currency", "mrr", "amount"),
    [
        # 20 % of 12.5 is half a yen, of 0.125 half a cent, of 0.0125 half a fils.
        ("JPY", "12.5", "3"),
        ("JPY", "12.49", "2"),
        ("EUR", "0.125", "0.03"),
        ("EUR", "0.1249", "0.02"),
        ("KWD", "0.0125", "0.003"),
        ("KWD", "0.01249", "0.002"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(currency: str, mrr: str, amount: str) -> None:
    facts = program(customer(mrr=mrr, currency=currency), rules=RECURRING)
    assert post(facts, "2026-01") == [f"2026-01 a s recurring {amount} {currency}"]


def test_what_rounds_to_nothing_is_no_entry() -> None:
    assert post(program(customer(mrr="0.02"), rules=RECURRING), "2026-01") == []


def test_roles_are_added_before_they_are_rounded() -> None:
    # Each role earns 20 % × 20 % × 0.10 = 0.004, together 0.008: one cent, where each alone would be none.
    facts = program(customer("s", "a 20", "a 20 services", mrr="0.1"), rules=RECURRING)
    assert post(facts, "2026-01") == ["2026-01 a s recurring 0.01 EUR"]


def test_partners_are_rounded_each_for_itself() -> None:
    # A third of 20.00 is 6.6666 for each; nobody gets the cent that is left over.
    facts = program(customer("s", "a 33.3333", "b 33.3333", "c 33.3333", mrr="100"), rules=RECURRING)
    assert post(facts, "2026-01") == [f"2026-01 {code} s recurring 6.67 EUR" for code in "abc"]


def test_stretches_of_a_month_are_divided_once_and_last() -> None:
    # 15 days at 40.025 and 16 at 59.40: (600.375 + 950.40) × 20 % ÷ 31 = 310.155 ÷ 31 = 10.005, half a cent exactly.
    # Stretch by stretch it would be 3.873387… + 6.131612… = 10.00499…
    facts = program(customer(mrr={"2026-01-01": "40.025", "2026-01-16": "59.4"}), rules=RECURRING)
    assert post(facts, "2026-01") == ["2026-01 a s recurring 10.01 EUR"]


def test_shares_of_a_month_are_divided_once_and_last() -> None:
    # 40.025 × 15 × 100 % + 59.40 × 16 × 100 %, the levels of the test above made by shares of one level of 100.00:
    # 15 days at 40.025 % and 16 at 59.4 %.
    facts = program(customer("s", "a 40.025 ..2026-01-16", "a 59.4 2026-01-16..", mrr="100"), rules=RECURRING)
    assert post(facts, "2026-01") == ["2026-01 a s recurring 10.01 EUR"]


def test_paid_over_billed_joins_the_one_division() -> None:
    # 20 % × 100.50 × 15/31 × 31/300 = 1.005; neither 15/31 nor 31/300 has an end.
    facts = program(
        customer(starts="2026-01-17", mrr="100.5", collected={"2026-01": ("300", "31")}),
        rules=RECURRING,
        plans=[plan(basis="collected")],
    )
    assert post(facts, "2026-01") == ["2026-01 a s recurring 1.01 EUR"]


def test_days_alive_over_n_join_the_one_division() -> None:
    # 100 % × 3.015 × 30/90 = 1.005.
    facts = program(
        customer(mrr={"2026-01-01": "3.015", "2026-01-31": "0"}),
        rules=(pays("upfront", "100"),),
        plans=[plan(clawback="prorated", clawback_days=90)],
    )
    assert post(facts, "2026-01") == ["2026-01 a s upfront 1.01 EUR"]


def test_days_alive_and_paid_over_billed_are_both_applied_before_the_division() -> None:
    # 100 % × 60.30 × 30/90 × 1/20 = 1.005.
    facts = program(
        customer(mrr={"2026-01-01": "60.3", "2026-01-31": "0"}, collected={"2026-01": ("20", "1")}),
        rules=(pays("upfront", "100"),),
        plans=[plan(clawback="prorated", clawback_days=90, basis="collected")],
    )
    assert post(facts, "2026-01") == ["2026-01 a s upfront 1.01 EUR"]


def test_a_reversal_is_the_exact_negative_in_every_currency() -> None:
    levels = (("JPY", "12.5", "3"), ("EUR", "0.125", "0.03"), ("KWD", "0.0125", "0.003"))
    sold = [customer(currency, mrr=mrr, currency=currency) for currency, mrr, _ in levels]
    assert post(program(*sold, rules=RECURRING), "2026-01") == [
        f"2026-01 a {currency} recurring {amount} {currency}" for currency, _, amount in sorted(levels)
    ]
    gone = [customer(currency, "a 0", mrr=mrr, currency=currency) for currency, mrr, _ in levels]
    assert post(program(*gone, rules=RECURRING), "2026-01") == [
        f"2026-01 a {currency} recurring -{amount} {currency}" for currency, _, amount in sorted(levels)
    ]


@pytest.mark.parametrize(
    ("numerator", "denominator", "minor", "rounded"),
    [
        ("1", "2", 0, "1"),
        ("-1", "2", 0, "-1"),
        ("1005", "1000", 2, "1.01"),
        ("-1005", "1000", 2, "-1.01"),
        ("310155", "31000", 2, "10.01"),
        ("999999999999999999999999999999999999", "2", 0, "500000000000000000000000000000000000"),
        ("1", "3", 3, "0.333"),
        ("2", "3", 3, "0.667"),
        ("0", "7", 2, "0"),
    ],
)
def test_the_databases_rounding_is_exact(numerator: str, denominator: str, minor: int, rounded: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT commissions_round(%s::numeric, %s::numeric, %s) = %s::numeric",
            [numerator, denominator, minor, rounded],
        )
        assert cursor.fetchone() == (True,)
