"""Two rival partners and a manager on one customer, in a real browser, from the first word to the next in line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from deals.models import Registration
from deals.services.mail_links import link_for
from prm.models import OutboxMessage
from tests.browser.checks import assert_good_page
from tests.browser.conftest import PHONE, OpenPage
from tests.cast import assemble
from tests.factories.deals import make_account, make_family, make_registration

pytestmark = pytest.mark.django_db(transaction=True)


def register(page: Page, website: str, company: str) -> None:
    page.get_by_label("Customer’s website").fill(website)
    page.get_by_label("Company name").fill(company)
    page.get_by_label("Country").select_option("FI")
    page.get_by_label("Expected monthly revenue").fill("480")
    page.get_by_label("Expected signature").select_option(index=1)
    page.get_by_role("button", name="Submit registration").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(company)


def test_two_rivals_and_a_manager_on_one_customer(open_page: OpenPage) -> None:
    cast = assemble()
    make_family("security")
    first = open_page("/portal/deals/new/", user=cast.seller)
    register(first, "lumisaari.fi", "Lumisaari Oy")
    second = open_page("/portal/deals/new/", user=cast.rival_seller)
    register(second, "lumisaari.fi", "Lumisaari")
    expect(second.locator("main")).to_contain_text("We received an earlier request for this customer and Security.")
    assert "Northwind" not in second.content()

    console = open_page("/manage/decisions/", user=cast.manager)
    expect(console.locator(".pane")).to_contain_text("First in line. One rival is behind it.")
    console.keyboard.press("a")
    console.keyboard.press("Enter")
    expect(console.locator(".messages")).to_contain_text("Approved: Northwind IT is protected on Lumisaari Oy.")
    expect(console.locator(".pane")).to_contain_text("Nothing waits for a decision")
    second.reload()
    expect(second.locator(".head")).to_contain_text("Waiting")

    first.reload()
    first.get_by_role("button", name="Mark as lost").click()
    expect(first.locator(".head")).to_contain_text("Lost")
    second.reload()
    expect(second.locator(".head")).to_contain_text("In review")
    told = OutboxMessage.objects.filter(topic="mail", payload__to="tomasz@contoso.example")
    assert any("You are next in line" in mail.payload["text"] for mail in told)
    assert_good_page(second)


def test_the_queue_is_worked_by_keyboard(open_page: OpenPage) -> None:
    cast = assemble()
    now = timezone.now()
    for number in range(3):
        due = now + timedelta(hours=number + 1)
        make_registration(cast.partner, account=make_account(f"Customer {number} Oy"), due_at=due, submitted_at=now)
    page = open_page("/manage/decisions/", user=cast.manager)
    page.keyboard.press("s")
    page.keyboard.press("j")
    expect(page.locator(".panetitle[data-focus]")).to_contain_text("Customer 1 Oy")
    expect(page.locator(".panetitle[data-focus]")).to_be_focused()
    page.keyboard.press("s")
    expect(page.locator(".tick:checked")).to_have_count(2)
    assert_good_page(page)
    page.keyboard.press("b")
    page.keyboard.type("No contact yet.")
    page.locator("#bulk").get_by_role("button", name="Reject").press("Enter")
    expect(page.locator(".head")).to_contain_text("2 rejected.")
    assert_good_page(page)
    rejected = Registration.objects.filter(status="rejected").order_by("pk")
    assert [one.account.name for one in rejected if one.account] == ["Customer 0 Oy", "Customer 1 Oy"]
    page.get_by_role("link", name="Back to the queue").click()
    page.keyboard.press("x")
    page.locator("#reason").fill("No contact yet.")
    page.locator(".decide").get_by_role("button", name="Reject").click()
    expect(page.locator(".messages")).to_contain_text("Take back")
    page.keyboard.press("u")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Take the rejection back")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".messages")).to_contain_text("The rejection was taken back.")


def test_a_draft_survives_a_reload(open_page: OpenPage) -> None:
    cast = assemble()
    make_family("backup")
    make_family("security")
    page = open_page("/portal/deals/new/", user=cast.seller)
    page.get_by_label("Customer’s website").fill("narew-mleko.pl")
    expect(page.get_by_label("Company name")).to_have_value("Narew Mleko")
    expect(page.get_by_label("Country")).to_have_value("PL")
    expect(page.locator("#saved")).to_contain_text("Draft saved at")
    page.get_by_label("Company name").fill("SM Narew")
    page.get_by_label("Contact at the customer").fill("Jan Sowa")
    expect(page.locator("input[name=version]")).not_to_have_value("1")
    expect(page.locator("#saved")).to_contain_text("Draft saved at")
    page.wait_for_url("**/edit/")
    page.wait_for_function("document.querySelector('input[name=version]').value !== '1'")
    page.reload()
    expect(page.get_by_label("Company name")).to_have_value("SM Narew")
    expect(page.get_by_label("Contact at the customer")).to_have_value("Jan Sowa")
    assert_good_page(page)


def test_the_link_of_a_reminder_on_a_phone(open_page: OpenPage) -> None:
    cache.clear()
    cast = assemble()
    now = timezone.now()
    deal = make_registration(cast.partner, account=make_account("Haapala Oy"), status="approved", now=now)
    path = link_for(deal, cast.seller, now=now).split("8000", 1)[1]
    page = open_page(path, width=PHONE, theme="dark")
    assert_good_page(page)
    page.get_by_role("button", name="Still working on it").click()
    expect(page.locator(".messages")).to_contain_text("we know that you are at work on it")
    deal.refresh_from_db()
    assert deal.active_at is not None


def test_the_new_pages_are_good_at_every_width(open_page: OpenPage) -> None:
    cast = assemble()
    now = timezone.now()
    make_family("backup")
    make_registration(cast.partner, account=make_account("Haapala Oy"), status="approved", now=now)
    make_registration(cast.partner, account=make_account("Suvanto Oy"), submitted_at=now)
    for path in ("reasons/", "away/", "figures/", "?who=mine"):
        assert_good_page(open_page(f"/manage/decisions/{path}", user=cast.manager))
        assert_good_page(open_page(f"/manage/decisions/{path}", user=cast.manager, width=PHONE, theme="dark"))
    for width, theme in ((1360, "light"), (PHONE, "dark")):
        board = open_page("/portal/deals/?view=board", user=cast.seller, width=width, theme=theme)
        assert_good_page(board)
    board = open_page("/portal/deals/?view=board", user=cast.seller)
    board.keyboard.press("j")
    expect(board.locator(".cardlink").first).to_be_focused()
    board.get_by_role("button", name="Proposal").click()
    expect(board.locator(".messages")).to_contain_text("The stage is Proposal now.")
