"""Tenders, letters, leads, late wins, silent deals and merges in a real browser, from both sides of the table."""

from __future__ import annotations

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, expect

from deals.models import AccountMerge, LateWin, Lead, RecordLetter, Registration, Tender
from deals.services.winning import Sale, win_registration
from prm.actors import RULE
from tests.browser.checks import assert_good_page
from tests.browser.conftest import PHONE, OpenPage
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_family, make_product, make_registration
from tests.factories.leads import make_lead

if TYPE_CHECKING:
    from deals.models import Account

pytestmark = pytest.mark.django_db(transaction=True)

PDF = FilePayload(name="letter.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7 We name Northwind IT.")


def held(cast: Cast, name: str, *, account: Account | None = None, days: int = 0) -> Registration:
    """Make a deal of the partner that was protected so many days ago, for 90 days."""
    now = timezone.now()
    window = (now - timedelta(days=days, minutes=1), now + timedelta(days=90 - days))
    account = account or make_account(name, domain=f"{name.split(maxsplit=1)[0].lower()}.fi")
    return make_registration(
        cast.partner, account=account, family=make_family("security"), status="approved", protected=window
    )


def photograph(page: Page, name: str) -> None:
    """Keep a picture where ``PICTURES`` names a folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_tender_is_opened_bid_for_and_closed(open_page: OpenPage) -> None:
    cast = assemble()
    first = held(cast, "Satama Oy")
    console = open_page(f"/manage/registrations/{first.public_id}/steps/", user=cast.manager)
    console.locator("#tender-text").fill("Three offers are asked for.")
    console.get_by_role("button", name="Open a tender").click()
    expect(console.locator(".messages")).to_contain_text("The tender is open.")

    bidder = open_page("/portal/deals/new/", user=cast.rival_seller)
    bidder.get_by_label("Customer’s website").fill("satama.fi")
    bidder.get_by_label("Company name").fill("Satama")
    bidder.get_by_label("Country").select_option("FI")
    bidder.get_by_label("Expected monthly revenue").fill("480")
    bidder.get_by_label("Expected signature").select_option(index=1)
    bidder.get_by_role("button", name="Submit registration").click()
    expect(bidder.get_by_role("heading", level=1)).to_contain_text("Satama")
    bid = Registration.objects.get(holder=cast.rival)

    console.goto(f"/manage/decisions/{bid.public_id}/")
    console.keyboard.press("a")
    console.keyboard.press("Enter")
    expect(console.locator(".messages")).to_contain_text("Approved")
    bidder.reload()
    expect(bidder.locator(".head")).to_contain_text("Bidding")
    expect(bidder.locator(".head")).to_contain_text("others may be approved for it too")
    assert "Northwind" not in bidder.content()
    assert_good_page(bidder)
    photograph(bidder, "portal-bid")

    console.goto("/manage/tenders/")
    expect(console.locator("tbody tr")).to_contain_text("Satama Oy")
    assert_good_page(console)
    console.get_by_role("link", name="Satama Oy").click()
    assert_good_page(console)
    photograph(console, "tender")
    console.get_by_label("Winner").select_option(index=1)
    console.get_by_label("Outcome").fill("The cheaper one.")
    console.get_by_role("button", name="Close the tender").click()
    expect(console.locator(".messages")).to_contain_text("The tender is closed.")
    assert Tender.objects.get().winner == bid


def test_a_letter_goes_from_the_partner_to_the_incumbent_and_back(open_page: OpenPage) -> None:
    cast = assemble()
    theirs = held(cast, "Lumisaari Oy")
    mine = make_registration(cast.rival, account=theirs.account, family=theirs.family, status="waiting")
    page = open_page(f"/portal/deals/{mine.public_id}/letter/", user=cast.rival_seller)
    page.locator("input[type=file]").set_input_files(PDF)
    page.get_by_label("Signed by").fill("Aino Virta")
    page.locator("input[name=signer_email]").fill("aino@holding.fi")
    page.locator("input[name=signed_on]").fill((timezone.now().date() - timedelta(days=1)).isoformat())
    page.get_by_role("button", name="Send the letter").click()
    expect(page.locator(".messages")).to_contain_text("The letter was sent.")
    assert_good_page(page)

    console = open_page("/manage/decisions/", user=cast.manager)
    console.get_by_role("link", name="Letters").click()
    expect(console.locator("tbody tr")).to_contain_text("To be verified")
    assert_good_page(console)
    console.locator("tbody a").first.click()
    console.get_by_label("How you verified it").fill("Called the switchboard.")
    console.get_by_role("button", name="Verify the signer").click()
    expect(console.locator(".summary")).to_contain_text("aino@holding.fi is at no domain of this customer.")
    assert_good_page(console)
    photograph(console, "letter-elsewhere")
    console.get_by_label("Why this signer speaks for the customer").fill("Holding Oy owns it.")
    console.get_by_role("button", name="Verify the signer").click()
    expect(console.locator(".messages")).to_contain_text("The signer is verified.")

    incumbent = open_page("/portal/deals/objections/", user=cast.seller)
    assert "Contoso" not in incumbent.content()
    incumbent.locator("tbody a").first.click()
    incumbent.locator("textarea").fill("She left in June.")
    incumbent.get_by_role("button", name="Object").click()
    expect(incumbent.locator(".messages")).to_contain_text("Your objection was sent.")
    assert_good_page(incumbent)
    console.reload()
    console.get_by_label("Reason that the partner reads").fill("The register says she signs.")
    console.get_by_role("button", name="It holds").click()
    expect(console.locator(".messages")).to_contain_text("The letter holds.")
    assert_good_page(console)
    photograph(console, "letter")
    assert RecordLetter.objects.get().status == "confirmed"


def test_a_lead_goes_from_offer_to_registration(open_page: OpenPage) -> None:
    cast = assemble()
    make_family("security")
    console = open_page("/manage/leads/new/", user=cast.manager)
    console.locator("input[name=website]").fill("kivi.fi")
    console.locator("input[name=company]").fill("Kivi Oy")
    console.locator("[name=country]").select_option("FI")
    console.get_by_role("button", name="Add and offer").click()
    expect(console.locator(".messages")).to_contain_text("The lead was offered to Northwind IT.")
    assert_good_page(console)
    page = open_page("/portal/", user=cast.seller)
    expect(page.locator("main")).to_contain_text("Answer the lead Kivi Oy")
    page.get_by_role("link", name="Open the lead").first.click()
    page.get_by_role("button", name="Accept the lead").click()
    page.get_by_role("button", name="Register the deal").click()
    expect(page.get_by_text("The deal is registered and protected.")).to_be_visible()
    console.goto("/manage/leads/?state=converted")
    expect(console.locator("tbody tr")).to_contain_text("Northwind IT")
    assert Lead.objects.get().registration is not None


def test_two_customers_are_merged_after_a_look_and_taken_apart_again(open_page: OpenPage) -> None:
    cast = assemble()
    survivor, merged = make_account("Kivi Oy", domain="kivi.fi"), make_account("Kivi Robotics", domain="kivi.io")
    make_registration(cast.partner, account=merged, status="approved")
    page = open_page(f"/manage/customers/{survivor.public_id}/merge/?other={merged.public_id}", user=cast.manager)
    expect(page.locator("main")).to_contain_text("Kivi Robotics")
    assert_good_page(page)
    photograph(page, "merge")
    page.get_by_label("Reason").fill("One company.")
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator(".messages")).to_be_visible()
    assert Registration.objects.get().account == survivor
    page.goto("/manage/customers/merges/")
    assert_good_page(page)
    photograph(page, "merges")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".messages").first).to_be_visible()
    assert Registration.objects.get().account == merged
    assert AccountMerge.objects.get().undone_at is not None


def test_late_wins_and_silent_deals_are_settled_from_their_tabs(open_page: OpenPage) -> None:
    cast = assemble()
    late = make_registration(cast.partner, account=make_account("Betoni Oy"), status="expired")
    sale = Sale(make_product(), Decimal(480), "EUR", timezone.now().date())
    win_registration(registration_id=late.pk, actor=RULE, now=timezone.now(), version=None, sale=sale)
    quiet = held(cast, "Hiljainen Oy", days=50)
    make_lead(account=make_account("Kukaan Oy"), now=timezone.now(), status="returned")
    page = open_page("/manage/decisions/", user=cast.manager)
    assert_good_page(page)
    photograph(page, "decisions")
    expect(page.locator(".bar").get_by_role("link", name="Leads")).to_contain_text("1")
    page.get_by_role("link", name="Late wins").click()
    assert_good_page(page)
    photograph(page, "late-wins")
    page.get_by_role("button", name="Let it count").click()
    expect(page.locator(".messages")).to_contain_text("is credited")
    assert LateWin.objects.get().decision == "accepted"
    page.get_by_role("link", name="Silent deals").click()
    expect(page.locator("tbody tr")).to_contain_text("50 days")
    assert_good_page(page)
    photograph(page, "silent")
    page.get_by_role("button", name="Release Hiljainen Oy").click()
    expect(page.locator(".messages")).to_contain_text("1 customer was released.")
    expect(page.locator(".empty")).to_contain_text("something was heard")
    quiet.refresh_from_db()
    assert quiet.status == "revoked"


@pytest.mark.parametrize(
    ("theme", "width", "locale"), [("dark", 1360, "en"), ("light", PHONE, "en"), ("light", 1360, "fa")]
)
def test_lists_are_good_in_every_shape(open_page: OpenPage, theme: str, width: int, locale: str) -> None:
    cast = assemble()
    held(cast, "Hiljainen Oy", days=50)
    make_lead(account=make_account("Kukaan Oy"), now=timezone.now(), status="returned")
    late = make_registration(cast.partner, account=make_account("Betoni Oy"), status="expired")
    sale = Sale(make_product(), Decimal(480), "EUR", timezone.now().date())
    win_registration(registration_id=late.pk, actor=RULE, now=timezone.now(), version=None, sale=sale)
    for name in ("decisions", "registrations", "silent", "tenders", "letters", "late-wins", "leads", "awards"):
        page = open_page(f"/manage/{name}/", user=cast.manager, theme=theme, width=width, locale=locale)
        assert_good_page(page)
        photograph(page, f"{name}-{theme}-{width}-{locale}")
        page.close()
