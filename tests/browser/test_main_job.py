"""The main job in a real browser: from a registered deal to an amount that explains itself.

A partner registers a deal, its rival learns nothing, a manager approves it and closes it as won, finance approves
the month, and the partner reads what it earns and why.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from commissions.models import Plan, Rule, Run
from commissions.services.runs import calculate_run
from deals.models import AccountDomain, Registration
from prm.actors import OPERATOR
from prm.months import add_months, month_start
from tests.browser.checks import assert_good_page
from tests.browser.conftest import OpenPage
from tests.cast import Cast, assemble
from tests.factories.deals import make_family, make_product
from tests.factories.partners import PASSWORD


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    plan = Plan.objects.create(code="standard", name="Standard", is_default=True)
    Rule.objects.create(plan=plan, kind="recurring", rate=20)
    Rule.objects.create(plan=plan, kind="upfront", rate=100)
    family = make_family("security", name="Security")
    make_family("backup", name="Backup")
    make_product("shield", family=family, name="Shield")
    return assemble()


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Work e-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_from_a_registered_deal_to_an_explained_amount(open_page: OpenPage, cast: Cast) -> None:
    period = add_months(month_start(timezone.now().date()), -1)
    _register(open_page, cast)
    _rival_learns_nothing(open_page, cast)
    _approve_and_win(open_page, cast, started_on=period)
    calculate_run(period=period, actor=OPERATOR, now=timezone.now())
    _approve_the_month(open_page, cast)
    _read_the_explanation(open_page, cast, period)


def _register(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/accounts/login/")
    sign_in(page, cast.owner.email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    assert_good_page(page)
    page.get_by_role("link", name="Register a deal").first.click()
    page.get_by_role("radio", name="Security").check()
    page.get_by_label("Customer’s website").fill("lumisaari.fi")
    verdict = page.get_by_role("status").filter(has_text="lumisaari.fi")
    expect(verdict).to_contain_text("Available")
    page.get_by_label("Company name").fill("Lumisaari Oy")
    page.get_by_label("Country").select_option("FI")
    page.get_by_label("Expected monthly revenue").fill("480.00")
    page.get_by_label("Expected signature").select_option(index=2)
    assert_good_page(page)
    page.get_by_role("button", name="Submit registration").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lumisaari Oy")
    expect(page.get_by_role("main")).to_contain_text("In review")
    assert_good_page(page)
    registration = Registration.objects.get()
    assert (registration.holder, registration.family.code, registration.status) == (
        cast.partner,
        "security",
        "submitted",
    )
    assert AccountDomain.objects.get().domain == "lumisaari.fi"


def _rival_learns_nothing(open_page: OpenPage, cast: Cast) -> None:
    page = open_page(f"/portal/deals/{Registration.objects.get().public_id}/", user=cast.rival_owner)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    page.goto("/portal/deals/new/")
    page.get_by_role("radio", name="Security").check()
    page.get_by_label("Customer’s website").fill("lumisaari.fi")
    expect(page.get_by_role("status").filter(has_text="lumisaari.fi")).to_contain_text("Needs review")
    assert cast.partner.name not in page.content()


def _approve_and_win(open_page: OpenPage, cast: Cast, *, started_on: date) -> None:
    page = open_page("/manage/decisions/", user=cast.manager)
    page.get_by_role("link", name="Lumisaari Oy").first.click()
    assert_good_page(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    registration = Registration.objects.get(holder=cast.partner)
    page.goto(f"/manage/registrations/{registration.public_id}/win/")
    assert registration.status == "approved"
    page.get_by_label("Product").select_option(label="Shield")
    page.get_by_label("Monthly revenue").fill("480")
    page.get_by_label("Starts on").fill((started_on + timedelta(days=9)).isoformat())
    assert_good_page(page)
    page.get_by_role("button", name="won", exact=False).click()
    expect(page.get_by_role("main")).to_contain_text("Won")
    registration.refresh_from_db()
    credit = registration.credits.get()
    assert (registration.status, credit.partner, credit.share, credit.role) == (
        "won",
        cast.partner,
        Decimal(100),
        "sourced",
    )


def _approve_the_month(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/manage/runs/", user=cast.finance_person)
    run = Run.objects.get()
    page.goto(f"/manage/runs/{run.number}/")
    assert_good_page(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("main")).to_contain_text("Approved")
    run.refresh_from_db()
    assert (run.status, run.decided_by) == ("approved", cast.finance_person)


def _read_the_explanation(open_page: OpenPage, cast: Cast, period: date) -> None:
    days = (add_months(period, 1) - period).days
    earned = round(20 * 480 * (days - 9) / days) / 100
    page = open_page("/portal/earnings/", user=cast.finance)
    page.get_by_role("button", name="How the amount of Lumisaari Oy was computed").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text(f"20 % × 100 % × 480.00 × {days - 9}/{days} = {earned:.2f} EUR")
    expect(main).to_contain_text("100 % × 100 % × 480.00 = 480.00 EUR")
    assert_good_page(page)
    page.goto("/portal/statements/")
    page.get_by_role("link", name="S-000001").click()
    expect(page.get_by_role("main")).to_contain_text(f"€{480 + earned:,.2f}")
    assert_good_page(page)
