"""The accelerator (commission rules, section 3): a bonus per partner and currency on what started in the month."""

from __future__ import annotations

import pytest

from tests.commissions.contract.program import customer, partner, pays, plan, post, program

pytestmark = pytest.mark.django_db

BRACKETS = (
    pays("accelerator", "1", currency="EUR"),
    pays("accelerator", "5", currency="EUR", threshold="400"),
    pays("accelerator", "10", currency="EUR", threshold="1000"),
)


@pytest.mark.parametrize(
    ("new_mrr", "amount"),
    [
        ("399.99", "4.00"),  # 1 % of 399.99 = 3.9999
        ("400", "4.00"),
        ("401", "4.05"),  # 4.00 + 5 % of 1
        ("1000", "34.00"),  # 4.00 + 5 % of 600
        ("1500", "84.00"),  # 34.00 + 10 % of 500
    ],
)
def test_a_rate_is_paid_only_on_the_part_above_its_threshold(new_mrr: str, amount: str) -> None:
    facts = program(customer(mrr=new_mrr), rules=BRACKETS)
    assert post(facts, "2026-01") == [f"2026-01 a - accelerator {amount} EUR"]


def test_below_the_lowest_threshold_nothing_is_paid() -> None:
    facts = program(customer(mrr="400"), rules=BRACKETS[1:])
    assert post(facts, "2026-01") == []
    assert post(program(customer(mrr="500"), rules=BRACKETS[1:]), "2026-01") == ["2026-01 a - accelerator 5.00 EUR"]


def test_an_empty_threshold_is_0() -> None:
    named = (pays("accelerator", "1", currency="EUR", threshold="0"), *BRACKETS[1:])
    assert post(program(customer(mrr="500"), rules=BRACKETS), "2026-01") == ["2026-01 a - accelerator 9.00 EUR"]
    assert post(program(customer(mrr="500"), rules=named), "2026-01") == []


def test_new_mrr_is_the_sourced_share_of_the_first_days_of_the_month_per_currency() -> None:
    facts = program(
        customer("s", "a 50", "a 100 services", mrr={"2026-01-01": "300", "2026-01-02": "9000"}),
        customer("t", "a 100", "b 0", starts="2026-01-31", mrr="400"),
        customer("u", "a 100", mrr="100", currency="USD"),
        customer("v", "a 100", starts="2025-12-31", mrr="5000"),
        rules=(*BRACKETS, pays("accelerator", "2", currency="USD")),
        first_period="2026-01",
    )
    # EUR: 50 % × 300 + 400 = 550: 4.00 + 5 % of 150. USD: 2 % of 100.
    assert post(facts, "2026-01") == ["2026-01 a - accelerator 11.50 EUR", "2026-01 a - accelerator 2.00 USD"]


def test_a_currency_without_a_rule_earns_none() -> None:
    facts = program(customer(currency="USD"), rules=BRACKETS)
    assert post(facts, "2026-01") == []


def test_rules_of_the_partners_tier_form_the_brackets_alone() -> None:
    gold = pays("accelerator", "20", currency="EUR", tier="gold", threshold="500")
    facts = program(
        customer("s", "a 50", "b 50", mrr="2000"),
        rules=(*BRACKETS, gold),
        partners=[partner("a", tiers="gold"), partner("b", tiers="silver")],
    )
    # a: 20 % of the 500 above 500, nothing below; b: the general brackets.
    assert post(facts, "2026-01") == ["2026-01 a - accelerator 100.00 EUR", "2026-01 b - accelerator 34.00 EUR"]


def test_tier_plan_and_rules_are_those_of_the_months_first_day_not_of_the_start() -> None:
    facts = program(
        customer("s", "a 20", "b 20", "c 20", "d 20", starts="2026-01-20", mrr="1000"),
        rules=(
            pays("accelerator", "1", currency="EUR"),
            pays("accelerator", "2", currency="EUR", tier="gold"),
            pays("accelerator", "3", currency="EUR", plan="other"),
            pays("accelerator", "50", currency="EUR", tier="late", days="2026-01-02.."),
        ),
        partners=[
            partner("a", tiers="gold:2026-01-02.."),
            partner("b", tiers="gold:..2026-01-02"),
            partner("c", plans="other:2026-01-01..2026-01-02"),
            partner("d", tiers="late"),
        ],
        plans=[plan("other")],
    )
    assert post(facts, "2026-01") == [
        "2026-01 a - accelerator 2.00 EUR",
        "2026-01 b - accelerator 4.00 EUR",
        "2026-01 c - accelerator 6.00 EUR",
        "2026-01 d - accelerator 2.00 EUR",
    ]


def test_basis_clawback_and_cap_do_not_apply() -> None:
    facts = program(
        customer(mrr={"2026-01-01": "1000", "2026-01-02": "0"}, collected={"2026-01": ("100", "0")}),
        rules=BRACKETS,
        plans=[plan(basis="collected", clawback="full", clawback_days=90, cap="1")],
    )
    assert post(facts, "2026-01") == ["2026-01 a - accelerator 34.00 EUR"]


def test_a_cap_is_not_used_up_by_it_either() -> None:
    facts = program(customer(mrr="1000"), rules=(*BRACKETS, pays("upfront", "100")), plans=[plan(cap="50")])
    assert post(facts, "2026-01") == ["2026-01 a - accelerator 34.00 EUR", "2026-01 a s upfront 50.00 EUR"]


def test_it_is_rounded_once_for_all_brackets() -> None:
    # 1 % of 400.40 = 4.004 and 1.5 % of 0.30 = 0.0045: 4.0085, where bracket by bracket it would be 4.00 + 0.00.
    rules = (
        pays("accelerator", "1", currency="EUR"),
        pays("accelerator", "1.5", currency="EUR", threshold="400.4"),
    )
    assert post(program(customer(mrr="400.7"), rules=rules), "2026-01") == ["2026-01 a - accelerator 4.01 EUR"]


def test_a_share_that_is_corrected_moves_the_bonus_between_partners() -> None:
    assert post(program(customer(mrr="1000"), rules=BRACKETS), "2026-01") == ["2026-01 a - accelerator 34.00 EUR"]
    corrected = program(customer("s", "b 100", mrr="1000"), rules=BRACKETS, partners=[partner("a")])
    assert post(corrected, "2026-01") == ["2026-01 a - accelerator -34.00 EUR", "2026-01 b - accelerator 34.00 EUR"]
