"""Which months a run looks at (commission rules, section 4): the window, what stands, what waits.

The customer pays 310.00 in every month: 20 % is 62.00.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from commissions.models import Entry
from commissions.models import Plan as PlanRow
from commissions.services.adjustments import About, add_adjustment
from commissions.services.runs import calculate_run
from deals.models import Subscription
from partners.models import Partner
from prm.actors import OPERATOR
from prm.errors import DomainError
from tests.commissions.contract.program import (
    close,
    customer,
    day,
    learn,
    lines,
    open_items,
    partner,
    pays,
    plan,
    post,
    program,
    standing,
)
from tests.factories.facts import NOW, install

pytestmark = pytest.mark.django_db

RECURRING = (pays("recurring", "20"),)
STEADY = program(customer(), rules=RECURRING)
DOUBLED = program(customer(mrr="620"), rules=RECURRING)


def recurring(amount: str, *months: str) -> list[str]:
    """Return the lines of the same recurring amount in several months."""
    return [f"{month} a s recurring {amount} EUR" for month in months]


def waiting(figures: str, *months: str) -> list[str]:
    """Return the open items of the same figures in several months."""
    return [f"{month} a s recurring {figures}" for month in months]


def test_the_first_run_looks_back_to_the_beginning_whatever_the_window() -> None:
    assert lines(learn(STEADY, "2026-04", window=0)) == recurring("62.00", "2026-01", "2026-02", "2026-03", "2026-04")


def test_12_months_are_the_window_when_nothing_is_said() -> None:
    assert PlanRow(code="x").true_up_months == 12
    install(STEADY)
    close("2026-01")
    close("2027-01")
    run = learn(DOUBLED, "2027-02", window=12)
    corrected = [f"2026-{m:02}" for m in range(2, 13)] + ["2027-01"]
    assert lines(run) == [*recurring("62.00", *corrected), *recurring("124.00", "2027-02")]
    assert open_items(run) == waiting("124.00-62.00", "2026-01")


def test_the_window_opens_n_months_before_the_period_and_that_month_is_in_it() -> None:
    install(STEADY)
    close("2026-04")
    run = learn(DOUBLED, "2026-05", window=2)
    assert lines(run) == [*recurring("62.00", "2026-03", "2026-04"), *recurring("124.00", "2026-05")]
    assert open_items(run) == waiting("124.00-62.00", "2026-01", "2026-02")


def test_n_is_the_largest_of_all_plans_also_of_one_that_nobody_is_on() -> None:
    install(program(customer(), rules=RECURRING, plans=[plan("unused")]))
    close("2026-04")
    install(program(customer(mrr="620"), rules=RECURRING, plans=[plan("unused")]))
    PlanRow.objects.filter(code="standard").update(true_up_months=0)
    PlanRow.objects.filter(code="unused").update(true_up_months=1)
    run = close("2026-05")
    assert lines(run) == [*recurring("62.00", "2026-04"), *recurring("124.00", "2026-05")]
    assert open_items(run) == waiting("124.00-62.00", "2026-01", "2026-02", "2026-03")


def test_months_that_were_never_run_are_computed_in_full_however_long_ago() -> None:
    install(STEADY)
    close("2026-01")
    run = learn(DOUBLED, "2026-06", window=1)
    assert lines(run) == recurring("124.00", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")
    assert open_items(run) == waiting("124.00-62.00", "2026-01")


def test_with_a_window_of_0_the_period_itself_is_corrected_when_it_is_repeated() -> None:
    install(STEADY)
    close("2026-02")
    run = learn(DOUBLED, "2026-02", window=0)
    assert lines(run) == recurring("62.00", "2026-02")
    assert open_items(run) == waiting("124.00-62.00", "2026-01")


def test_a_period_is_repeated_as_often_as_something_is_learnt() -> None:
    assert post(STEADY, "2026-01") == recurring("62.00", "2026-01")
    assert post(DOUBLED, "2026-01") == recurring("62.00", "2026-01")
    assert post(STEADY, "2026-01") == recurring("-62.00", "2026-01")
    assert post(STEADY, "2026-01") == []
    assert post(STEADY, "2026-02") == recurring("62.00", "2026-02")


def test_a_true_up_is_of_a_month_that_was_approved_before() -> None:
    install(STEADY)
    close("2026-01")
    run = learn(DOUBLED, "2026-03", window=12)
    assert sorted(Entry.objects.filter(run=run).values_list("earned_period", "is_true_up")) == [
        (day("2026-01"), True),
        (day("2026-02"), False),
        (day("2026-03"), False),
    ]


def test_the_window_limits_recurring_expansion_and_override_the_other_kinds_are_compared_over_life() -> None:
    rules = (
        *RECURRING,
        pays("upfront", "100"),
        pays("spiff", "10", currency="EUR"),
        pays("expansion", "50"),
        pays("renewal", "50"),
        pays("override", "10"),
        pays("accelerator", "1", currency="EUR"),
    )
    levels = {"2024-12-01": "300", "2024-12-15": "310"}

    def credited(share: str) -> list[str]:
        facts = program(
            customer("s", f"a {share}", starts="2024-12-01", mrr=levels),
            rules=rules,
            partners=[partner("a", parents="top")],
            first_period="2024-12",
        )
        run = learn(facts, "2026-02" if share == "50" else "2026-01", window=1)
        return [*lines(run), *open_items(run)]

    credited("100")
    answer = credited("50")
    assert [line for line in answer if "recurring" not in line and "override" not in line] == [
        "2024-12 a - accelerator -1.50 EUR",
        "2024-12 a s spiff -5.00 EUR",
        "2024-12 a s upfront -150.00 EUR",
        "2025-12 a s renewal -77.50 EUR",
        "2024-12 a s expansion 2.50-5.00",
    ]
    assert [line for line in answer if "recurring" in line and "-62.00" not in line] == [
        "2026-01 a s recurring -31.00 EUR",
        "2026-02 a s recurring 31.00 EUR",
        # 20 % × (300 × 14 + 310 × 17)/31 = 61.0967…, and the half of it.
        "2024-12 a s recurring 30.55-61.10",
    ]
    assert [line for line in answer if "recurring 31.00-62.00" in line] == [
        f"2025-{month:02} a s recurring 31.00-62.00" for month in range(1, 13)
    ]
    assert [line for line in answer if "override" in line] == [
        "2026-01 top s override -15.50 EUR",
        "2026-02 top s override 15.50 EUR",
        "2024-12 top s override 15.27-30.55",
        *(f"2025-{month:02} top s override 15.50-31.00" for month in range(1, 13)),
    ]


def test_both_legs_of_a_moved_start_post_together_in_every_one_off_kind() -> None:
    rules = (
        pays("upfront", "100"),
        pays("spiff", "10", currency="EUR"),
        pays("renewal", "50"),
        pays("accelerator", "1", currency="EUR"),
    )
    before = customer(starts="2024-12-10")
    moved = replace(before, started_on=day("2025-01-20"))
    learn(program(before, rules=rules), "2026-02", window=1)
    run = learn(program(moved, rules=rules), "2026-03", window=1)
    # The level dated 10 December sets the starting level of 20 January.
    assert lines(run) == [
        "2024-12 a - accelerator -3.10 EUR",
        "2024-12 a s spiff -10.00 EUR",
        "2024-12 a s upfront -310.00 EUR",
        "2025-01 a - accelerator 3.10 EUR",
        "2025-01 a s spiff 10.00 EUR",
        "2025-01 a s upfront 310.00 EUR",
        "2025-12 a s renewal -155.00 EUR",
        "2026-01 a s renewal 155.00 EUR",
    ]
    assert open_items(run) == []


def test_a_start_moved_ahead_is_reversed_now_and_earned_when_it_comes() -> None:
    rules = (*RECURRING, pays("upfront", "100"))
    assert post(program(customer(), rules=rules), "2026-01") == [
        "2026-01 a s recurring 62.00 EUR",
        "2026-01 a s upfront 310.00 EUR",
    ]
    later = program(replace(customer(), started_on=day("2026-03-01")), rules=rules)
    assert post(later, "2026-02") == ["2026-01 a s recurring -62.00 EUR", "2026-01 a s upfront -310.00 EUR"]
    assert post(later, "2026-03") == ["2026-03 a s recurring 62.00 EUR", "2026-03 a s upfront 310.00 EUR"]


def test_what_stands_before_the_window_counts_as_posted_for_the_cap_in_every_later_run() -> None:
    capped = [plan(cap="280")]
    for month in ("2026-01", "2026-02", "2026-03", "2026-04"):
        learn(program(customer(), rules=RECURRING, plans=capped), month, window=1)
    # Learnt in May: half as much from the beginning. January to March stand at 186.00 although 93.00 is earned.
    halved = program(customer(mrr="155"), rules=RECURRING, plans=capped)
    may = learn(halved, "2026-05", window=1)
    assert lines(may) == [*recurring("-31.00", "2026-04"), *recurring("31.00", "2026-05")]
    assert open_items(may) == waiting("31.00-62.00", "2026-01", "2026-02", "2026-03")
    assert lines(close("2026-06")) == recurring("31.00", "2026-06")
    # 186.00 + 3 × 31.00 = 279.00: July gets the last 1.00.
    assert lines(close("2026-07")) == recurring("1.00", "2026-07")
    assert lines(close("2026-08")) == []
    assert standing() == waiting("31.00-62.00", "2026-01", "2026-02", "2026-03")


def test_one_off_kinds_before_the_window_leave_the_cap_what_they_earn_not_what_was_posted() -> None:
    def rules(upfront: str) -> tuple[object, ...]:
        return (*RECURRING, pays("upfront", upfront))

    capped = [plan(cap="400")]
    # 62.00 + 155.00, 62.00, 62.00, and the 59.00 that are left.
    learn(program(customer(), rules=rules("50"), plans=capped), "2026-04", window=1)  # type: ignore[arg-type]
    may = learn(program(customer(), rules=rules("30"), plans=capped), "2026-05", window=1)  # type: ignore[arg-type]
    # Upfront 93.00: 186.00 + 93.00 = 279.00 before April, which gets its 62.00 now; May the 59.00 up to 400.00.
    assert lines(may) == [
        "2026-01 a s upfront -62.00 EUR",
        "2026-04 a s recurring 3.00 EUR",
        "2026-05 a s recurring 59.00 EUR",
    ]
    assert open_items(may) == []


def test_an_expansion_before_the_window_stands_for_the_cap_too() -> None:
    def known(level: str) -> object:
        levels = {"2026-01-01": "100", "2026-02-01": level}
        rules = (pays("expansion", "50"), pays("recurring", "20", days="2026-04-01.."))
        return program(customer(mrr=levels), rules=rules, plans=[plan(cap="120")])

    # February: half of the step of 200.00.
    learn(known("300"), "2026-04", window=1)  # type: ignore[arg-type]
    # Learnt in May: the step was of 100.00 only. The 100.00 stand, so that of 120.00 no more than 20.00 are left.
    may = learn(known("200"), "2026-05", window=1)  # type: ignore[arg-type]
    assert lines(may) == []
    assert open_items(may) == ["2026-02 a s expansion 50.00-100.00"]


def test_a_difference_waits_until_somebody_decides_or_it_is_none_any_more() -> None:
    install(STEADY)
    close("2026-04")
    learn(DOUBLED, "2026-05", window=1)
    first = waiting("124.00-62.00", "2026-01", "2026-02", "2026-03")
    assert standing() == first
    # Nothing is learnt in June: April and May are paid, the rest goes on waiting.
    assert lines(close("2026-06")) == recurring("124.00", "2026-06")
    assert standing() == first
    learn(program(customer(mrr={"2026-01-01": "310", "2026-03-01": "620"}), rules=RECURRING), "2026-07", window=1)
    assert standing() == waiting("124.00-62.00", "2026-03")


def test_an_adjustment_that_settles_carries_the_key_and_counts_as_posted() -> None:
    install(STEADY)
    close("2026-04")
    learn(DOUBLED, "2026-05", window=1)
    about = About(subscription=Subscription.objects.get(), kind="recurring", earned_period=day("2026-01"))
    add_adjustment(
        partner=Partner.objects.get(code="a"),
        currency="EUR",
        amount=Decimal(62),
        reason="Agreed",
        about=about,
        settles=True,
        actor=OPERATOR,
        now=NOW,
    )
    assert lines(close("2026-05")) == []
    assert standing() == waiting("124.00-62.00", "2026-02", "2026-03")
    # It is part of what was posted from now on: when the upgrade turns out to be none, it stands with the rest.
    june = learn(STEADY, "2026-06", window=12)
    assert lines(june) == [
        *recurring("-62.00", "2026-01"),
        *recurring("-62.00", "2026-04", "2026-05"),
        *recurring("62.00", "2026-06"),
    ]
    assert standing() == []


def test_a_wider_window_posts_what_waited() -> None:
    install(STEADY)
    close("2026-04")
    learn(DOUBLED, "2026-05", window=1)
    PlanRow.objects.update(true_up_months=12)
    assert lines(close("2026-05")) == recurring("62.00", "2026-01", "2026-02", "2026-03")
    assert standing() == []


def test_periods_are_approved_in_ascending_order() -> None:
    install(STEADY)
    close("2026-03")
    with pytest.raises(DomainError) as refusal:
        calculate_run(period=day("2026-02"), actor=OPERATOR, now=NOW)
    assert refusal.value.code == "month_closed"
    assert lines(close("2026-03")) == []


def test_a_month_that_has_not_begun_cannot_be_calculated() -> None:
    install(STEADY)
    with pytest.raises(DomainError) as refusal:
        calculate_run(period=day("2026-03"), actor=OPERATOR, now=datetime(2026, 2, 28, 12, tzinfo=UTC))
    assert refusal.value.code == "bad_month"


def test_months_before_the_first_period_are_no_months_to_catch_up_on() -> None:
    install(program(customer(), rules=RECURRING, first_period="2026-03"))
    assert lines(close("2025-12")) == []
    assert lines(close("2026-01")) == []
    assert lines(close("2026-04")) == recurring("62.00", "2026-03", "2026-04")
