"""Facts (commission rules, section 2): which days, levels and rows count, each sentence by exact amounts.

The customer pays 310.00 in a month of 31 days, 10.00 a day; at 20 % the whole of a day earns 2.00.
"""

from __future__ import annotations

import pytest

from commissions.models import Plan as PlanRow
from deals.models import Credit, MrrChange, Subscription
from tests.api import integrator
from tests.commissions.contract.program import close, customer, day, lines, partner, pays, plan, post, program
from tests.factories.facts import install
from tests.folders import load

pytestmark = pytest.mark.django_db

RECURRING = (pays("recurring", "20"),)
MONTHLY_AND_UPFRONT = (*RECURRING, pays("upfront", "100"), pays("expansion", "50"))


def test_of_two_levels_received_for_one_day_the_last_wins() -> None:
    install(program(customer(), rules=RECURRING))
    billing = integrator()
    key = {"subscription": str(Subscription.objects.get().public_id), "effective_on": "2026-01-17"}
    assert [billing.post("mrr-changes", key | {"mrr": level}).status_code for level in ("999", "620")] == [201, 200]
    # 16 days at 10.00 and 15 at 20.00 are 460.00; 20 % of it.
    assert lines(close("2026-01")) == ["2026-01 a s recurring 92.00 EUR"]


def test_of_two_levels_loaded_for_one_day_the_last_wins() -> None:
    install(program(customer(), rules=RECURRING))
    for level in ("999", "620"):
        outcome = load({"mrr_changes.csv": f"subscription,effective_on,mrr\ns,2026-01-17,{level}\n"})
        assert [str(problem) for problem in outcome.problems] == []
    assert lines(close("2026-01")) == ["2026-01 a s recurring 92.00 EUR"]


def test_of_several_changes_before_the_start_the_last_sets_the_starting_level() -> None:
    late = customer(starts="2026-01-17", mrr={"2025-06-01": "9999", "2025-12-31": "310", "2026-02-01": "280"})
    assert post(program(late, rules=MONTHLY_AND_UPFRONT), "2026-02") == [
        "2026-01 a s recurring 30.00 EUR",  # 15 of 31 days
        "2026-01 a s upfront 310.00 EUR",
        "2026-02 a s recurring 56.00 EUR",
    ]


def test_a_change_on_the_first_day_is_the_starting_level_and_no_step_from_an_earlier_one() -> None:
    late = customer(starts="2026-01-17", mrr={"2025-12-31": "155", "2026-01-17": "310"})
    assert post(program(late, rules=MONTHLY_AND_UPFRONT), "2026-01") == [
        "2026-01 a s recurring 30.00 EUR",
        "2026-01 a s upfront 310.00 EUR",
    ]


def test_a_starting_level_of_0_earns_nothing_until_there_is_mrr() -> None:
    late = customer(starts="2026-01-10", mrr={"2025-12-01": "310", "2026-01-05": "0", "2026-01-17": "310"})
    # No upfront: the MRR on the first day is 0. No expansion: a step from 0 is a start.
    assert post(program(late, rules=MONTHLY_AND_UPFRONT), "2026-01") == ["2026-01 a s recurring 30.00 EUR"]


def test_without_a_level_nothing_is_earned() -> None:
    assert post(program(customer(mrr={}), rules=MONTHLY_AND_UPFRONT), "2026-01") == []


def test_a_known_rise_to_come_is_paid_from_its_day_on_and_not_before() -> None:
    rising = customer(mrr={"2026-01-01": "310", "2026-03-17": "620"})
    facts = program(rising, rules=RECURRING)
    assert post(facts, "2026-02") == ["2026-01 a s recurring 62.00 EUR", "2026-02 a s recurring 62.00 EUR"]
    # March: 16 days at 10.00, 15 at 20.00.
    assert post(facts, "2026-03") == ["2026-03 a s recurring 92.00 EUR"]


def test_a_subscription_to_come_earns_nothing_yet() -> None:
    facts = program(customer(starts="2026-02-15"), rules=MONTHLY_AND_UPFRONT)
    assert post(facts, "2026-01") == []
    # 14 of 28 days.
    assert post(facts, "2026-02") == ["2026-02 a s recurring 31.00 EUR", "2026-02 a s upfront 310.00 EUR"]


def test_a_credit_counts_from_its_first_day_until_before_its_last() -> None:
    # 2 to 4 January: three days.
    facts = program(customer("s", "a 100 2026-01-02..2026-01-05"), rules=RECURRING)
    assert post(facts, "2026-01") == ["2026-01 a s recurring 6.00 EUR"]


def test_empty_ends_mean_from_the_beginning_and_until_further_notice() -> None:
    facts = program(
        customer("s", "a 50 ..2026-01-11", "b 50 2026-01-11.."),
        rules=(pays("recurring", "20", days="..2026-02-01"), pays("recurring", "10", days="2026-02-01..")),
    )
    assert post(facts, "2026-02") == [
        "2026-01 a s recurring 10.00 EUR",  # 10 days
        "2026-01 b s recurring 21.00 EUR",  # 21 days
        "2026-02 b s recurring 15.50 EUR",  # 10 % of the half of 310.00
    ]


@pytest.mark.parametrize("void", [{"share": 0}, {"valid_until": day("2026-01-01")}])
def test_a_voided_credit_counts_as_no_row(void: dict[str, object]) -> None:
    install(program(customer("s", "a 40 2026-01-01..", "b 60 2026-01-01.."), rules=RECURRING))
    assert lines(close("2026-01")) == ["2026-01 a s recurring 24.80 EUR", "2026-01 b s recurring 37.20 EUR"]
    Credit.objects.filter(partner__code="a").update(**void)
    assert lines(close("2026-01")) == ["2026-01 a s recurring -24.80 EUR"]


def test_a_change_is_voided_by_the_level_before_it() -> None:
    install(program(customer(mrr={"2026-01-01": "310", "2026-01-17": "620"}), rules=MONTHLY_AND_UPFRONT))
    assert lines(close("2026-01")) == [
        "2026-01 a s expansion 155.00 EUR",
        "2026-01 a s recurring 92.00 EUR",
        "2026-01 a s upfront 310.00 EUR",
    ]
    MrrChange.objects.filter(effective_on="2026-01-17").update(mrr=310)
    assert lines(close("2026-01")) == ["2026-01 a s expansion -155.00 EUR", "2026-01 a s recurring -30.00 EUR"]


def test_an_end_is_voided_by_the_level_before_it_and_gives_back_what_was_taken() -> None:
    facts = program(
        customer(mrr={"2026-01-01": "310", "2026-01-17": "0"}),
        rules=MONTHLY_AND_UPFRONT,
        plans=[plan(clawback="full", clawback_days=90)],
    )
    assert post(facts, "2026-01") == ["2026-01 a s recurring 32.00 EUR"]  # 16 days
    MrrChange.objects.filter(effective_on="2026-01-17").update(mrr=310)
    assert lines(close("2026-01")) == ["2026-01 a s recurring 30.00 EUR", "2026-01 a s upfront 310.00 EUR"]


def test_voided_assignments_count_as_no_row() -> None:
    facts = program(
        customer(),
        rules=(pays("recurring", "20"), pays("recurring", "25", tier="gold"), pays("recurring", "90", plan="other")),
        partners=[
            partner(
                "a",
                tiers="gold:2026-01-01..2026-01-01",
                plans="other:2026-01-01..2026-01-01",
                parents="top:2026-01-01..2026-01-01",
            )
        ],
        plans=[plan("other")],
    )
    facts = program(
        *facts.subscriptions,
        rules=(*facts.rules, pays("override", "10")),
        partners=facts.partners.values(),
        plans=facts.plans.values(),
    )
    assert post(facts, "2026-01") == ["2026-01 a s recurring 62.00 EUR"]


def test_a_partner_is_on_the_default_plan_where_it_has_no_other() -> None:
    facts = program(
        customer(),
        rules=(pays("recurring", "20"), pays("recurring", "10", plan="own")),
        partners=[partner("a", plans="own:2026-02-01..2026-03-01")],
        plans=[plan("own")],
    )
    assert post(facts, "2026-03") == [
        "2026-01 a s recurring 62.00 EUR",
        "2026-02 a s recurring 31.00 EUR",
        "2026-03 a s recurring 62.00 EUR",
    ]


def test_without_a_default_plan_a_partner_without_a_plan_earns_nothing() -> None:
    facts = program(customer(), rules=RECURRING, default_plan=None)
    assert post(facts, "2026-01") == []
    PlanRow.objects.update(is_default=True)
    assert lines(close("2026-01")) == ["2026-01 a s recurring 62.00 EUR"]


@pytest.mark.parametrize("source", ["partner", "direct", "marketplace"])
def test_through_which_way_a_customer_buys_does_not_change_what_a_credit_earns(source: str) -> None:
    install(program(customer(), rules=RECURRING))
    Subscription.objects.update(source=source)
    assert lines(close("2026-01")) == ["2026-01 a s recurring 62.00 EUR"]


def test_collections_matter_to_plans_whose_basis_is_collected_only() -> None:
    facts = program(
        customer("s", "a 50", "b 50", collected={"2026-01": ("100", "20")}),
        rules=(*RECURRING, pays("recurring", "20", plan="paid")),
        partners=[partner("b", plans="paid")],
        plans=[plan("paid", basis="collected")],
    )
    # The half of 62.00; for b a fifth of it.
    assert post(facts, "2026-01") == ["2026-01 a s recurring 31.00 EUR", "2026-01 b s recurring 6.20 EUR"]


def test_before_the_first_period_no_kind_is_entitled_and_no_cap_is_used_up() -> None:
    facts = program(
        customer(mrr={"2026-01-01": "310", "2026-01-17": "620", "2026-02-10": "720"}),
        rules=(
            *MONTHLY_AND_UPFRONT,
            pays("spiff", "30", currency="EUR"),
            pays("accelerator", "5", currency="EUR"),
            pays("override", "10"),
        ),
        partners=[partner("a", parents="top")],
        plans=[plan(cap="200")],
        first_period="2026-02",
    )
    # February: 20 % × (620 × 9 + 720 × 19)/28 = 137.571…; a step of 100 at 50 %; 200.00 − 137.57 are 62.43.
    # top: 10 % × 687.857…; an override is outside the cap.
    assert post(facts, "2026-02") == [
        "2026-02 a s expansion 50.00 EUR",
        "2026-02 a s recurring 137.57 EUR",
        "2026-02 top s override 68.79 EUR",
    ]
    # 12.43 of the cap are left.
    assert post(facts, "2026-03") == ["2026-03 a s recurring 12.43 EUR", "2026-03 top s override 72.00 EUR"]


def test_a_first_period_moved_earlier_pays_the_months_that_it_opens() -> None:
    facts = program(customer(), rules=MONTHLY_AND_UPFRONT, first_period="2026-02")
    assert post(facts, "2026-02") == ["2026-02 a s recurring 62.00 EUR"]
    facts = program(customer(), rules=MONTHLY_AND_UPFRONT)
    assert post(facts, "2026-02") == ["2026-01 a s recurring 62.00 EUR", "2026-01 a s upfront 310.00 EUR"]
