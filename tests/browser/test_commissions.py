"""Money in a real browser: earnings opened to a formula, a run calculated by its page and approved."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from commissions.models import Run, RunStatus, RunWarning, Statement
from commissions.services.runs import calculate_run
from commissions.tasks import calculate
from deals.models import MrrChange
from tests.browser.checks import assert_good_page, assert_no_sideways_scroll
from tests.browser.conftest import NARROWEST, PHONE, WIDE, OpenPage
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import APRIL, FEBRUARY, JANUARY, MARCH, MAY, NOW, install, run_months
from tests.factories.commissions import make_subscription

FORMULA = "20 % × 60 % × (100.00 × 15/31 + 160.00 × 16/31) = 15.72 EUR"


@pytest.fixture
def cast(live_server: object) -> Cast:
    """Make the cast with four approved months and a fifth that waits, in two currencies."""
    cache.clear()
    cast = assemble()
    subscription = install(cast)
    MrrChange.objects.create(subscription=subscription, effective_on=date(2026, 3, 16), mrr=160)
    make_subscription(cast.partner, customer="شرکت آسمان آبی", started_on=FEBRUARY, mrr="240")
    make_subscription(cast.partner, customer="Warta Sp. z o.o.", started_on=MARCH, mrr="900", currency="PLN")
    run_months(JANUARY, FEBRUARY, MARCH)
    MrrChange.objects.create(subscription=subscription, effective_on=APRIL, mrr=0)
    run_months(APRIL)
    calculate_run(period=MAY, actor=cast.actor("manager"), now=NOW)
    return cast


@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", PHONE)])
def test_money_pages_are_good_pages(open_page: OpenPage, cast: Cast, theme: str, width: int) -> None:
    number = Statement.objects.get(partner=cast.partner, run__period=MARCH, currency="EUR").number
    RunWarning.objects.create(run=Run.objects.get(period=MAY), code="no_rule", partner=cast.rival, data={"count": 2})
    for path in ("/portal/earnings/?month=2026-04", "/portal/statements/", f"/portal/statements/{number}/"):
        assert_good_page(open_page(path, user=cast.owner, theme=theme, width=width))
    for path in ("", "5/", "5/entries/", "5/changes/", "5/reject/"):
        assert_good_page(open_page(f"/manage/runs/{path}", user=cast.finance_person, theme=theme, width=width))


def test_money_pages_fit_the_narrowest_phone(open_page: OpenPage, cast: Cast) -> None:
    assert_no_sideways_scroll(open_page("/portal/earnings/?month=2026-04", user=cast.owner, width=NARROWEST))
    assert_no_sideways_scroll(open_page("/manage/runs/5/", user=cast.finance_person, width=NARROWEST))


def test_a_statement_prints_as_a_table_on_a4(open_page: OpenPage, cast: Cast) -> None:
    number = Statement.objects.filter(partner=cast.partner).values_list("number", flat=True)[0]
    page = open_page(f"/portal/statements/{number}/", user=cast.owner, width=680)
    page.emulate_media(media="print")
    shown = "document.querySelector('main .table').computedStyleMap().get('display').value"
    assert page.evaluate(shown) == "table"
    assert page.locator(".bar").is_hidden()


def test_a_row_opens_in_place_and_closes_again(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/portal/earnings/?month=2026-03&currency=EUR", user=cast.owner)
    page.get_by_role("button", name="How the amount of Pihlaja Dental Oy was computed").click()
    expect(page.get_by_text(FORMULA)).to_be_visible()
    assert_good_page(page)
    page.get_by_role("button", name="How the amount of Pihlaja Dental Oy was computed").click()
    expect(page.get_by_text(FORMULA)).to_be_hidden()


def test_a_row_has_a_page_of_its_own_without_javascript(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/portal/earnings/?month=2026-03&currency=EUR", user=cast.owner, scripts=False)
    page.get_by_role("button", name="How the amount of Pihlaja Dental Oy was computed").click()
    expect(page.get_by_text(FORMULA)).to_be_visible()


def test_a_month_is_chosen_by_its_bar(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/portal/earnings/?month=2026-03&currency=EUR", user=cast.owner)
    page.locator(".chart a[href*='2026-01']").click()
    expect(page.get_by_role("heading", name="January 2026", exact=True)).to_be_visible()


def test_the_page_that_waits_turns_into_the_run(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/manage/runs/", user=cast.manager)
    page.get_by_role("button", name="Calculate run").click()
    expect(page.get_by_text("Asked for by")).to_be_visible()
    assert_good_page(page)
    calculate(number=5, period="2026-05-01", user_id=cast.manager.pk)
    expect(page.get_by_role("heading", name="Why EUR changed")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_finance_approves_after_reading_what_it_does(open_page: OpenPage, cast: Cast, scripts: bool) -> None:
    page = open_page("/manage/runs/5/", user=cast.finance_person, scripts=scripts)
    expect(page.get_by_text("It cannot be undone")).to_be_visible()
    page.get_by_role("button", name="Approve May 2026").click()
    expect(page.get_by_text("May 2026 is approved.")).to_be_visible()
    assert Run.objects.get(number=5).status == RunStatus.APPROVED


def test_a_rejection_asks_for_its_reason_in_place(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/manage/runs/5/", user=cast.finance_person)
    page.get_by_role("link", name="Reject run").click()
    page.get_by_label("Reason").fill("The split of Pihlaja is wrong")
    assert_good_page(page)
    page.get_by_role("dialog").get_by_role("button", name="Reject run").click()
    expect(page.get_by_text("The run is rejected. Nothing was posted.")).to_be_visible()
