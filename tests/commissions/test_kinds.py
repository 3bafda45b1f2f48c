"""Each kind beyond the worked example, by hand-computed amounts, with the sentence that explains it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from commissions.policy import Credit, Facts, Partner, Plan, Rule, Span, Subscription
from commissions.queries.export import export_rows
from tests.factories.facts import entries_of, install, run_month

pytestmark = pytest.mark.django_db

S = Subscription(
    id="s",
    product="p",
    family="f",
    currency="EUR",
    started_on=date(2026, 1, 10),
    changes={date(2026, 1, 10): Decimal(100)},
    credits=(Credit("a", "sourced", Decimal(60)),),
)
BASE = Facts(
    partners={"a": Partner("a")},
    plans={"standard": Plan("standard", clawback="prorated", clawback_days=100)},
    rules=(),
    subscriptions=(S,),
    minor_units={"EUR": 2},
    default_plan="standard",
)


def explained() -> list[tuple[str, str, str]]:
    """Return (earned month, amount, explanation) of what is posted."""
    return [(row[2], row[7], row[9]) for row in export_rows()]


@pytest.mark.parametrize(("minimum", "amount"), [(None, "30.00"), (Decimal(100), "30.00"), (Decimal("100.01"), None)])
def test_spiff_is_a_flat_amount_times_the_share_from_its_minimum_mrr_on(
    minimum: Decimal | None, amount: str | None
) -> None:
    rule = Rule("standard", "spiff", Decimal(50), currency="EUR", minimum_mrr=minimum)
    install(replace(BASE, rules=(rule,)))
    run_month(date(2026, 1, 1))
    text = "50.00 EUR × 60 % = 30.00 EUR; SPIFF bonus: a flat amount for a new customer, times your share (Sourced)."
    assert explained() == ([] if amount is None else [("2026-01", amount, text)])


def test_an_amount_finer_than_a_cent_is_explained_exactly() -> None:
    rule = Rule("standard", "spiff", Decimal("33.335"), currency="EUR")
    install(replace(BASE, rules=(rule,)))
    run_month(date(2026, 1, 1))
    [(_month, amount, text)] = explained()
    # 33.335 × 60 % = 20.001; of a rounded 33.34 it would be 20.004.
    assert (amount, text.partition(";")[0]) == ("20.00", "33.335 EUR × 60 % = 20.00 EUR")


def test_the_most_specific_spiff_is_chosen_before_its_minimum_is_tested() -> None:
    general = Rule("standard", "spiff", Decimal(50), currency="EUR")
    specific = Rule("standard", "spiff", Decimal(90), currency="EUR", product="p", minimum_mrr=Decimal(500))
    install(replace(BASE, rules=(general, specific)))
    assert entries_of(run_month(date(2026, 1, 1))) == []


def test_an_early_end_keeps_the_spiff_in_proportion_to_the_days_alive() -> None:
    ended = replace(S, changes={**S.changes, date(2026, 2, 9): Decimal(0)})
    rule = Rule("standard", "spiff", Decimal(50), currency="EUR")
    install(replace(BASE, rules=(rule,), subscriptions=(ended,)))
    run_month(date(2026, 2, 1))
    assert explained() == [
        (
            "2026-01",
            "9.00",
            (
                "50.00 EUR × 60 % × 30/100 = 9.00 EUR; SPIFF bonus: a flat amount for a new customer, times your share "
                "(Sourced). The customer left after 30 of 100 days: that part is kept."
            ),
        )
    ]


def test_expansion_adds_the_steps_of_a_month_but_never_below_nothing() -> None:
    changes = {
        **S.changes,
        date(2026, 2, 3): Decimal(160),
        date(2026, 2, 20): Decimal(140),  # down counts against up: 60 − 20
        date(2026, 3, 5): Decimal(90),  # a month that only falls earns nothing
        date(2026, 4, 1): Decimal(0),  # an end
        date(2026, 4, 10): Decimal(500),  # a start
    }
    rule = Rule("standard", "expansion", Decimal(50))
    install(replace(BASE, rules=(rule,), subscriptions=(replace(S, changes=changes),)))
    run_month(date(2026, 5, 1))
    assert explained() == [
        (
            "2026-02",
            "12.00",
            (
                "50 % × 60 % × (60.00 − 20.00) = 12.00 EUR; Expansion: 50 % of what the MRR rose by in the month, "
                "times your share (Sourced)."
            ),
        )
    ]


def test_renewal_is_earned_on_each_anniversary_and_29_february_falls_on_the_28th() -> None:
    leap = replace(S, started_on=date(2024, 2, 29), changes={date(2024, 2, 29): Decimal(100)})
    dropped = {**leap.changes, date(2025, 3, 1): Decimal(200)}
    install(
        replace(
            BASE,
            rules=(Rule("standard", "renewal", Decimal(25), age_from=13),),
            subscriptions=(replace(leap, changes=dropped),),
        )
    )
    # On 28 February 2025 the MRR is still 100; the rise of 1 March comes with the anniversary of 2026.
    assert entries_of(run_month(date(2026, 3, 1))) == [
        ("2025-02", "a", "s", "renewal", Decimal("15.00")),
        ("2026-02", "a", "s", "renewal", Decimal("30.00")),
    ]


def test_accelerator_pays_each_rate_only_on_its_part_and_belongs_to_no_subscription() -> None:
    other = replace(
        S, id="t", changes={date(2026, 1, 10): Decimal(1000)}, credits=(Credit("a", "sourced", Decimal(100)),)
    )
    rules = (
        Rule("standard", "accelerator", Decimal(1), currency="EUR"),
        Rule("standard", "accelerator", Decimal(5), currency="EUR", threshold=Decimal(400)),
        Rule("standard", "accelerator", Decimal(10), currency="EUR", threshold=Decimal(1000)),
    )
    install(replace(BASE, rules=rules, subscriptions=(S, other)))
    # 60 % × 100 + 1000 = 1060: 400 at 1 %, 600 at 5 %, 60 at 10 %.
    assert entries_of(run_month(date(2026, 1, 1))) == [("2026-01", "a", "", "accelerator", Decimal("40.00"))]
    assert explained()[0][2] == (
        "1 % × 400.00 + 5 % × 600.00 + 10 % × 60.00 = 40.00 EUR; "
        "Accelerator: 1 % of the part of the month’s new MRR in its bracket. "
        "Accelerator: 5 % of the part of the month’s new MRR in its bracket. "
        "Accelerator: 10 % of the part of the month’s new MRR in its bracket."
    )


def test_rules_of_the_partners_tier_replace_the_general_brackets() -> None:
    gold = {"a": Partner("a", tiers=(Span("gold"),))}
    rules = (
        Rule("standard", "accelerator", Decimal(1), currency="EUR"),
        Rule("standard", "accelerator", Decimal(5), currency="EUR", tier="gold", threshold=Decimal(10)),
    )
    install(replace(BASE, partners=gold, rules=rules))
    assert entries_of(run_month(date(2026, 1, 1))) == [("2026-01", "a", "", "accelerator", Decimal("2.50"))]


def test_the_cap_limits_a_subscription_over_its_life_in_order_of_month_and_kind() -> None:
    plan = Plan("standard", cap=Decimal(100))
    rules = (Rule("standard", "recurring", Decimal(50)), Rule("standard", "upfront", Decimal(100)))
    install(replace(BASE, plans={"standard": plan}, rules=rules))
    # January: recurring 50 % × 60 × 22/31 = 21.29, upfront 60.00; February gets the 18.71 that are left of 100.
    assert entries_of(run_month(date(2026, 3, 1))) == [
        ("2026-01", "a", "s", "recurring", Decimal("21.29")),
        ("2026-01", "a", "s", "upfront", Decimal("60.00")),
        ("2026-02", "a", "s", "recurring", Decimal("18.71")),
    ]


def test_collected_commission_grows_as_the_customer_pays() -> None:
    plan = Plan("standard", basis="collected")
    program = replace(BASE, plans={"standard": plan}, rules=(Rule("standard", "recurring", Decimal(20)),))
    install(program)
    assert entries_of(run_month(date(2026, 2, 1))) == []
    half = replace(S, collections={date(2026, 2, 1): (Decimal(100), Decimal(50))})
    install(replace(program, subscriptions=(half,)))
    assert entries_of(run_month(date(2026, 2, 1))) == [("2026-02", "a", "s", "recurring", Decimal("6.00"))]
    over = replace(S, collections={date(2026, 2, 1): (Decimal(100), Decimal(130))})
    install(replace(program, subscriptions=(over,)))
    assert entries_of(run_month(date(2026, 2, 1))) == [("2026-02", "a", "s", "recurring", Decimal("6.00"))]
