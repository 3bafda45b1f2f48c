"""The worked example at the end of the commission rules, line by line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from commissions.explanations import Explained, explain
from commissions.models import Entry
from commissions.policy import Credit, Facts, Key, Partner, Plan, Rule, Span, Subscription, entitlements
from tests.factories.facts import entries_of, install, run_month

S1 = Subscription(
    id="S1",
    product="p",
    family="f",
    currency="EUR",
    started_on=date(2026, 1, 10),
    changes={date(2026, 1, 10): Decimal(100)},
    credits=(Credit("a", "sourced", Decimal(60)), Credit("b", "sourced", Decimal(40))),
)
EXAMPLE = Facts(
    partners={
        "a": Partner("a", tiers=(Span("silver", None, date(2026, 3, 1)), Span("gold", date(2026, 3, 1)))),
        "b": Partner("b", tiers=(Span("silver"),)),
    },
    plans={"standard": Plan("standard", clawback="full", clawback_days=90)},
    rules=(
        Rule("standard", "recurring", Decimal(20), age_until=13),
        Rule("standard", "recurring", Decimal(10), age_from=13),
        Rule("standard", "recurring", Decimal(25), tier="gold", age_until=13),
        Rule("standard", "upfront", Decimal(100)),
    ),
    subscriptions=(S1,),
    minor_units={"EUR": 2},
    default_plan="standard",
)

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in range(1, 5))
UPGRADED = {**S1.changes, date(2026, 3, 16): Decimal(160)}
ENDED = {**UPGRADED, date(2026, 4, 1): Decimal(0)}


def learnt(changes: dict[date, Decimal]) -> Facts:
    """Return the example with what is known of S1's MRR."""
    return replace(EXAMPLE, subscriptions=(replace(S1, changes=changes),))


def test_policy_gives_the_table_while_the_customer_lives() -> None:
    assert entitlements(learnt(UPGRADED), MARCH) == {
        Key("a", "S1", "upfront", "EUR", JANUARY): Decimal("60.00"),
        Key("b", "S1", "upfront", "EUR", JANUARY): Decimal("40.00"),
        Key("a", "S1", "recurring", "EUR", JANUARY): Decimal("8.52"),
        Key("b", "S1", "recurring", "EUR", JANUARY): Decimal("5.68"),
        Key("a", "S1", "recurring", "EUR", FEBRUARY): Decimal("12.00"),
        Key("b", "S1", "recurring", "EUR", FEBRUARY): Decimal("8.00"),
        Key("a", "S1", "recurring", "EUR", MARCH): Decimal("19.65"),
        Key("b", "S1", "recurring", "EUR", MARCH): Decimal("10.48"),
    }


@pytest.mark.django_db
def test_runs_post_the_table_month_by_month() -> None:
    install(EXAMPLE)
    assert entries_of(run_month(JANUARY)) == [
        ("2026-01", "a", "S1", "recurring", Decimal("8.52")),
        ("2026-01", "a", "S1", "upfront", Decimal("60.00")),
        ("2026-01", "b", "S1", "recurring", Decimal("5.68")),
        ("2026-01", "b", "S1", "upfront", Decimal("40.00")),
    ]
    assert entries_of(run_month(FEBRUARY)) == [
        ("2026-02", "a", "S1", "recurring", Decimal("12.00")),
        ("2026-02", "b", "S1", "recurring", Decimal("8.00")),
    ]
    install(learnt(UPGRADED))
    march = run_month(MARCH)
    assert entries_of(march) == [
        ("2026-03", "a", "S1", "recurring", Decimal("19.65")),
        ("2026-03", "b", "S1", "recurring", Decimal("10.48")),
    ]
    assert [e.is_true_up for e in Entry.objects.filter(run=march)] == [False, False]
    install(learnt(ENDED))
    april = run_month(APRIL)
    assert entries_of(april) == [
        ("2026-01", "a", "S1", "upfront", Decimal("-60.00")),
        ("2026-01", "b", "S1", "upfront", Decimal("-40.00")),
    ]
    assert [e.is_true_up for e in Entry.objects.filter(run=april)] == [True, True]


@pytest.mark.django_db
def test_the_march_entry_explains_itself() -> None:
    install(learnt(UPGRADED))
    entry = Entry.objects.get(run=run_month(MARCH), partner__code="a", kind="recurring", earned_period=MARCH)
    assert entry.working is not None
    explanation = explain(
        Explained(
            kind=entry.kind,
            currency=entry.currency,
            minor=2,
            earned_period=entry.earned_period,
            amount=entry.amount,
            entitlement=entry.entitlement,
            posted_before=entry.posted_before,
            working=entry.working,
        ),
        tier_names={entry.working["tier"]: "Gold"},
    )
    assert explanation.formula == "25 % × 60 % × (100.00 × 15/31 + 160.00 × 16/31) = 19.65 EUR"
    assert explanation.sentences == ("Gold rate of 25 % in customer month 3, times your share (Sourced).",)


@pytest.mark.django_db
def test_a_second_run_of_the_same_month_posts_nothing() -> None:
    install(EXAMPLE)
    run_month(JANUARY)
    assert entries_of(run_month(JANUARY)) == []
