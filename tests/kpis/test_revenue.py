"""Figures of MRR on twelve partners worked out by hand (``mrr_world``), undefined cases included."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from deals.batch.rollups import refresh_rollups
from deals.kpis.scorecard import cohorts_of
from deals.models import Product, RollupDay
from partners.models import Partner
from prm import metrics
from prm.actors import OPERATOR, Actor, ActorKind, PartnerRole
from prm.errors import NotAllowedError
from prm.metrics import Scope, Value
from prm.models import PriceIndex, Program
from tests.kpis.mrr_world import OLD, ON, World, _sold, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Build the twelve partners; nothing is rolled up, so that each figure is computed from the facts."""
    return build()


@pytest.fixture
def rolled(world: World) -> World:
    """Roll them up as well."""
    refresh_rollups(today=date(2026, 11, 25))
    assert RollupDay.objects.filter(day=ON, stale=False).exists()
    return world


def of(code: str, partner: int | None = None, **asked: Any) -> Value:
    return metrics.evaluate(code, Scope(as_of=ON, partner_id=partner, **asked), OPERATOR)


def told(*values: object) -> tuple[object, ...]:
    """Return values to be compared with whole numbers."""
    return values


def same(value: Decimal | None, top: int, bottom: int = 1) -> bool:
    """Whether a value is the fraction, to 12 digits."""
    return value is not None and abs(Fraction(value) - Fraction(top, bottom)) < Fraction(1, 10**12)


def test_channel_mrr_and_its_share(world: World) -> None:
    value = of("channel_mrr")
    assert told(value.value, value.currency, value.n) == (2300, "EUR", 8)
    assert same(value.part("share").value, 2300, 3900)
    assert value.part("arr").value == 27_600
    assert same(value.part("month_over_month").value, -30, 2330)
    assert same(value.part("year_over_year").value, 2300 - 2750, 2750)
    assert [str(note) for note in value.notes] == ["1 EUR = 1.25 USD, closing rate of October 2026"]
    assert same(of("channel_share").value, 2300, 3900)
    assert of("channel_mrr", world.pk("k")).value == 80
    assert of("channel_mrr", world.pk("d")).value == 0
    assert of("channel_mrr", manager="anna@v.example").value == 150 + 260
    assert of("channel_mrr", tier="gold").value == 150


def test_sourced_and_influenced(world: World) -> None:
    assert of("sourced_mrr").value == 2300
    assert of("influenced_mrr").value == 900, "what is sourced is left out, what is not counts whole"
    assert of("influenced_mrr", world.pk("l")).value == 45 + 450, "its own keeps it, by share"
    assert of("influenced_mrr", type="distributor").value == 900
    assert of("influenced_mrr", world.pk("a")).value == 0
    distributor = of("sourced_mrr", world.pk("l"))
    assert distributor.value == 0
    assert distributor.part("sub_partners").value == 80
    assert of("sourced_mrr", world.pk("a")).parts == ()


def test_co_sell_growth(world: World) -> None:
    value = of("co_sell_growth")
    assert same(value.value, 1, 2)
    assert value.part("mrr").value == 900
    assert same(value.part("year_over_year").value, 1)
    assert same(of("co_sell_growth", world.pk("l")).value, 1, 2)
    nothing = of("co_sell_growth", world.pk("a"))
    assert (nothing.value, str(nothing.undefined)) == (None, "There was none a month before.")


@pytest.mark.parametrize(
    ("code", "nrr", "grr", "customers"),
    [
        ("a", (150, 100), (1, 1), 1),
        ("b", (120, 200), (120, 200), 1),
        ("c", (0, 1), (0, 1), 1),
        ("f", (660, 600), (1, 1), 1),
        ("g", (440, 800), (400, 800), 2),
        ("h", (1, 1), (1, 1), 1),
        ("j", (130, 100), (1, 1), 1),
        ("k", (80, 100), (80, 100), 1),
        ("l", (0, 1), (0, 1), 1),
    ],
)
def test_retention_of_a_partner(
    world: World, code: str, nrr: tuple[int, int], grr: tuple[int, int], customers: int
) -> None:
    found = of("nrr", world.pk(code))
    assert same(found.value, *nrr)
    assert found.n == customers
    assert same(of("grr", world.pk(code)).value, *grr)
    assert same(found.part("grr").value, *grr)


@pytest.mark.parametrize("code", ["d", "e", "i"])
def test_retention_without_a_customer_then_is_not_defined(world: World, code: str) -> None:
    for figure in ("nrr", "grr"):
        value = of(figure, world.pk(code))
        assert (value.value, value.n) == (None, 0)
        assert str(value.undefined) == "There was no customer 12 months before."


def test_retention_of_the_program(world: World) -> None:
    value = of("nrr")
    assert same(value.value, 2080, 2750)
    assert told(value.numerator, value.denominator, value.n) == (2080, 2750, 9)
    assert same(of("grr").value, 1900, 2750)


def test_by_partner_is_the_figure_of_each(world: World) -> None:
    everybody = [partner.pk for partner in world.partners.values()]
    for code in ("nrr", "grr", "sourced_mrr_12m", "live_customers", "channel_mrr", "renewal_rate", "mrr_churn"):
        found = metrics.by_partner(code, Scope(as_of=ON), everybody, OPERATOR)
        assert {pk: found[pk].value for pk in everybody} == {pk: of(code, pk).value for pk in everybody}, code


def test_tier_criteria(world: World) -> None:
    new = {code: of("sourced_mrr_12m", pk.pk).value for code, pk in world.partners.items()}
    assert {code: int(amount or 0) for code, amount in new.items() if amount} == {"b": 100, "e": 80, "j": 130}
    assert told(of("sourced_mrr_12m").value, of("sourced_mrr_12m").n) == (310, 2)
    live = {code: of("live_customers", pk.pk).value for code, pk in world.partners.items()}
    ones = dict.fromkeys("aefgijk", 1)
    assert {code: int(number or 0) for code, number in live.items() if number} == {**ones, "b": 2}


def test_renewals_and_upsell(world: World) -> None:
    value = of("renewal_rate")
    assert told(value.numerator, value.denominator) == (8, 9)
    assert same(of("upsell_share").value, 100, 2750)
    own = of("renewal_rate", world.pk("g"))
    assert told(own.numerator, own.denominator) == (1, 2)
    assert same(of("upsell_share", world.pk("f")).value, 60, 600)
    for code in ("d", "e", "i"):
        for figure in ("renewal_rate", "upsell_share"):
            value = of(figure, world.pk(code))
            assert (value.value, str(value.undefined)) == (None, "No 12-month term ended in these 12 months.")


def test_movements_of_the_month(world: World) -> None:
    for figure, amount in (("mrr_churn", 50), ("mrr_contraction", 20), ("mrr_expansion", 40)):
        value = of(figure)
        assert same(value.value, amount, 2330), figure
        assert value.part("amount").value == amount
        assert same(value.part("customers").value, 1, 9)
    assert same(of("mrr_churn", world.pk("l")).value, 1)
    assert same(of("mrr_contraction", world.pk("k")).value, 20, 100)
    assert same(of("mrr_expansion", world.pk("b")).value, 40, 220)
    assert of("mrr_churn", world.pk("a")).value == 0
    nothing = of("mrr_churn", world.pk("c"))
    assert (nothing.value, str(nothing.undefined)) == (None, "There was no sourced MRR when the month began.")


def test_segments(world: World) -> None:
    value = of("mrr_by_segment")
    assert value.value == 3900
    assert value.part("arr").value == 46_800
    found = {part.code: part.value.value for part in value.parts if ":" in part.code}
    assert found == {
        "family:security": 2670,
        "family:backup": 1230,
        "segment:": 3900,
        "country:FI": 3900,
        "tier:gold": 150,
        "tier:": 2150,
        "tier:*": 1600,
        "origin:co_sell": 900,
        "origin:": 3000,
    }
    assert value.part("year_over_year").value == 0
    assert same(value.part("real_growth").value, -1, 11)
    security = value.part("family:security")
    assert same(security.part("month_over_month").value, 2670 - 2400, 2400)
    own = of("mrr_by_segment", world.pk("j"))
    assert told(own.value, own.part("family:backup").value, own.part("tier:").value) == (130, 130, 130)
    PriceIndex.objects.filter(month=date(2025, 10, 1)).delete()
    assert "real_growth" not in {part.code for part in of("mrr_by_segment").parts}


def test_lifetime_value(world: World) -> None:
    value = of("lifetime_value", world.pk("g"))
    assert same(value.part("monthly_churn").value, 400, 7080)
    assert same(value.value, 62304, 10)
    assert value.currency == "EUR"
    assert str(of("lifetime_value", world.pk("a")).undefined) == "No customer's MRR fell to 0 in these 12 months."
    assert str(of("lifetime_value", world.pk("c")).undefined) == "There is no customer with sourced MRR."
    Program.objects.update(gross_margin=None)
    assert str(of("lifetime_value", world.pk("g")).undefined) == "The program's gross margin is not set."


def test_cost_and_return_without_commission(world: World) -> None:
    cost = of("customer_cost")
    assert told(cost.value, cost.denominator) == (0, 2)
    assert "Market development funds count as 0: the program has none yet." in [str(note) for note in cost.notes]
    nobody = of("customer_cost", world.pk("a"))
    assert (nobody.value, str(nobody.undefined)) == (None, "No customer was new in these 12 months.")
    value = of("channel_return")
    assert (value.value, str(value.undefined)) == (None, "Nothing was spent in these 12 months.")
    assert value.numerator == 12 * 310 * Decimal("0.8")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("channel_mrr", 9),
        ("influenced_mrr", 2),
        ("co_sell_growth", 1),
        ("mrr_by_segment", 14),
        ("nrr", 9),
        ("renewal_rate", 10),
        ("mrr_churn", 1),
        ("mrr_contraction", 1),
        ("mrr_expansion", 1),
        ("sourced_mrr_12m", 3),
    ],
)
def test_rows_behind_a_figure(world: World, code: str, expected: int) -> None:
    found = metrics.rows_of(code, Scope(as_of=ON), OPERATOR)
    assert len(found.rows) == len(found.urls) == expected
    assert all(len(row) == len(found.columns) for row in found.rows)


def test_rows_add_up_to_the_figure(world: World) -> None:
    rows = metrics.rows_of("channel_mrr", Scope(as_of=ON, partner_id=world.pk("b")), OPERATOR).rows
    assert [(row[0], row[1], row[-1]) for row in rows] == [("S13", "B2", 140), ("S2", "B1", 120)]


def test_every_figure_is_the_same_from_the_rollups(rolled: World) -> None:
    scopes = [Scope(as_of=ON), Scope(as_of=ON, manager="anna@v.example"), Scope(as_of=ON, type="distributor")]
    scopes += [Scope(as_of=ON, partner_id=rolled.pk(code)) for code in "dgl"]
    ours = [metric.code for metric in metrics.all_metrics() if metric.provider.__module__.startswith("deals.kpis.")]
    kept = {(code, scope): metrics.evaluate(code, scope, OPERATOR) for code in ours for scope in scopes}
    RollupDay.objects.all().delete()
    assert kept == {(code, scope): metrics.evaluate(code, scope, OPERATOR) for code, scope in kept}


def test_of_a_selection_each_customer_and_term_counts_once(world: World) -> None:
    # f and g share F1, 60 and 40: both together have two customers of the year before and one today, not three and two.
    Partner.objects.filter(code__in="fg").update(country="IS")
    assert [of(code, country="IS").n for code in ("live_customers", "nrr", "mrr_churn", "renewal_rate")] == [1, 2, 1, 2]
    assert told(of("renewal_rate", country="IS").numerator, of("renewal_rate", country="IS").denominator) == (1, 2)
    Partner.objects.update(country="SE")  # so that the filter is the whole program
    for code in ("live_customers", "nrr", "grr", "mrr_churn", "mrr_contraction", "mrr_expansion", "renewal_rate"):
        program, selection = of(code), of(code, country="SE")
        assert (code, program.value, program.n) == (code, selection.value, selection.n)


def test_what_two_partners_have_of_a_customer_is_compared_together(world: World) -> None:
    # Beside F1's 1,000 → 1,100 of f and g: 200 of f's own become 100, so that the customer lost nothing.
    _sold(world, 20, "F1", Product.objects.get(code="vault"), {OLD: 200, date(2026, 3, 1): 100}, shares=(("f", 100),))
    Partner.objects.filter(code__in="fg").update(country="IS")
    assert same(of("grr", country="IS").value, 1200, 1600)  # and 400 of G1, which went
    assert same(of("grr", world.pk("f")).value, 760, 800)


@pytest.mark.parametrize("is_rolled_up", [False, True])
def test_retention_is_of_the_customers_that_paid_then(world: World, *, is_rolled_up: bool) -> None:
    def nrr(*codes: str) -> tuple[Decimal | None, Decimal | None]:
        Partner.objects.update(country="SE")
        Partner.objects.filter(code__in=codes).update(country="IS")
        value = of("nrr", country="IS" if codes else "")
        return value.numerator, value.denominator

    chosen: list[tuple[str, ...]] = [(), ("a",), ("h",), ("g", "h"), ("f", "g", "h")]
    before = {codes: nrr(*codes) for codes in chosen}
    vault = Product.objects.get(code="vault")
    free_start = {OLD: 0, date(2026, 3, 1): 500}
    _sold(world, 21, "T1", vault, free_start, shares=(("a", 100),))  # paid nothing then: nobody's customer of then
    _sold(world, 22, "F1", vault, free_start, shares=(("h", 100),))  # of f's and g's customer of then, and not of h's
    if is_rolled_up:
        refresh_rollups(today=date(2026, 11, 25))
    more = {codes: 500 if "g" in codes or not codes else 0 for codes in chosen}
    assert {codes: nrr(*codes) for codes in chosen} == {
        codes: ((top or 0) + more[codes], bottom) for codes, (top, bottom) in before.items()
    }
    for code, value in (("a", before["a",]), ("h", before["h",])):
        own = of("nrr", world.pk(code))
        assert (own.numerator, own.denominator) == value


def test_retention_of_a_cohort_is_that_of_its_partners_together(world: World) -> None:
    began = date(2025, 1, 10)
    Partner.objects.update(activated_on=date(2024, 1, 10))
    Partner.objects.filter(code__in="fgh").update(activated_on=began)
    _sold(world, 22, "F1", Product.objects.get(code="vault"), {OLD: 0, date(2026, 3, 1): 500}, shares=(("h", 100),))
    partners = [(world.pk(code), began) for code in "fgh"]
    _days, (cohort,) = cohorts_of(Scope(as_of=ON), partners, by_year=True)
    apart = [of("nrr", world.pk(code)) for code in "fgh"]
    together = of("nrr", cohort="2025")
    assert cohort.months[-1] is not None
    assert cohort.months[-1].nrr == together.value
    assert sum(one.numerator or 0 for one in apart) + 500 == together.numerator


def test_a_partner_asks_for_its_own_and_for_no_cost(world: World) -> None:
    actor = Actor(kind=ActorKind.PARTNER, partner_id=world.pk("a"), partner_role=PartnerRole.OWNER)
    own, other = (Scope(as_of=ON, partner_id=world.pk(code)) for code in "ab")
    assert same(metrics.evaluate("nrr", own, actor).value, 3, 2)
    for code, scope in (("nrr", other), ("nrr", Scope(as_of=ON)), ("customer_cost", own), ("channel_share", own)):
        with pytest.raises(NotAllowedError):
            metrics.evaluate(code, scope, actor)
