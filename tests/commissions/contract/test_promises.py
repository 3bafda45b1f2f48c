"""What the database keeps of the facts (commission rules, section 2): overlaps, shares, ties, circles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction

from commissions.models import Plan, PlanAssignment, Rule
from deals.models import Credit, Family, MrrChange, Product
from partners.models import ParentAssignment, Partner, Tier, TierAssignment
from prm.errors import constraint_of
from tests.commissions.contract.program import day
from tests.factories.commissions import make_product, make_subscription
from tests.factories.partners import make_partner, make_tier

if TYPE_CHECKING:
    from collections.abc import Callable

    from deals.models import Subscription

pytestmark = pytest.mark.django_db


def refused(write: Callable[[], object]) -> str:
    """Return the constraint that refuses ``write``, or the empty string where nothing does."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        return constraint_of(error)
    return ""


def until(text: str) -> dict[str, Any]:
    """Return the columns of a range ``from..until``."""
    start, _, end = text.partition("..")
    return {"valid_from": day(start) if start else None, "valid_until": day(end) if end else None}


@pytest.fixture
def subscription() -> Subscription:
    return make_subscription()


@pytest.fixture
def a() -> Partner:
    return make_partner("a")


@pytest.fixture
def b() -> Partner:
    return make_partner("b")


def share(subscription: Subscription, partner: Partner, percent: str, days: str = "..", role: str = "sourced") -> str:
    return refused(
        lambda: Credit.objects.create(
            subscription=subscription, partner=partner, share=percent, role=role, **until(days)
        )
    )


def test_credits_of_one_partner_and_role_never_overlap(subscription: Subscription, a: Partner, b: Partner) -> None:
    assert share(subscription, a, "30", "2026-01-01..2026-03-01") == ""
    assert share(subscription, a, "30", "2026-02-28..") == "credit_no_overlap"
    assert share(subscription, a, "30") == "credit_no_overlap"
    assert share(subscription, a, "30", "2026-03-01..") == ""  # the end is not one of its days
    assert share(subscription, a, "30", "2026-01-15..", role="services") == ""
    assert share(subscription, b, "30", "2026-01-15..") == ""
    assert share(make_subscription(), a, "30", "2026-01-15..") == ""


def test_voided_credits_overlap_nothing(subscription: Subscription, a: Partner) -> None:
    assert share(subscription, a, "0", "2026-01-01..") == ""
    assert share(subscription, a, "60", "2026-01-05..2026-01-05") == ""
    assert share(subscription, a, "60", "2026-01-02..") == ""
    assert share(subscription, a, "0", "2026-01-07..") == ""
    assert share(subscription, a, "60", "2026-01-08..2026-01-08") == ""


def test_sourced_shares_of_a_day_stay_within_100(subscription: Subscription, a: Partner, b: Partner) -> None:
    assert share(subscription, a, "60", "2026-01-01..2026-02-01") == ""
    assert share(subscription, b, "40.0001") == "credit_shares_within_100"
    assert share(subscription, b, "41", "2026-01-31..2026-02-02") == "credit_shares_within_100"
    assert share(subscription, b, "41", "2025-12-01..2026-01-02") == "credit_shares_within_100"
    assert share(subscription, b, "100", "2026-02-01..") == ""
    assert share(subscription, b, "40", "2026-01-01..2026-02-01") == ""
    assert share(subscription, b, "100", role="influenced") == ""
    assert share(subscription, a, "100", role="influenced") == ""


def test_a_split_is_corrected_in_one_statement_but_not_through_101_percent(
    subscription: Subscription, a: Partner, b: Partner
) -> None:
    for partner, percent in ((a, "60"), (b, "40")):
        share(subscription, partner, percent)
    over = "UPDATE deals_credit SET share = 41 WHERE partner_id = %s"
    swap = "UPDATE deals_credit SET share = 100 - share"

    def run(sql: str, *parameters: int) -> str:
        def write() -> None:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters or None)

        return refused(write)

    assert run(over, b.pk) == "credit_shares_within_100"
    assert run(swap) == ""
    assert {c.partner.code: int(c.share) for c in Credit.objects.all()} == {"a": 40, "b": 60}


def test_two_credits_trade_places_in_one_statement(subscription: Subscription, a: Partner, b: Partner) -> None:
    share(subscription, a, "100", "2026-01-01..2026-02-01")
    share(subscription, b, "100", "2026-02-01..")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE deals_credit SET partner_id = CASE partner_id WHEN %s THEN %s ELSE %s END", [a.pk, b.pk, a.pk]
        )
    rows = Credit.objects.order_by("valid_from").values_list("partner__code", flat=True)
    assert list(rows) == ["b", "a"]


def test_assignments_of_one_partner_never_overlap_unless_they_are_empty(a: Partner, b: Partner) -> None:
    gold, silver = make_tier("gold"), make_tier("silver")
    one, two = Plan.objects.create(code="one", name="One"), Plan.objects.create(code="two", name="Two")
    top, other = make_partner("top"), make_partner("other")

    def tier(partner: Partner, value: Tier, days: str) -> str:
        return refused(lambda: TierAssignment.objects.create(partner=partner, tier=value, **until(days)))

    def plan(partner: Partner, value: Plan, days: str) -> str:
        return refused(lambda: PlanAssignment.objects.create(partner=partner, plan=value, **until(days)))

    def parent(partner: Partner, value: Partner, days: str) -> str:
        return refused(lambda: ParentAssignment.objects.create(partner=partner, parent=value, **until(days)))

    for write, first, second, name in (
        (tier, gold, silver, "tier_no_overlap"),
        (plan, one, two, "plan_no_overlap"),
        (parent, top, other, "parent_no_overlap"),
    ):
        assert write(a, first, "..2026-03-01") == ""  # type: ignore[arg-type]
        assert write(a, second, "2026-02-28..") == name  # type: ignore[arg-type]
        assert write(a, second, "2026-02-15..2026-02-15") == ""  # type: ignore[arg-type]
        assert write(a, second, "2026-03-01..") == ""  # type: ignore[arg-type]
        assert write(b, second, "2026-02-28..") == ""  # type: ignore[arg-type]


def test_nobody_is_above_itself_on_any_day_over_however_many_steps() -> None:
    p = {code: make_partner(code) for code in ("one", "two", "three")}

    def under(child: str, parent: str, days: str) -> str:
        return refused(lambda: ParentAssignment.objects.create(partner=p[child], parent=p[parent], **until(days)))

    assert under("one", "one", "..") != ""
    assert under("one", "two", "2026-01-01..2026-03-01") == ""
    assert under("two", "three", "2026-02-01..") == ""
    assert under("three", "one", "2026-02-28..") == "parent_no_cycle"
    assert under("three", "one", "2026-03-01..") == ""  # one is under nobody by then


def test_levels_are_not_negative_and_one_a_day(subscription: Subscription) -> None:
    def level(mrr: str, on: str) -> str:
        return refused(lambda: MrrChange.objects.create(subscription=subscription, effective_on=day(on), mrr=mrr))

    assert level("-0.01", "2026-02-01") == "mrr_not_negative"
    assert level("0", "2026-02-01") == ""
    assert level("5", "2026-02-01") == "mrr_change_one_a_day"


@pytest.fixture
def standard() -> Plan:
    return Plan.objects.create(code="standard", name="Standard")


def write_rule(plan: Plan, **fields: Any) -> str:
    money = {} if fields.get("kind") == "spiff" else {"rate": 1}
    return refused(lambda: Rule.objects.create(**{"plan": plan, "kind": "recurring", **money, **fields}))


def test_two_rules_tie_when_every_field_is_the_same_and_empty_equals_empty(standard: Plan) -> None:
    make_product("p", family="f")
    product, family, gold = Product.objects.get(), Family.objects.get(), make_tier("gold")
    other = Plan.objects.create(code="other", name="Other")
    assert write_rule(standard) == ""
    assert write_rule(standard, **until("2026-01-01..")) == "rule_no_tie"
    for difference in (
        {"kind": "upfront"},
        {"product": product},
        {"family": family},
        {"tier": gold},
        {"role": "sourced"},
        {"currency": "EUR"},
    ):
        assert write_rule(standard, **difference) == ""
        assert write_rule(standard, **difference, **until("2026-01-01..")) == "rule_no_tie"
        assert write_rule(standard, **difference, age_from=7) == "rule_no_tie"
    assert write_rule(other) == ""


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ({"age_until": 13}, {"age_from": 13}, ""),
        ({"age_until": 14}, {"age_from": 13}, "rule_no_tie"),
        ({"age_from": 5, "age_until": 6}, {"age_from": 1, "age_until": 5}, ""),
        ({"age_from": 5}, {"age_from": 900}, "rule_no_tie"),
        (until("..2026-03-01"), until("2026-03-01.."), ""),
        (until("..2026-03-02"), until("2026-03-01.."), "rule_no_tie"),
        (until("2026-03-01..2026-03-01"), until(".."), ""),
        # Dates and ages must both overlap.
        ({"age_until": 13, **until("..2026-03-01")}, {"age_from": 12, **until("2026-03-01..")}, ""),
        ({"age_until": 13, **until("..2026-03-01")}, {"age_from": 13, **until("2026-02-01..")}, ""),
        ({"age_until": 13, **until("..2026-03-01")}, {"age_from": 12, **until("2026-02-28..")}, "rule_no_tie"),
    ],
)
def test_rules_tie_only_where_both_their_dates_and_their_ages_overlap(
    standard: Plan, first: dict[str, Any], second: dict[str, Any], answer: str
) -> None:
    assert write_rule(standard, **first) == ""
    assert write_rule(standard, **second) == answer


@pytest.mark.parametrize(
    ("thresholds", "answer"),
    [
        (("100", "100"), "rule_no_tie"),
        (("100", "100.01"), ""),
        ((None, None), "rule_no_tie"),
        ((None, "0"), "rule_no_tie"),  # an empty threshold is 0
        ((None, "0.01"), ""),
    ],
)
def test_brackets_tie_when_they_begin_at_the_same_threshold(
    standard: Plan, thresholds: tuple[str | None, str | None], answer: str
) -> None:
    one, two = ({"kind": "accelerator", "currency": "EUR", "threshold": t} for t in thresholds)
    assert write_rule(standard, **one) == ""
    assert write_rule(standard, **two, **until("2026-01-01..")) == answer


def test_a_retired_version_ties_with_nothing(standard: Plan) -> None:
    assert write_rule(standard, retired_at=datetime(2026, 1, 1, tzinfo=UTC)) == ""
    assert write_rule(standard) == ""


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"kind": "accelerator", "currency": "EUR"}, ""),
        ({"kind": "accelerator"}, "rule_amount_has_currency"),
        ({"kind": "accelerator", "currency": "EUR", "role": "sourced"}, "rule_accelerator_is_plain"),
        ({"kind": "accelerator", "currency": "EUR", "age_from": 2}, "rule_accelerator_is_plain"),
        ({"kind": "accelerator", "currency": "EUR", "age_until": 13}, "rule_accelerator_is_plain"),
        ({"kind": "accelerator", "currency": "EUR", "threshold": -1}, "rule_threshold_only_accelerator"),
        ({"kind": "recurring", "threshold": 5}, "rule_threshold_only_accelerator"),
        ({"kind": "recurring", "minimum_mrr": 5}, "rule_minimum_mrr_only_spiff"),
        ({"kind": "spiff", "amount": 5}, "rule_amount_has_currency"),
        ({"kind": "spiff", "amount": 5, "currency": "EUR", "minimum_mrr": 5}, ""),
        ({"kind": "spiff", "currency": "EUR"}, "rule_rate_or_amount"),
        ({"kind": "recurring", "amount": 5}, "rule_rate_or_amount"),
        ({"kind": "recurring", "age_from": 0}, "rule_ages_in_order"),
        ({"kind": "recurring", "age_from": 3, "age_until": 3}, "rule_ages_in_order"),
    ],
)
def test_each_kind_has_its_own_fields(standard: Plan, fields: dict[str, Any], answer: str) -> None:
    assert write_rule(standard, **fields) == answer


@pytest.mark.parametrize("field", ["product", "family"])
def test_an_accelerator_is_for_every_product(standard: Plan, field: str) -> None:
    make_product("p", family="f")
    row = {"product": Product, "family": Family}[field]._default_manager.get()
    values = {"kind": "accelerator", "currency": "EUR", field: row}
    assert write_rule(standard, **values) == "rule_accelerator_is_plain"


def test_a_rule_names_a_product_or_a_family_not_both(standard: Plan) -> None:
    product = make_product("p", family="f")
    assert write_rule(standard, product=product, family=product.family) == "rule_product_or_family"
