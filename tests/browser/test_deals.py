"""Deals in a real browser: registered with the live verdict, decided by keyboard, with scripts and without."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from deals.models import Registration
from deals.services.submission import submit_registration
from tests.browser.checks import assert_good_page
from tests.browser.conftest import NARROWEST, PHONE, OpenPage
from tests.cast import assemble
from tests.factories.deals import a_deal, make_account, make_family, make_registration

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_deal_is_registered_with_the_live_verdict_and_decided_by_keyboard(open_page: OpenPage) -> None:
    cast = assemble()
    make_family("backup")
    family = make_family("security")
    held = make_account(domain="held.fi")
    make_registration(cast.rival, account=held, family=family, status="approved", now=timezone.now())

    page = open_page("/portal/deals/new/", user=cast.seller)
    verdict = page.locator("#verdict")
    expect(verdict).to_have_attribute("data-state", "idle")
    page.locator("input[name=family][value=security]").check()
    page.get_by_label("Customer’s website").fill("held.fi")
    expect(verdict).to_have_attribute("data-state", "not_available")
    assert "Contoso" not in page.content()
    page.get_by_label("Customer’s website").fill("lumisaari.fi")
    expect(verdict).to_have_attribute("data-state", "available")
    expect(page.locator("#checked-today")).to_have_text("2 of 30")
    assert_good_page(page)
    page.get_by_label("Company name").fill("Lumisaari Oy")
    page.get_by_label("Expected monthly revenue").fill("1,480.50")
    page.get_by_label("Expected signature").select_option(index=1)
    page.get_by_role("button", name="Submit registration").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lumisaari Oy")
    assert_good_page(page)
    submit_registration(
        deal=a_deal("kivi.fi", company="Kivi Oy", family=family), actor=cast.actor("seller"), now=timezone.now()
    )

    console = open_page("/manage/decisions/", user=cast.manager)
    expect(console.locator(".bar .count")).to_contain_text("2")
    console.keyboard.press("j")
    expect(console.locator(".panetitle[data-focus]")).to_contain_text("Kivi Oy")
    # Until the swap has settled, with the focus, a link is followed as a plain one: a page of its own, without focus.
    expect(console.locator(".panetitle[data-focus]")).to_be_focused()
    console.keyboard.press("k")
    expect(console.locator(".panetitle[data-focus]")).to_contain_text("Lumisaari Oy")
    expect(console.locator(".panetitle[data-focus]")).to_be_focused()
    console.keyboard.press("x")
    console.keyboard.press("Enter")
    expect(console.locator(".summary")).to_contain_text("Give the reason that the partner reads.")
    expect(console.locator(".summary")).to_be_focused()
    console.locator("#reason").fill("No contact yet.")
    console.get_by_role("button", name="Reject").click()
    expect(console.locator(".panetitle[data-focus]")).to_contain_text("Kivi Oy")
    expect(console.locator(".messages")).to_contain_text("Rejected: Northwind IT reads your reason on Lumisaari Oy.")
    expect(console.locator(".bar .count")).to_contain_text("1")
    kivi = Registration.objects.get(company="Kivi Oy")
    assert console.url.endswith(f"/manage/decisions/{kivi.public_id}/")
    expect(console.locator(".panetitle[data-focus]")).to_be_focused()
    console.keyboard.press("a")
    console.keyboard.press("Enter")
    expect(console.locator(".messages")).to_contain_text("Approved: Northwind IT is protected on Kivi Oy.")
    assert Registration.objects.get(company="Lumisaari Oy").status == "rejected"
    assert Registration.objects.get(company="Kivi Oy").status == "approved"


def test_the_pages_fit_a_phone_and_work_without_scripts(open_page: OpenPage) -> None:
    cast = assemble()
    make_family()
    registration = submit_registration(deal=a_deal(), actor=cast.actor("seller"), now=timezone.now())
    registration.refresh_from_db()
    for path in ("/portal/deals/", "/portal/deals/new/", f"/portal/deals/{registration.public_id}/"):
        assert_good_page(open_page(path, user=cast.seller, width=NARROWEST))
    for path in ("/manage/decisions/", f"/manage/decisions/{registration.public_id}/", "/manage/registrations/"):
        assert_good_page(open_page(path, user=cast.manager, width=PHONE, theme="dark"))
    page = open_page(f"/manage/decisions/{registration.public_id}/", user=cast.manager, scripts=False)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".messages")).to_contain_text("Approved: Northwind IT is protected on Lumisaari Oy.")
