"""The terms of a plan (commission rules, section 3): basis, clawback and cap.

The customer pays 310.00 in January: 20 % is 62.00 a month.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from commissions.models import Plan as PlanRow
from tests.commissions.contract.program import close, customer, lines, partner, pays, plan, post, program

pytestmark = pytest.mark.django_db

RECURRING = (pays("recurring", "20"),)
UPFRONT_AND_SPIFF = (pays("upfront", "100"), pays("spiff", "100", currency="EUR"))

# Collected ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recorded", "amount"),
    [
        (None, None),  # nothing recorded yet
        (("310", "0"), None),
        (("310", "155"), "31.00"),
        (("310", "310"), "62.00"),
        (("310", "400"), "62.00"),  # never more than all
        (("310", "-50"), None),  # never less than nothing
        (("0", "100"), None),  # nothing billed
        (("-310", "-155"), None),  # a credit note
        (("3", "1"), "20.67"),
    ],
)
def test_collected_is_paid_over_billed_between_0_and_1(recorded: tuple[str, str] | None, amount: str | None) -> None:
    collected = {"2026-01": recorded} if recorded else {}
    facts = program(customer(collected=collected), rules=RECURRING, plans=[plan(basis="collected")])
    assert post(facts, "2026-01") == ([f"2026-01 a s recurring {amount} EUR"] if amount else [])


def test_what_is_collected_grows_by_true_up_as_the_customer_pays_and_shrinks_by_a_refund() -> None:
    def paid(amount: str) -> list[str]:
        facts = program(
            customer(collected={"2026-01": ("310", amount)}), rules=RECURRING, plans=[plan(basis="collected")]
        )
        return post(facts, "2026-02")

    assert paid("0") == []
    assert paid("31") == ["2026-01 a s recurring 6.20 EUR"]
    assert paid("310") == ["2026-01 a s recurring 55.80 EUR"]
    assert paid("155") == ["2026-01 a s recurring -31.00 EUR"]


def test_every_kind_but_spiff_and_accelerator_follows_the_payments_of_its_own_month() -> None:
    facts = program(
        customer(
            starts="2025-01-01",
            mrr={"2025-01-01": "300", "2025-02-15": "310"},
            collected={"2025-01": ("300", "150"), "2025-02": ("310", "31"), "2026-01": ("310", "62")},
        ),
        rules=(
            pays("recurring", "20", age_from=13),
            pays("upfront", "100"),
            pays("spiff", "50", currency="EUR"),
            pays("expansion", "100"),
            pays("renewal", "100"),
            pays("override", "10", age_from=13),
            pays("accelerator", "1", currency="EUR"),
        ),
        partners=[partner("a", parents="top")],
        plans=[plan(basis="collected")],
    )
    assert post(facts, "2026-01") == [
        "2025-01 a - accelerator 3.00 EUR",  # all of 1 % × 300
        "2025-01 a s spiff 50.00 EUR",  # all of it
        "2025-01 a s upfront 150.00 EUR",  # half
        "2025-02 a s expansion 1.00 EUR",  # a tenth of the step of 10
        "2026-01 a s recurring 12.40 EUR",  # a fifth of 62.00
        "2026-01 a s renewal 62.00 EUR",  # a fifth of 310
        "2026-01 top s override 6.20 EUR",  # a fifth of 31.00
    ]


# Clawback -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clawback", "ends", "kept"),
    [
        # Started on 1 January: 30 January is day 30 of its life, 29 days lived; N is 30.
        ("full", "2026-01-30", None),
        ("full", "2026-01-31", "310.00"),
        ("prorated", "2026-01-30", "299.67"),  # 29/30
        ("prorated", "2026-01-31", "310.00"),
        ("prorated", "2026-01-02", "10.33"),  # 1/30
        ("none", "2026-01-02", "310.00"),
    ],
)
def test_upfront_is_taken_back_when_the_customer_lived_fewer_than_n_days(
    clawback: str, ends: str, kept: str | None
) -> None:
    facts = program(
        customer(mrr={"2026-01-01": "310", ends: "0"}),
        rules=(pays("upfront", "100"),),
        plans=[plan(clawback=clawback, clawback_days=30)],
    )
    assert post(facts, "2026-01") == ([f"2026-01 a s upfront {kept} EUR"] if kept else [])


@pytest.mark.parametrize(
    ("clawback", "posted"),
    [
        ("full", ["2026-01 a s spiff -100.00 EUR", "2026-01 a s upfront -310.00 EUR"]),
        # 45 of 90 days are kept.
        ("prorated", ["2026-01 a s spiff -50.00 EUR", "2026-01 a s upfront -155.00 EUR"]),
    ],
)
def test_an_end_takes_back_upfront_and_spiff_and_pays_recurring_for_the_days_lived(
    clawback: str, posted: list[str]
) -> None:
    rules = (*RECURRING, *UPFRONT_AND_SPIFF, pays("expansion", "50"), pays("accelerator", "1", currency="EUR"))
    plans = [plan(clawback=clawback, clawback_days=90)]
    assert post(program(customer(), rules=rules, plans=plans), "2026-01") == [
        "2026-01 a - accelerator 3.10 EUR",
        "2026-01 a s recurring 62.00 EUR",
        "2026-01 a s spiff 100.00 EUR",
        "2026-01 a s upfront 310.00 EUR",
    ]
    ended = customer(mrr={"2026-01-01": "310", "2026-02-15": "0"})
    # February: 14 of 28 days.
    assert post(program(ended, rules=rules, plans=plans), "2026-02") == [*posted, "2026-02 a s recurring 31.00 EUR"]


def test_coming_back_later_does_not_undo_it() -> None:
    levels = {"2026-01-01": "310", "2026-01-16": "0", "2026-01-17": "310"}
    facts = program(
        customer(mrr=levels),
        rules=(*RECURRING, *UPFRONT_AND_SPIFF),
        plans=[plan(clawback="full", clawback_days=90)],
    )
    # 30 of 31 days are paid; upfront and bonus are gone.
    assert post(facts, "2026-01") == ["2026-01 a s recurring 60.00 EUR"]


def test_the_first_end_decides_and_a_later_one_changes_nothing() -> None:
    levels = {"2026-01-01": "310", "2026-01-31": "0", "2026-02-05": "310", "2026-02-10": "0"}
    facts = program(
        customer(mrr=levels), rules=(pays("upfront", "100"),), plans=[plan(clawback="prorated", clawback_days=60)]
    )
    assert post(facts, "2026-02") == ["2026-01 a s upfront 155.00 EUR"]  # 30 of 60 days


def test_an_end_before_the_start_is_none() -> None:
    levels = {"2025-12-01": "310", "2025-12-15": "0", "2025-12-20": "310"}
    facts = program(
        customer(mrr=levels), rules=(pays("upfront", "100"),), plans=[plan(clawback="full", clawback_days=90)]
    )
    assert post(facts, "2026-01") == ["2026-01 a s upfront 310.00 EUR"]


def test_the_clawback_is_that_of_the_plan_of_the_first_day() -> None:
    facts = program(
        customer("s", starts="2026-01-10", mrr={"2026-01-10": "310", "2026-01-20": "0"}),
        rules=(pays("upfront", "100"), pays("upfront", "100", plan="strict")),
        partners=[partner("a", plans="strict:2026-01-11..")],
        plans=[plan("strict", clawback="full", clawback_days=90)],
    )
    assert post(facts, "2026-01") == ["2026-01 a s upfront 310.00 EUR"]


# Cap ------------------------------------------------------------------------------------------------------------------


def test_a_cap_is_used_up_in_order_of_month_and_within_it_of_kinds() -> None:
    """January earns recurring 67.00, upfront 31.00, SPIFF 10.00, expansion 25.00; the next January 72.00 and 36.00."""
    sold = customer(
        starts="2025-01-01",
        mrr={"2025-01-01": "310", "2025-01-17": "360", "2025-02-01": "0", "2026-01-01": "360"},
    )
    rules = (
        *RECURRING,
        pays("renewal", "10"),
        pays("expansion", "50"),
        pays("spiff", "10", currency="EUR"),
        pays("upfront", "10"),
    )

    def under(cap: str) -> list[str]:
        facts = program(sold, rules=rules, plans=[plan(cap=cap)])
        return [line.removeprefix("20").replace(" a s ", " ").removesuffix(" EUR") for line in post(facts, "2026-01")]

    # 20 % × (310 × 16 + 360 × 15)/31 = 66.838…
    assert under("30") == ["25-01 recurring 30.00"]
    assert under("80") == ["25-01 recurring 36.84", "25-01 upfront 13.16"]
    assert under("100") == ["25-01 spiff 2.16", "25-01 upfront 17.84"]
    assert under("120") == ["25-01 expansion 12.16", "25-01 spiff 7.84"]
    assert under("140") == ["25-01 expansion 12.84", "26-01 recurring 7.16"]
    assert under("220") == ["26-01 recurring 64.84", "26-01 renewal 15.16"]
    assert under("1000") == ["26-01 renewal 20.84"]


def test_each_partner_and_subscription_has_a_cap_of_its_own() -> None:
    facts = program(customer("s", "a 50", "b 50"), customer("t"), rules=RECURRING, plans=[plan(cap="30")])
    assert post(facts, "2026-02") == [
        "2026-01 a s recurring 30.00 EUR",
        "2026-01 a t recurring 30.00 EUR",
        "2026-01 b s recurring 30.00 EUR",
    ]


@pytest.mark.parametrize(
    ("cap", "currency", "amount"),
    [("30.005", "EUR", "30.01"), ("30.0049", "EUR", "30.00"), ("30.5", "JPY", "31"), ("30.0005", "KWD", "30.001")],
)
def test_the_cap_is_rounded_to_the_minor_unit_first(cap: str, currency: str, amount: str) -> None:
    facts = program(customer(currency=currency), rules=RECURRING, plans=[plan(cap=cap)])
    assert post(facts, "2026-02") == [f"2026-01 a s recurring {amount} {currency}"]


@pytest.mark.parametrize(
    ("cap_currency", "amounts"),
    [
        ("", ["2026-01 a eur recurring 30.00 EUR", "2026-01 a jpy recurring 30 JPY"]),
        ("EUR", ["2026-01 a eur recurring 30.00 EUR", "2026-01 a jpy recurring 62 JPY"]),
        ("USD", ["2026-01 a eur recurring 62.00 EUR", "2026-01 a jpy recurring 62 JPY"]),
    ],
)
def test_an_empty_cap_currency_means_the_subscriptions_own_and_another_caps_nothing(
    cap_currency: str, amounts: list[str]
) -> None:
    facts = program(
        customer("eur"),
        customer("jpy", currency="JPY"),
        rules=RECURRING,
        plans=[plan(cap="30", cap_currency=cap_currency)],
    )
    assert post(facts, "2026-01") == amounts


def test_a_cap_of_0_leaves_nothing() -> None:
    assert post(program(customer(), rules=RECURRING, plans=[plan(cap="0")]), "2026-01") == []


def test_overrides_and_accelerators_are_outside_the_cap() -> None:
    facts = program(
        customer(),
        rules=(*RECURRING, pays("override", "10"), pays("accelerator", "10", currency="EUR")),
        partners=[partner("a", parents="top")],
        plans=[plan(cap="20")],
    )
    assert post(facts, "2026-01") == [
        "2026-01 a - accelerator 31.00 EUR",
        "2026-01 a s recurring 20.00 EUR",
        "2026-01 top s override 31.00 EUR",
    ]


def test_an_override_does_not_use_up_what_the_parent_may_earn_on_a_credit_of_its_own() -> None:
    facts = program(
        customer("s", "a 50", "top 50"),
        rules=(*RECURRING, pays("override", "10")),
        partners=[partner("a", parents="top")],
        plans=[plan(cap="40")],
    )
    assert post(facts, "2026-02") == [
        "2026-01 a s recurring 31.00 EUR",
        "2026-01 top s override 15.50 EUR",
        "2026-01 top s recurring 31.00 EUR",
        "2026-02 a s recurring 9.00 EUR",
        "2026-02 top s override 15.50 EUR",
        "2026-02 top s recurring 9.00 EUR",
    ]


def test_moving_to_a_plan_with_a_lower_cap_takes_nothing_back_and_gives_nothing_more() -> None:
    facts = program(
        customer(),
        rules=(*RECURRING, pays("recurring", "20", plan="low")),
        partners=[partner("a", plans="low:2026-03-01..2026-05-01")],
        plans=[plan(cap="200"), plan("low", cap="100")],
    )
    # March and April: 124.00 are above 100 already. May is back under 200: 62.00, June the last 14.00.
    assert post(facts, "2026-06") == [
        "2026-01 a s recurring 62.00 EUR",
        "2026-02 a s recurring 62.00 EUR",
        "2026-05 a s recurring 62.00 EUR",
        "2026-06 a s recurring 14.00 EUR",
    ]


def test_months_without_a_cap_use_up_the_caps_of_later_months() -> None:
    facts = program(
        customer(),
        rules=(*RECURRING, pays("recurring", "20", plan="capped")),
        partners=[partner("a", plans="capped:2026-02-01..")],
        plans=[plan("capped", cap="100")],
    )
    assert post(facts, "2026-03") == ["2026-01 a s recurring 62.00 EUR", "2026-02 a s recurring 38.00 EUR"]


def test_editing_a_plans_own_cap_is_a_correction_and_is_trued_up_both_ways() -> None:
    assert post(program(customer(), rules=RECURRING, plans=[plan(cap="100")]), "2026-02") == [
        "2026-01 a s recurring 62.00 EUR",
        "2026-02 a s recurring 38.00 EUR",
    ]
    PlanRow.objects.update(cap_per_subscription=Decimal(50))
    assert lines(close("2026-02")) == ["2026-01 a s recurring -12.00 EUR", "2026-02 a s recurring -38.00 EUR"]
    PlanRow.objects.update(cap_per_subscription=Decimal(80))
    assert lines(close("2026-02")) == ["2026-01 a s recurring 12.00 EUR", "2026-02 a s recurring 18.00 EUR"]
    PlanRow.objects.update(cap_per_subscription=None)
    assert lines(close("2026-02")) == ["2026-02 a s recurring 44.00 EUR"]


def test_a_cap_in_another_currency_caps_nothing_in_the_months_of_its_plan_but_what_they_earn_is_used_up() -> None:
    facts = program(
        customer(),
        rules=(*RECURRING, pays("recurring", "20", plan="dollars")),
        partners=[partner("a", plans="dollars:2026-02-01..2026-04-01")],
        plans=[plan(cap="100"), plan("dollars", cap="1", cap_currency="USD")],
    )
    # January 62.00 under 100.00; February and March under no cap for euros; from April on nothing is left.
    assert post(facts, "2026-04") == [
        "2026-01 a s recurring 62.00 EUR",
        "2026-02 a s recurring 62.00 EUR",
        "2026-03 a s recurring 62.00 EUR",
    ]


def test_what_a_clawback_takes_back_leaves_room_under_the_cap_for_what_came_after() -> None:
    rules = (*RECURRING, pays("upfront", "100"))
    plans = [plan(cap="350", clawback="full", clawback_days=90)]
    assert post(program(customer(), rules=rules, plans=plans), "2026-02") == [
        "2026-01 a s recurring 62.00 EUR",
        "2026-01 a s upfront 288.00 EUR",
    ]
    ended = customer(mrr={"2026-01-01": "310", "2026-03-11": "0"})
    # 69 days lived: the upfront goes back; February's 62.00 have room now, March earns 10 of 31 days.
    assert post(program(ended, rules=rules, plans=plans), "2026-03") == [
        "2026-01 a s upfront -288.00 EUR",
        "2026-02 a s recurring 62.00 EUR",
        "2026-03 a s recurring 20.00 EUR",
    ]


def test_the_cap_follows_what_is_collected() -> None:
    facts = program(
        customer(collected={"2026-01": ("310", "155"), "2026-02": ("310", "310")}),
        rules=RECURRING,
        plans=[plan(cap="80", basis="collected")],
    )
    assert post(facts, "2026-02") == ["2026-01 a s recurring 31.00 EUR", "2026-02 a s recurring 49.00 EUR"]
    late = program(
        customer(collected={"2026-01": ("310", "310"), "2026-02": ("310", "310")}),
        rules=RECURRING,
        plans=[plan(cap="80", basis="collected")],
    )
    assert post(late, "2026-02") == ["2026-01 a s recurring 31.00 EUR", "2026-02 a s recurring -31.00 EUR"]
