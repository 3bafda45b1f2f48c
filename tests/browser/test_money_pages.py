"""Plans, adjustments, differences and payouts in a real browser: checked as they are typed, with and without script."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from commissions.models import Adjustment, PayoutBatch, Plan, PlanAssignment, Rule, StandingDifference
from commissions.queries.plans import versions_of
from commissions.services.payout_batches import prepare_payouts
from commissions.services.rules import add_rule, correct_rule
from prm.actors import OPERATOR
from tests.browser.checks import assert_good_page, assert_no_sideways_scroll
from tests.browser.conftest import NARROWEST, PHONE, WIDE, OpenPage
from tests.cast import Cast, assemble
from tests.commissions.test_manage_adjustments import adjust, difference
from tests.commissions.test_portal_earnings import FEBRUARY, JANUARY, NOW
from tests.factories.commissions import make_subscription
from tests.factories.money import owe
from tests.factories.partners import make_tier
from tests.factories.payees import make_payable

DAY = date(2026, 6, 3)


@pytest.fixture
def cast(live_server: object) -> Cast:
    """Make a plan with corrected rules, a paid batch to come, an adjustment and two differences that wait."""
    cache.clear()
    cast = assemble()
    ada, now = cast.actor("admin"), timezone.now()
    plan = Plan.objects.create(
        code="standard", name="Standard", is_default=True, clawback="full", clawback_days=90, minimum_payout=50
    )
    first = {"plan": plan, "kind": "recurring", "valid_from": JANUARY, "age_until": 13}
    add_rule(values={**first, "rate": Decimal(20)}, actor=ada, now=now)
    gold = add_rule(values={**first, "rate": Decimal(25), "tier": make_tier("gold", rank=2)}, actor=ada, now=now)
    correct_rule(rule_id=gold.pk, values={"rate": Decimal("27.5")}, reason="New price list", actor=ada, now=now)
    PlanAssignment.objects.create(partner=cast.partner, plan=plan, valid_from=JANUARY)
    subscription = make_subscription(cast.partner, customer="Pihlaja Dental Oy")
    make_payable(cast.partner, rate="10")
    owe(northwind="200 EUR", contoso="40 EUR")
    prepare_payouts(as_of=DAY, actor=OPERATOR, now=NOW)
    owe(northwind="90 EUR")
    adjust(cast)
    difference(cast, subscription)
    difference(cast, subscription, period=FEBRUARY, earned="10")
    return cast


def paths() -> tuple[str, ...]:
    """Return every page of the four."""
    rule, batch = Rule.objects.get(rate=Decimal("27.5")), PayoutBatch.objects.get()
    payout = batch.payouts.get()
    plan = "plans/standard/"
    return (
        "plans/", plan, f"{plan}rules/{rule.pk}/", f"{plan}rules/add/", f"{plan}rules/{rule.pk}/correct/",
        f"{plan}rules/{rule.pk}/end/", f"{plan}rules/{rule.pk}/undo/", f"{plan}edit/", f"{plan}partners/",
        f"{plan}partners/assign/", "new-plan/", "adjustments/", "adjustments/add/", "differences/", "payouts/",
        f"payouts/prepare/?as_of={DAY}", f"payouts/{batch.number}/", f"payouts/{batch.number}/{payout.number}/cancel/",
    )  # fmt: skip


@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", PHONE)])
def test_money_pages_are_good_pages(open_page: OpenPage, cast: Cast, theme: str, width: int) -> None:
    cast.finance_person.roles = ["finance", "admin"]
    cast.finance_person.save()
    for path in paths():
        assert_good_page(open_page(f"/manage/{path}", user=cast.finance_person, theme=theme, width=width))


def test_money_pages_fit_the_narrowest_phone(open_page: OpenPage, cast: Cast) -> None:
    for path in ("plans/standard/rules/add/", "differences/", f"payouts/prepare/?as_of={DAY}", "adjustments/"):
        assert_no_sideways_scroll(open_page(f"/manage/{path}", user=cast.finance_person, width=NARROWEST))


def test_a_tie_is_named_while_it_is_typed_and_a_rule_is_tried_out_and_added(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/manage/plans/standard/rules/add/", user=cast.admin)
    page.get_by_label("Rate, %").fill("10")
    expect(page.get_by_text("This rule would be refused")).to_be_visible()
    expect(page.get_by_text("nobody could tell which one counts")).to_be_visible()
    assert_good_page(page)
    page.get_by_label("Role").select_option("sourced")
    expect(page.get_by_text("It takes over from")).to_be_visible()
    page.get_by_role("button", name="See what it would change").click()
    expect(page.get_by_text("it matches 1 subscription of 1 partner.")).to_be_visible()
    assert_good_page(page)
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("In force: Recurring 10")).to_be_visible()


def test_the_form_shows_the_fields_of_its_kind(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/manage/plans/standard/rules/add/", user=cast.admin)
    expect(page.get_by_label("Rate, %")).to_be_visible()
    expect(page.get_by_label("Amount")).to_be_hidden()
    page.get_by_label("Kind").select_option("spiff")
    expect(page.get_by_label("Amount")).to_be_visible()
    expect(page.get_by_label("Rate, %")).to_be_hidden()
    page.get_by_label("Kind").select_option("accelerator")
    expect(page.get_by_label("Above new MRR of")).to_be_visible()
    expect(page.get_by_label("Role")).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_rule_is_corrected_and_the_correction_undone(open_page: OpenPage, cast: Cast, scripts: bool) -> None:
    rule = Rule.objects.get(rate=20)
    page = open_page(f"/manage/plans/standard/rules/{rule.pk}/", user=cast.admin, scripts=scripts)
    page.get_by_role("link", name="Correct", exact=True).click()
    page.get_by_label("Rate, %").fill("22")
    page.get_by_label("Reason for the correction").fill("Typing error")
    page.get_by_role("button", name="Put the correction in force").click()
    expect(page.get_by_text("Corrected: Recurring 22")).to_be_visible()
    page.get_by_role("link", name="Undo the correction").click()
    page.get_by_label("Reason").fill("It was right")
    page.get_by_role("button", name="Undo the correction").click()
    expect(page.get_by_text("3 versions")).to_be_visible()
    assert [version.rate for version in versions_of(rule)] == [Decimal(20), Decimal(22), Decimal(20)]


@pytest.mark.parametrize("scripts", [True, False])
def test_an_adjustment_is_withdrawn_and_the_withdrawal_undone(open_page: OpenPage, cast: Cast, scripts: bool) -> None:
    page = open_page("/manage/adjustments/?state=waiting", user=cast.finance_person, scripts=scripts)
    page.get_by_role("button", name="Withdraw Northwind IT").click()
    expect(page.get_by_text("Withdrawn: ")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Entered again. It joins the next run.")).to_be_visible()
    assert Adjustment.objects.pending().count() == 1


@pytest.mark.parametrize("scripts", [True, False])
def test_differences_are_ticked_and_decided(open_page: OpenPage, cast: Cast, scripts: bool) -> None:
    page = open_page("/manage/differences/", user=cast.finance_person, scripts=scripts)
    page.get_by_label("Northwind IT, Pihlaja Dental Oy, Recurring, January 2026").check()
    page.get_by_role("button", name="Leave ticked as posted").click()
    expect(page.get_by_text("Say why the difference is left as it is.")).to_be_visible()
    page.get_by_label("Northwind IT, Pihlaja Dental Oy, Recurring, January 2026").check()
    page.get_by_label("Reason").fill("Agreed")
    page.get_by_role("button", name="Leave ticked as posted").click()
    expect(page.get_by_text("1 difference is left as posted.")).to_be_visible()
    page.get_by_role("button", name="Settle Northwind IT").click()
    expect(page.get_by_text("1 difference is settled by an adjustment")).to_be_visible()
    assert set(StandingDifference.objects.values_list("decision", flat=True)) == {"accepted", "settled"}


@pytest.mark.parametrize("scripts", [True, False])
def test_a_batch_is_looked_at_and_prepared(open_page: OpenPage, cast: Cast, scripts: bool) -> None:
    batch = PayoutBatch.objects.get()
    page = open_page(f"/manage/payouts/{batch.number}/", user=cast.finance_person, scripts=scripts)
    page.get_by_role("link", name="Give up").click()
    page.get_by_label("Reason").fill("Wrong account")
    page.get_by_role("button", name="Give up this payout").click()
    expect(page.get_by_text("is given up; its amount is owed again.")).to_be_visible()
    page.goto("/manage/payouts/prepare/")
    page.get_by_role("button", name="Prepare this batch").click()
    expect(page.get_by_text("Nothing is sent before it is submitted.")).to_be_visible()
    assert PayoutBatch.objects.count() == 2
