"""Which rule applies, for which role and customer month (commission rules, section 3).

The customer pays 310.00 in January: 1 % of the month is 3.10.
"""

from __future__ import annotations

import pytest

from tests.commissions.contract.program import customer, partner, pays, plan, post, program

pytestmark = pytest.mark.django_db


def test_a_credit_is_paid_by_rules_that_name_its_role_or_none() -> None:
    facts = program(
        customer("s", "a 100", "b 100 influenced", "c 100 services"),
        rules=(pays("recurring", "10", role="sourced"), pays("recurring", "1", role="services")),
    )
    assert post(facts, "2026-01") == ["2026-01 a s recurring 31.00 EUR", "2026-01 c s recurring 3.10 EUR"]
    general = program(*facts.subscriptions, rules=(*facts.rules, pays("recurring", "5")))
    assert post(general, "2026-01") == ["2026-01 b s recurring 15.50 EUR"]


def test_a_partner_with_two_roles_is_paid_for_both_in_one_key() -> None:
    facts = program(
        customer("s", "a 60", "a 40 services"),
        rules=(
            pays("recurring", "10", role="sourced"),
            pays("recurring", "5", role="services"),
            pays("upfront", "100"),
            pays("spiff", "50", currency="EUR"),
            pays("accelerator", "10", currency="EUR"),
        ),
    )
    assert post(facts, "2026-01") == [
        "2026-01 a - accelerator 18.60 EUR",  # the sourced 60 % of 310.00 only
        "2026-01 a s recurring 24.80 EUR",  # 18.60 + 6.20
        "2026-01 a s spiff 50.00 EUR",  # 30.00 + 20.00
        "2026-01 a s upfront 310.00 EUR",  # 186.00 + 124.00
    ]


def test_each_role_finds_a_rule_of_its_own() -> None:
    facts = program(
        customer("s", "a 60", "a 40 services"),
        rules=(pays("recurring", "10"), pays("recurring", "0", role="services")),
    )
    # The rule for services is more specific there, and pays nothing.
    assert post(facts, "2026-01") == ["2026-01 a s recurring 18.60 EUR"]


def test_customer_months_are_calendar_months_and_the_first_is_1() -> None:
    facts = program(
        customer(starts="2026-01-31"),
        rules=(
            pays("recurring", "10", age_until=2),
            pays("recurring", "20", age_from=2, age_until=3),
            pays("recurring", "30", age_from=4),
        ),
    )
    # January: one day of 31. March is the third month: no rule covers it.
    assert post(facts, "2026-05") == [
        "2026-01 a s recurring 1.00 EUR",
        "2026-02 a s recurring 62.00 EUR",
        "2026-04 a s recurring 93.00 EUR",
        "2026-05 a s recurring 93.00 EUR",
    ]


def test_the_thirteenth_month_is_the_one_of_the_anniversary() -> None:
    facts = program(
        customer(starts="2025-01-15"),
        rules=(pays("recurring", "20", age_until=13), pays("recurring", "10", age_from=13)),
        first_period="2025-12",
    )
    assert post(facts, "2026-01") == ["2025-12 a s recurring 62.00 EUR", "2026-01 a s recurring 31.00 EUR"]


ORDER = [
    # Each pair: the first wins, whatever the second has that comes later in the order.
    ({"product": "p"}, {"family": "f", "tier": "gold", "role": "sourced", "currency": "EUR"}),
    ({"family": "f"}, {"tier": "gold", "role": "sourced", "currency": "EUR"}),
    ({"tier": "gold"}, {"role": "sourced", "currency": "EUR"}),
    ({"role": "sourced"}, {"currency": "EUR"}),
    ({"currency": "EUR"}, {}),
    ({"product": "p", "tier": "gold"}, {"product": "p", "role": "sourced", "currency": "EUR"}),
    ({"family": "f", "role": "sourced"}, {"family": "f", "currency": "EUR"}),
]


@pytest.mark.parametrize(("winner", "loser"), ORDER)
@pytest.mark.parametrize("kind", ["recurring", "upfront", "override"])
def test_the_most_specific_rule_wins_in_the_order_of_the_contract(
    winner: dict[str, str], loser: dict[str, str], kind: str
) -> None:
    facts = program(
        customer(),
        rules=(pays(kind, "1", **loser), pays(kind, "2", **winner)),
        partners=[partner("a", tiers="gold", parents="top"), partner("top", tiers="gold")],
    )
    payee = "top" if kind == "override" else "a"
    assert post(facts, "2026-01") == [f"2026-01 {payee} s {kind} 6.20 EUR"]


@pytest.mark.parametrize(
    "fields", [{"product": "q"}, {"family": "g"}, {"tier": "gold"}, {"role": "services"}, {"currency": "USD"}]
)
def test_a_rule_that_names_something_else_does_not_match(fields: dict[str, str]) -> None:
    facts = program(customer(), rules=(pays("recurring", "1"), pays("recurring", "50", **fields)))
    assert post(facts, "2026-01") == ["2026-01 a s recurring 3.10 EUR"]


def test_the_choice_is_made_by_fields_first_and_ages_only_decide_whether_a_rule_is_there() -> None:
    facts = program(
        customer(),
        rules=(pays("recurring", "1"), pays("recurring", "2", tier="gold", age_from=2)),
        partners=[partner("a", tiers="gold")],
    )
    assert post(facts, "2026-02") == ["2026-01 a s recurring 3.10 EUR", "2026-02 a s recurring 6.20 EUR"]


def test_a_rule_of_another_plan_or_kind_is_none() -> None:
    facts = program(
        customer(),
        rules=(pays("recurring", "50", plan="other"), pays("renewal", "50")),
        plans=[plan("other")],
    )
    assert post(facts, "2026-01") == []


def test_rule_tier_and_plan_that_begin_in_mid_month_take_effect_with_the_next() -> None:
    facts = program(
        customer("s", "a 25", "b 25", "c 25"),
        rules=(
            pays("recurring", "10", tier="silver"),
            pays("recurring", "20", tier="gold"),
            pays("recurring", "30", plan="other"),
            pays("recurring", "40", role="sourced", days="2026-02-02.."),
        ),
        partners=[
            partner("a", tiers="silver:..2026-01-02 gold:2026-01-02.."),
            partner("b", tiers="silver", plans="other:2026-01-31.."),
            partner("c"),
        ],
        plans=[plan("other")],
    )
    # January: a and b as silver; for c there is no rule until the one of 2 February counts in March.
    assert post(facts, "2026-03") == [
        "2026-01 a s recurring 7.75 EUR",
        "2026-01 b s recurring 7.75 EUR",
        "2026-02 a s recurring 15.50 EUR",
        "2026-02 b s recurring 23.25 EUR",
        "2026-03 a s recurring 15.50 EUR",
        "2026-03 b s recurring 23.25 EUR",
        "2026-03 c s recurring 31.00 EUR",
    ]


def test_a_tier_held_on_the_first_day_counts_for_the_whole_month() -> None:
    facts = program(
        customer(),
        rules=(pays("recurring", "10"), pays("recurring", "20", tier="gold")),
        partners=[partner("a", tiers="gold:2026-02-01..2026-02-02")],
    )
    assert post(facts, "2026-03") == [
        "2026-01 a s recurring 31.00 EUR",
        "2026-02 a s recurring 62.00 EUR",
        "2026-03 a s recurring 31.00 EUR",
    ]


def test_in_the_month_of_the_start_the_reference_day_is_the_start() -> None:
    facts = program(
        customer(starts="2026-01-17"),
        rules=(
            pays("recurring", "10", days="..2026-01-17"),
            pays("recurring", "20", days="2026-01-17.."),
            pays("upfront", "50", tier="gold"),
            pays("spiff", "70", plan="other", currency="EUR"),
        ),
        partners=[partner("a", tiers="gold:2026-01-02..2026-01-18", plans="other:2026-01-18..")],
        plans=[plan("other")],
    )
    # 20 % of 15 days; half of 310.00; no bonus: the other plan begins a day too late.
    assert post(facts, "2026-01") == ["2026-01 a s recurring 30.00 EUR", "2026-01 a s upfront 155.00 EUR"]
