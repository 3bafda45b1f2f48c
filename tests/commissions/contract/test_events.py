"""Upfront, SPIFF, expansion and renewal (commission rules, section 3): what looks at one day."""

from __future__ import annotations

import pytest

from tests.commissions.contract.program import customer, partner, pays, plan, post, program

pytestmark = pytest.mark.django_db

EXPANSION = (pays("expansion", "50"),)


def test_upfront_100_is_one_months_mrr_of_the_first_day_whatever_follows() -> None:
    facts = program(
        customer(starts="2026-01-31", mrr={"2026-01-31": "310", "2026-02-01": "900"}),
        rules=(pays("upfront", "100"),),
    )
    assert post(facts, "2026-02") == ["2026-01 a s upfront 310.00 EUR"]


def test_upfront_goes_to_who_is_credited_on_the_first_day() -> None:
    facts = program(
        customer("s", "a 60 ..2026-01-11", "b 30 2026-01-10..", "c 100 services 2026-01-11..", starts="2026-01-10"),
        rules=(pays("upfront", "100"), pays("spiff", "50", currency="EUR"), pays("accelerator", "1", currency="EUR")),
    )
    assert post(facts, "2026-01") == [
        "2026-01 a - accelerator 1.86 EUR",
        "2026-01 a s spiff 30.00 EUR",
        "2026-01 a s upfront 186.00 EUR",
        "2026-01 b - accelerator 0.93 EUR",
        "2026-01 b s spiff 15.00 EUR",
        "2026-01 b s upfront 93.00 EUR",
    ]


def test_a_spiff_is_for_subscriptions_in_its_currency() -> None:
    facts = program(
        customer("eur"),
        customer("usd", currency="USD"),
        customer("jpy", currency="JPY"),
        rules=(pays("spiff", "50", currency="EUR"), pays("spiff", "60.5", currency="JPY")),
    )
    assert post(facts, "2026-01") == ["2026-01 a eur spiff 50.00 EUR", "2026-01 a jpy spiff 61 JPY"]


@pytest.mark.parametrize(("mrr", "earned"), [("0.01", True), ("0", False)])
def test_a_spiff_without_a_minimum_needs_mrr_above_0(mrr: str, earned: bool) -> None:
    late = customer(mrr={"2026-01-01": mrr, "2026-01-02": "500"})
    facts = program(late, rules=(pays("spiff", "50", currency="EUR"),))
    assert post(facts, "2026-01") == (["2026-01 a s spiff 50.00 EUR"] if earned else [])


def test_a_spiffs_minimum_looks_at_the_whole_mrr_of_the_first_day_not_at_a_share_of_it() -> None:
    facts = program(
        customer("s", "a 10", mrr={"2026-01-01": "100", "2026-01-02": "1"}),
        customer("t", "a 10", mrr={"2026-01-01": "99.99", "2026-01-02": "500"}),
        rules=(pays("spiff", "50", currency="EUR", minimum_mrr="100"),),
    )
    assert post(facts, "2026-01") == ["2026-01 a s spiff 5.00 EUR"]


def test_below_the_minimum_of_the_chosen_spiff_no_other_takes_its_place() -> None:
    facts = program(
        customer("small", mrr="99"),
        customer("large", mrr="100"),
        rules=(
            pays("spiff", "50", currency="EUR"),
            pays("spiff", "90", currency="EUR", family="f", minimum_mrr="100"),
        ),
    )
    assert post(facts, "2026-01") == ["2026-01 a large spiff 90.00 EUR"]


def test_expansion_is_rate_times_the_steps_at_the_share_of_each_day() -> None:
    rising = {"2026-01-01": "100", "2026-01-10": "160", "2026-01-20": "200", "2026-02-01": "260"}
    facts = program(customer("s", "a 60 ..2026-01-20", "a 30 2026-01-20..", mrr=rising), rules=EXPANSION)
    assert post(facts, "2026-02") == [
        "2026-01 a s expansion 24.00 EUR",  # 50 % × (60 × 60 % + 40 × 30 %)
        "2026-02 a s expansion 9.00 EUR",  # 50 % × 60 × 30 %
    ]


def test_a_step_to_0_and_one_from_0_do_not_count_even_within_a_month() -> None:
    levels = {"2026-01-01": "100", "2026-01-10": "0", "2026-01-20": "500", "2026-01-25": "510"}
    assert post(program(customer(mrr=levels), rules=EXPANSION), "2026-01") == ["2026-01 a s expansion 5.00 EUR"]


def test_a_step_down_counts_against_the_steps_up_of_its_month_only() -> None:
    levels = {
        "2026-01-01": "100",
        "2026-01-10": "160",
        "2026-01-20": "120",  # January: 60 − 40
        "2026-02-10": "100",  # February: −20, never less than nothing
        "2026-03-10": "120",  # March: 20, whatever February lost
    }
    assert post(program(customer(mrr=levels), rules=EXPANSION), "2026-03") == [
        "2026-01 a s expansion 10.00 EUR",
        "2026-03 a s expansion 10.00 EUR",
    ]


def test_expansion_never_falls_below_nothing_per_role_and_the_roles_then_add_up() -> None:
    levels = {"2026-01-01": "100", "2026-01-10": "160", "2026-01-20": "120"}
    facts = program(
        customer("s", "a 100 ..2026-01-15", "a 50 services 2026-01-15..", mrr=levels),
        rules=EXPANSION,
    )
    # Sourced +60; services −40 × 50 % = −20, which is nothing: 50 % of 60, not of 40.
    assert post(facts, "2026-01") == ["2026-01 a s expansion 30.00 EUR"]


def test_a_step_on_the_day_of_a_handover_belongs_to_the_new_partner() -> None:
    facts = program(
        customer("s", "a 100 ..2026-01-10", "b 100 2026-01-10..", mrr={"2026-01-01": "100", "2026-01-10": "160"}),
        rules=EXPANSION,
    )
    assert post(facts, "2026-01") == ["2026-01 b s expansion 30.00 EUR"]


def test_renewal_is_earned_in_the_month_of_each_anniversary_at_the_level_of_that_day() -> None:
    facts = program(
        customer(starts="2024-01-31", mrr={"2024-01-31": "100", "2025-01-31": "120", "2026-01-30": "140"}),
        rules=(pays("renewal", "50"),),
    )
    assert post(facts, "2026-01") == ["2025-01 a s renewal 60.00 EUR", "2026-01 a s renewal 70.00 EUR"]


def test_29_february_falls_on_the_28th_in_other_years_and_on_the_29th_in_leap_years() -> None:
    levels = {"2024-02-29": "100", "2025-02-28": "200", "2025-03-01": "300", "2028-02-29": "400"}
    facts = program(customer(starts="2024-02-29", mrr=levels), rules=(pays("renewal", "50"),))
    assert post(facts, "2028-02") == [
        "2025-02 a s renewal 100.00 EUR",
        "2026-02 a s renewal 150.00 EUR",
        "2027-02 a s renewal 150.00 EUR",
        "2028-02 a s renewal 200.00 EUR",
    ]


def test_a_renewal_needs_mrr_on_the_day_and_a_credit_on_the_day() -> None:
    gone = {"2024-03-10": "100", "2025-03-10": "0", "2025-03-11": "100"}
    facts = program(
        customer("s", "a 100 ..2026-03-10", "b 100 2026-03-10..2026-03-11", starts="2024-03-10", mrr=gone),
        rules=(pays("renewal", "50"),),
    )
    # On the anniversary of 2025 the level is 0; in 2026 only b is credited on the day.
    assert post(facts, "2026-03") == ["2026-03 b s renewal 50.00 EUR"]


def test_a_renewals_month_is_the_13th_the_25th_and_so_on() -> None:
    facts = program(
        customer(starts="2024-03-10"),
        rules=(pays("renewal", "10", age_until=14), pays("renewal", "20", age_from=25, age_until=26)),
    )
    assert post(facts, "2026-03") == ["2025-03 a s renewal 31.00 EUR", "2026-03 a s renewal 62.00 EUR"]


def test_an_override_is_matched_as_sourced_by_the_parents_plan_and_tier() -> None:
    facts = program(
        customer(),
        rules=(
            pays("override", "1"),
            pays("override", "50", tier="gold"),
            pays("override", "2", plan="parents"),
            pays("override", "4", plan="parents", role="sourced"),
            pays("override", "8", plan="parents", role="services"),
            pays("override", "5", plan="parents", tier="platinum"),
        ),
        partners=[
            partner("a", tiers="gold", parents="top"),
            partner("top", tiers="platinum:2026-02-01..", plans="parents"),
        ],
        plans=[plan("parents")],
    )
    assert post(facts, "2026-02") == ["2026-01 top s override 12.40 EUR", "2026-02 top s override 15.50 EUR"]


def test_an_override_counts_the_days_on_which_the_partner_was_its_parent() -> None:
    facts = program(
        customer(),
        rules=(pays("override", "10"),),
        partners=[partner("a", parents="one:..2026-01-11 two:2026-01-16..")],
    )
    # 10 days and 16 days at 10.00 each; five days without a parent.
    assert post(facts, "2026-01") == ["2026-01 one s override 10.00 EUR", "2026-01 two s override 16.00 EUR"]


def test_an_override_is_on_what_is_credited_of_all_sub_partners_and_their_changing_shares() -> None:
    facts = program(
        customer("s", "a 60 ..2026-01-16", "a 30 2026-01-16..", "b 40", "c 50 influenced"),
        rules=(pays("override", "10"),),
        partners=[partner(code, parents="top") for code in "abc"],
    )
    # Sourced: a 60 % of 150.00 and 30 % of 160.00, b 40 % of 310.00: 90 + 48 + 124 = 262.00.
    assert post(facts, "2026-01") == ["2026-01 top s override 26.20 EUR"]


def test_an_override_follows_the_parents_basis_not_the_partners() -> None:
    half_paid = {"2026-01": ("310", "155")}
    rules = (
        pays("recurring", "20"),
        pays("recurring", "20", plan="paid"),
        pays("override", "10"),
        pays("override", "10", plan="paid"),
    )
    plans = [plan("paid", basis="collected")]
    parent_paid = program(
        customer("s", collected=half_paid),
        rules=rules,
        plans=plans,
        partners=[partner("a", parents="top"), partner("top", plans="paid")],
    )
    assert post(parent_paid, "2026-01") == ["2026-01 a s recurring 62.00 EUR", "2026-01 top s override 15.50 EUR"]
    partner_paid = program(
        customer("s", collected=half_paid),
        rules=rules,
        plans=plans,
        partners=[partner("a", plans="paid", parents="top"), partner("top")],
    )
    assert post(partner_paid, "2026-01") == ["2026-01 a s recurring -31.00 EUR", "2026-01 top s override 15.50 EUR"]


def test_a_parent_that_is_credited_itself_is_paid_for_both() -> None:
    facts = program(
        customer("s", "a 50", "top 50"),
        rules=(pays("recurring", "20"), pays("override", "10")),
        partners=[partner("a", parents="top"), partner("top", parents="above")],
    )
    assert post(facts, "2026-01") == [
        "2026-01 a s recurring 31.00 EUR",
        "2026-01 above s override 15.50 EUR",  # for top's own half; never for a's, two levels below
        "2026-01 top s override 15.50 EUR",
        "2026-01 top s recurring 31.00 EUR",
    ]
