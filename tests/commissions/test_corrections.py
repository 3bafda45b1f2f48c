"""Facts learnt after an approval: each posts its difference in the next run, naming the month to which it belongs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from commissions.models import Entry, OpenItem, Plan
from commissions.policy import Credit, Facts, Key, Partner, Rule, Span, Subscription
from commissions.policy import Plan as PlanFacts
from tests.factories.facts import entries_of, install, posted, run_month

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)

UPGRADED = Subscription(
    id="upgraded",
    product="p",
    family="f",
    currency="EUR",
    started_on=date(2026, 1, 1),
    changes={date(2026, 1, 1): Decimal(310)},
    credits=(Credit("a", "sourced", Decimal(100)),),
)
ENDED = replace(UPGRADED, id="ended", changes={date(2026, 1, 1): Decimal(280)})
SPLIT = replace(UPGRADED, id="split", changes={date(2026, 1, 1): Decimal(500)})
PROGRAM = Facts(
    partners={"a": Partner("a", parents=(Span("top"),)), "b": Partner("b"), "top": Partner("top")},
    plans={"standard": PlanFacts("standard", clawback="full", clawback_days=90)},
    rules=(
        Rule("standard", "recurring", Decimal(20)),
        Rule("standard", "upfront", Decimal(50)),
        Rule("standard", "override", Decimal(2)),
    ),
    subscriptions=(UPGRADED, ENDED, SPLIT),
    minor_units={"EUR": 2},
    default_plan="standard",
)


def test_upgrade_end_and_split_learnt_late_post_exactly_their_differences() -> None:
    install(PROGRAM)
    assert entries_of(run_month(JANUARY)) == [
        ("2026-01", "a", "ended", "recurring", Decimal("56.00")),
        ("2026-01", "a", "ended", "upfront", Decimal("140.00")),
        ("2026-01", "a", "split", "recurring", Decimal("100.00")),
        ("2026-01", "a", "split", "upfront", Decimal("250.00")),
        ("2026-01", "a", "upgraded", "recurring", Decimal("62.00")),
        ("2026-01", "a", "upgraded", "upfront", Decimal("155.00")),
        ("2026-01", "top", "ended", "override", Decimal("5.60")),
        ("2026-01", "top", "split", "override", Decimal("10.00")),
        ("2026-01", "top", "upgraded", "override", Decimal("6.20")),
    ]
    install(
        replace(
            PROGRAM,
            subscriptions=(
                # Learnt late: 620.00 since 17 January, 15 of its 31 days.
                replace(UPGRADED, changes={**UPGRADED.changes, date(2026, 1, 17): Decimal(620)}),
                # Ended on 15 February after 45 days: the upfront of January is taken back, 14 of 28 days are paid.
                replace(ENDED, changes={**ENDED.changes, date(2026, 2, 15): Decimal(0)}),
                # The split was 70/30 from the beginning.
                replace(SPLIT, credits=(Credit("a", "sourced", Decimal(70)), Credit("b", "sourced", Decimal(30)))),
            ),
        )
    )
    february = run_month(FEBRUARY)
    assert entries_of(february) == [
        ("2026-01", "a", "ended", "upfront", Decimal("-140.00")),
        ("2026-01", "a", "split", "recurring", Decimal("-30.00")),
        ("2026-01", "a", "split", "upfront", Decimal("-75.00")),
        ("2026-01", "a", "upgraded", "recurring", Decimal("30.00")),
        ("2026-01", "b", "split", "recurring", Decimal("30.00")),
        ("2026-01", "b", "split", "upfront", Decimal("75.00")),
        ("2026-01", "top", "split", "override", Decimal("-3.00")),
        ("2026-01", "top", "upgraded", "override", Decimal("3.00")),
        ("2026-02", "a", "ended", "recurring", Decimal("28.00")),
        ("2026-02", "a", "split", "recurring", Decimal("70.00")),
        ("2026-02", "a", "upgraded", "recurring", Decimal("124.00")),
        ("2026-02", "b", "split", "recurring", Decimal("30.00")),
        ("2026-02", "top", "ended", "override", Decimal("2.80")),
        ("2026-02", "top", "split", "override", Decimal("7.00")),
        ("2026-02", "top", "upgraded", "override", Decimal("12.40")),
    ]
    assert Entry.objects.filter(run=february, is_true_up=True).count() == 8
    assert entries_of(run_month(FEBRUARY)) == []


def test_a_vanished_key_is_reversed() -> None:
    install(PROGRAM)
    run_month(JANUARY)
    install(replace(PROGRAM, subscriptions=(replace(UPGRADED, credits=()),)))
    assert entries_of(run_month(FEBRUARY)) == [
        ("2026-01", "a", "ended", "recurring", Decimal("-56.00")),
        ("2026-01", "a", "ended", "upfront", Decimal("-140.00")),
        ("2026-01", "a", "split", "recurring", Decimal("-100.00")),
        ("2026-01", "a", "split", "upfront", Decimal("-250.00")),
        ("2026-01", "a", "upgraded", "recurring", Decimal("-62.00")),
        ("2026-01", "a", "upgraded", "upfront", Decimal("-155.00")),
        ("2026-01", "top", "ended", "override", Decimal("-5.60")),
        ("2026-01", "top", "split", "override", Decimal("-10.00")),
        ("2026-01", "top", "upgraded", "override", Decimal("-6.20")),
    ]
    assert posted() == {}


def test_a_skipped_month_is_computed_by_the_next_run() -> None:
    install(replace(PROGRAM, subscriptions=(UPGRADED,), rules=PROGRAM.rules[:1]))
    run_month(JANUARY)
    assert entries_of(run_month(MARCH)) == [
        ("2026-02", "a", "upgraded", "recurring", Decimal("62.00")),
        ("2026-03", "a", "upgraded", "recurring", Decimal("62.00")),
    ]


def test_differences_before_the_window_wait_as_open_items_but_one_off_kinds_are_compared_over_life() -> None:
    recurring_and_upfront = replace(PROGRAM, subscriptions=(UPGRADED,), rules=PROGRAM.rules[:2])
    install(recurring_and_upfront)
    run_month(JANUARY)
    run_month(date(2026, 4, 1))
    Plan.objects.update(true_up_months=2)
    install(
        replace(recurring_and_upfront, subscriptions=(replace(UPGRADED, changes={date(2026, 1, 1): Decimal(620)}),))
    )
    Plan.objects.update(true_up_months=2)
    run = run_month(date(2026, 5, 1))
    assert entries_of(run) == [
        ("2026-01", "a", "upgraded", "upfront", Decimal("155.00")),
        ("2026-03", "a", "upgraded", "recurring", Decimal("62.00")),
        ("2026-04", "a", "upgraded", "recurring", Decimal("62.00")),
        ("2026-05", "a", "upgraded", "recurring", Decimal("124.00")),
    ]
    assert sorted(OpenItem.objects.filter(run=run).values_list("earned_period", "entitlement", "posted")) == [
        (JANUARY, Decimal("124.00"), Decimal("62.00")),
        (FEBRUARY, Decimal("124.00"), Decimal("62.00")),
    ]


def test_what_stands_before_the_window_uses_up_the_cap_although_its_key_vanished() -> None:
    capped = replace(PROGRAM, rules=PROGRAM.rules[:1], plans={"standard": PlanFacts("standard", cap=Decimal(280))})
    install(replace(capped, subscriptions=(UPGRADED,)))
    for month in (1, 2, 3, 4):
        run_month(date(2026, month, 1))
    # Learnt too late for January to March: nobody was credited then. Their 186.00 stand as posted, also for the cap.
    late = replace(UPGRADED, credits=(Credit("a", "sourced", Decimal(100), from_on=date(2026, 4, 1)),))
    install(replace(capped, subscriptions=(late,)))
    Plan.objects.update(true_up_months=1)
    may = run_month(date(2026, 5, 1))
    assert entries_of(may) == [("2026-05", "a", "upgraded", "recurring", Decimal("32.00"))]
    assert sorted(OpenItem.objects.filter(run=may).values_list("earned_period", "entitlement", "posted")) == [
        (JANUARY, Decimal(0), Decimal(62)),
        (FEBRUARY, Decimal(0), Decimal(62)),
        (MARCH, Decimal(0), Decimal(62)),
    ]
    assert entries_of(run_month(date(2026, 6, 1))) == []


def test_a_difference_before_the_window_is_an_open_item_also_under_a_cap() -> None:
    capped = replace(PROGRAM, rules=PROGRAM.rules[:1], plans={"standard": PlanFacts("standard", cap=Decimal(1000))})
    install(replace(capped, subscriptions=(UPGRADED,)))
    for month in (1, 2, 3):
        run_month(date(2026, month, 1))
    install(replace(capped, subscriptions=(replace(UPGRADED, changes={date(2026, 1, 1): Decimal(620)}),)))
    Plan.objects.update(true_up_months=1)
    run = run_month(date(2026, 4, 1))
    assert sorted(OpenItem.objects.filter(run=run).values_list("earned_period", "entitlement", "posted")) == [
        (JANUARY, Decimal(124), Decimal(62)),
        (FEBRUARY, Decimal(124), Decimal(62)),
    ]


def test_nothing_before_the_first_period_is_entitled() -> None:
    install(replace(PROGRAM, subscriptions=(UPGRADED,), first_period=FEBRUARY))
    assert entries_of(run_month(FEBRUARY)) == [
        ("2026-02", "a", "upgraded", "recurring", Decimal("62.00")),
        ("2026-02", "top", "upgraded", "override", Decimal("6.20")),
    ]


def test_a_known_future_cancellation_suppresses_the_upfront_at_once() -> None:
    doomed = replace(UPGRADED, changes={**UPGRADED.changes, date(2026, 3, 1): Decimal(0)})
    install(replace(PROGRAM, subscriptions=(doomed,)))
    run_month(JANUARY)
    assert Key("a", "upgraded", "upfront", "EUR", JANUARY) not in posted()


@pytest.mark.parametrize(("ends_on", "kept"), [(date(2026, 3, 31), "0"), (date(2026, 4, 1), "155.00")])
def test_clawback_is_for_fewer_days_than_agreed(ends_on: date, kept: str) -> None:
    # 89 days alive are fewer than 90; 90 are not.
    install(replace(PROGRAM, subscriptions=(replace(UPGRADED, changes={**UPGRADED.changes, ends_on: Decimal(0)}),)))
    run_month(JANUARY)
    assert posted().get(Key("a", "upgraded", "upfront", "EUR", JANUARY), Decimal(0)) == Decimal(kept)


def test_half_a_cent_rounds_away_from_zero_on_both_sides() -> None:
    # 20 % × 0.125 = 0.025: three cents, and exactly minus three when it is taken back.
    tiny = replace(UPGRADED, changes={date(2026, 1, 1): Decimal("0.125")}, credits=UPGRADED.credits)
    program = replace(PROGRAM, subscriptions=(tiny,), rules=PROGRAM.rules[:1])
    install(program)
    assert entries_of(run_month(JANUARY)) == [("2026-01", "a", "upgraded", "recurring", Decimal("0.03"))]
    install(replace(program, subscriptions=(replace(tiny, credits=()),)))
    assert entries_of(run_month(JANUARY)) == [("2026-01", "a", "upgraded", "recurring", Decimal("-0.03"))]


def test_a_tier_that_begins_in_mid_month_takes_effect_with_the_next() -> None:
    gold = Partner("a", tiers=(Span("gold", date(2026, 2, 2)),))
    install(
        replace(
            PROGRAM,
            partners={**PROGRAM.partners, "a": gold},
            subscriptions=(UPGRADED,),
            rules=(Rule("standard", "recurring", Decimal(20)), Rule("standard", "recurring", Decimal(25), tier="gold")),
        )
    )
    assert entries_of(run_month(MARCH)) == [
        ("2026-01", "a", "upgraded", "recurring", Decimal("62.00")),
        ("2026-02", "a", "upgraded", "recurring", Decimal("62.00")),
        ("2026-03", "a", "upgraded", "recurring", Decimal("77.50")),
    ]


@pytest.mark.parametrize(
    ("rules", "amount"),
    [
        ((Rule("standard", "recurring", Decimal(1)), Rule("standard", "recurring", Decimal(2), family="f")), "6.20"),
        (
            (
                Rule("standard", "recurring", Decimal(2), family="f", tier="gold", role="sourced", currency="EUR"),
                Rule("standard", "recurring", Decimal(3), product="p"),
            ),
            "9.30",
        ),
        (
            (
                Rule("standard", "recurring", Decimal(4), tier="gold"),
                Rule("standard", "recurring", Decimal(5), role="sourced", currency="EUR"),
            ),
            "12.40",
        ),
        (
            (
                Rule("standard", "recurring", Decimal(6), role="sourced"),
                Rule("standard", "recurring", Decimal(7), currency="EUR"),
            ),
            "18.60",
        ),
        ((Rule("standard", "recurring", Decimal(8), family="other"),), None),
    ],
)
def test_the_most_specific_rule_wins(rules: tuple[Rule, ...], amount: str | None) -> None:
    gold = {**PROGRAM.partners, "a": Partner("a", tiers=(Span("gold"),))}
    install(replace(PROGRAM, partners=gold, subscriptions=(UPGRADED,), rules=rules))
    run_month(JANUARY)
    expected = {} if amount is None else {Key("a", "upgraded", "recurring", "EUR", JANUARY): Decimal(amount)}
    assert posted() == expected


def test_in_the_month_of_the_start_rules_tier_and_plan_are_those_of_the_first_day() -> None:
    # The subscription starts on 10 January: what began on the 10th counts at once, what begins on the 11th does not.
    started = replace(UPGRADED, started_on=date(2026, 1, 10), changes={date(2026, 1, 10): Decimal(310)})
    program = replace(PROGRAM, subscriptions=(started,))

    def upfront(rule: Rule, partner: Partner = PROGRAM.partners["a"]) -> list[Decimal]:
        install(replace(program, rules=(rule,), partners={**PROGRAM.partners, "a": partner}))
        run_month(JANUARY)
        return [amount for key, amount in posted().items() if key.kind == "upfront"]

    assert upfront(Rule("standard", "upfront", Decimal(100), from_on=date(2026, 1, 10))) == [Decimal("310.00")]
    assert upfront(Rule("standard", "upfront", Decimal(100), from_on=date(2026, 1, 11))) == []
    assert upfront(Rule("standard", "upfront", Decimal(100), until_on=date(2026, 1, 10))) == []
    gold = Rule("standard", "upfront", Decimal(100), tier="gold")
    assert upfront(gold, Partner("a", tiers=(Span("gold", date(2026, 1, 10)),))) == [Decimal("310.00")]
    assert upfront(gold, Partner("a", tiers=(Span("gold", date(2026, 1, 11)),))) == []


def test_a_change_before_the_start_sets_the_starting_level_and_earlier_days_do_not_count() -> None:
    early = replace(
        UPGRADED,
        started_on=date(2026, 1, 17),
        changes={date(2025, 12, 1): Decimal(999), date(2026, 1, 5): Decimal(310)},
    )
    install(replace(PROGRAM, subscriptions=(early,), rules=PROGRAM.rules[:2]))
    # 15 of 31 days at 310.00; the upfront is half of the level on the first day.
    assert entries_of(run_month(JANUARY)) == [
        ("2026-01", "a", "upgraded", "recurring", Decimal("30.00")),
        ("2026-01", "a", "upgraded", "upfront", Decimal("155.00")),
    ]


def test_an_override_is_earned_on_sourced_credits_only_one_level_up_and_beside_a_credit_of_its_own() -> None:
    credited = (
        Credit("a", "sourced", Decimal(50)),
        Credit("top", "sourced", Decimal(50)),
        Credit("b", "services", Decimal(100)),
    )
    partners = {
        "a": Partner("a", parents=(Span("top"),)),
        "b": Partner("b", parents=(Span("top"),)),
        "top": Partner("top", parents=(Span("above"),)),
        "above": Partner("above"),
    }
    rules = (Rule("standard", "recurring", Decimal(10), role="sourced"), Rule("standard", "override", Decimal(2)))
    install(replace(PROGRAM, partners=partners, rules=rules, subscriptions=(replace(UPGRADED, credits=credited),)))
    assert entries_of(run_month(JANUARY)) == [
        ("2026-01", "a", "upgraded", "recurring", Decimal("15.50")),
        ("2026-01", "above", "upgraded", "override", Decimal("3.10")),
        ("2026-01", "top", "upgraded", "override", Decimal("3.10")),
        ("2026-01", "top", "upgraded", "recurring", Decimal("15.50")),
    ]
