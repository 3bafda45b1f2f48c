"""A partner's way in a real browser: from the application to the first won deal, on its scorecard and the program's.

A company applies; a channel manager sees the parts of its score and accepts it; the mail lets its owner in; the steps
of onboarding complete themselves and make it active; it registers a deal, which is approved and won; and what it
needed for that, to the day, stands on its own page and in the program's figures.
"""

from __future__ import annotations

import re
from datetime import timedelta
from time import time
from typing import TYPE_CHECKING

import pytest
from django.core import signing
from django.core.cache import cache
from playwright.sync_api import Page, expect

from deals.batch.rollups import refresh_rollups
from deals.models import Registration
from partners.models import AgreementAcceptance, Application, Onboarding, Partner
from partners.portal.apply_forms import CLOCK
from partners.services.agreements import publish_text
from prm import outbox
from prm.models import Program
from tests.browser.checks import assert_good_page
from tests.browser.conftest import OpenPage
from tests.cast import Cast, assemble
from tests.clock import Clock
from tests.factories.deals import make_family, make_product
from tests.factories.payees import IBAN_FI

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

PASSWORD = "seven green bicycles"
AINO = "aino@aurora.fi"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def cast(transactional_db: None, clock: Clock) -> Cast:
    cache.clear()
    made = assemble()
    make_product("shield", family=make_family("security", name="Security"), name="Shield")
    publish_text(
        agreement="Partner agreement",
        version="1",
        text="We trade fairly.",
        accept_by=None,
        actor=made.actor("admin"),
        now=clock.now(),
    )
    return made


def test_from_the_application_to_the_scorecard(
    open_page: OpenPage, cast: Cast, clock: Clock, mailoutbox: list[EmailMessage]
) -> None:
    _apply(open_page, clock, mailoutbox)
    clock.forward(days=1)
    _accept(open_page, cast)
    owner = _join(open_page, clock, mailoutbox)
    _onboard(open_page, cast, owner)
    partner = Partner.objects.get(code="aurora-cloud-oy")
    began = Program.current().day_of(clock.now())
    assert (partner.status, partner.activated_on) == ("active", began)

    clock.forward(days=4)
    _register(owner)
    _approve(open_page, cast)
    clock.forward(days=5)
    _win(open_page, cast)
    won = Registration.objects.get(holder=partner)
    assert (won.status, won.closed_on) == ("won", began + timedelta(days=9))
    refresh_rollups(today=Program.current().day_of(clock.now()))
    _see_it_counted(open_page, cast, owner)


def _apply(open_page: OpenPage, clock: Clock, mails: list[EmailMessage]) -> None:
    page = open_page("/apply/")
    page.get_by_role("textbox", name="Company", exact=True).fill("Aurora Cloud Oy")
    page.get_by_label("Website").fill("aurora.fi")
    page.get_by_label("Country").select_option("FI")
    page.get_by_label("What kind of partner would you be?").select_option(label="Reseller")
    for answer in ("Over five years", "21 to 100", "It complements what we sell", "One person, part of the time"):
        page.get_by_role("radio", name=answer).check()
    page.get_by_label("Your name").fill("Aino Virta")
    page.get_by_label("Your e-mail at the company").fill(AINO)
    assert_good_page(page)
    # A person reads as long as the form asks for; nobody waits for that here.
    page.locator("[name=clock]").evaluate("(field, value) => { field.value = value }", _read_for_a_minute())
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    page.goto(_link(mails, clock, "/apply/mine/"))
    assert Application.objects.get().status == "unconfirmed"
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("main")).to_contain_text("a person reads your application")
    assert_good_page(page)


def _accept(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/manage/partners/applications/", user=cast.manager)
    expect(page.get_by_role("main")).to_contain_text("1 application.")
    page.get_by_role("link", name="Aurora Cloud Oy").click()
    parts = page.get_by_role("table", name="Parts of the score").locator("tbody tr")
    assert [row.split("\t")[1:] for row in parts.all_inner_texts()] == [
        ["Over five years", "3 / 3", "30"],
        ["21 to 100", "2 / 3", "30"],
        ["It complements what we sell", "2 / 2", "20"],
        ["One person, part of the time", "1 / 2", "20"],
    ]
    expect(page.get_by_role("main")).to_contain_text("80.00 of 100")
    page.get_by_role("button", name="Take into review").click()
    assert_good_page(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".messages")).to_contain_text("The partner exists, and its owner is invited.")


def _join(open_page: OpenPage, clock: Clock, mails: list[EmailMessage]) -> Page:
    page = open_page(_link(mails, clock, "/join/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Join Aurora Cloud Oy")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Partner agreement 1")
    assert_good_page(page)
    page.get_by_label("I have read version 1").check()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    assert AgreementAcceptance.objects.get().name == "Aino Virta"
    return page


def _onboard(open_page: OpenPage, cast: Cast, owner: Page) -> None:
    """Enter what the program pays to, have it verified, pass a training: nobody ticks a step off."""
    assert _steps_done() == ["agreement", "profile"]
    owner.get_by_role("link", name="Continue").click()
    expect(owner.get_by_role("main")).to_contain_text("2 of 5 required steps are done")
    assert_good_page(owner)
    owner.goto("/portal/payout-details/tax-form/")
    owner.get_by_role("radio", name="VAT").check()
    owner.get_by_label("VAT id or tax number").fill("FI20774740")
    owner.get_by_role("button", name="Send in the form").click()
    owner.get_by_role("link", name="Enter", exact=True).click()
    owner.get_by_label("IBAN or account number").fill(IBAN_FI)
    assert_good_page(owner)
    owner.get_by_role("button", name="Store the account").click()
    expect(owner.locator(".messages")).to_contain_text("is stored")

    console = open_page("/manage/partners/payout-details/", user=cast.finance_person)
    console.get_by_role("link", name="Aurora Cloud Oy").first.click()
    console.get_by_role("button", name="Verify the form").click()
    expect(console.locator(".messages")).to_contain_text("The tax form is verified.")
    console.get_by_role("button", name="Verify the account").click()
    expect(console.locator(".messages")).to_contain_text("The account is verified")
    owner.goto("/portal/onboarding/")
    expect(owner.get_by_role("main")).to_contain_text("4 of 5 required steps are done")

    console = open_page("/manage/partners/certifications/record/", user=cast.manager)
    console.get_by_label("Person").fill(AINO)
    console.get_by_label("Certification").fill("Associate")
    assert_good_page(console)
    console.get_by_role("button", name="Record the certification").click()
    expect(console.locator(".messages")).to_contain_text("The certification is recorded.")
    owner.reload()
    expect(owner.get_by_role("main")).to_contain_text("All required steps are done: your company is active.")
    assert_good_page(owner)
    assert _steps_done() == ["agreement", "profile", "tax_form", "payout_method", "training"]


def _register(owner: Page) -> None:
    owner.goto("/portal/")
    owner.get_by_role("link", name="Register a deal").first.click()
    owner.get_by_role("radio", name="Security").check()
    owner.get_by_label("Customer’s website").fill("lumisaari.fi")
    expect(owner.get_by_role("status").filter(has_text="lumisaari.fi")).to_contain_text("Available")
    owner.get_by_label("Company name").fill("Lumisaari Oy")
    owner.get_by_label("Country").select_option("FI")
    owner.get_by_label("Expected monthly revenue").fill("480.00")
    owner.get_by_label("Expected signature").select_option(index=2)
    owner.get_by_role("button", name="Submit registration").click()
    expect(owner.get_by_role("heading", level=1)).to_contain_text("Lumisaari Oy")


def _approve(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/manage/decisions/", user=cast.manager)
    page.get_by_role("link", name="Lumisaari Oy").first.click()
    expect(page.locator("#detail h1")).to_contain_text("Lumisaari Oy")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".messages")).to_contain_text("Approved")


def _win(open_page: OpenPage, cast: Cast) -> None:
    deal = Registration.objects.get()
    page = open_page(f"/manage/registrations/{deal.public_id}/win/", user=cast.manager)
    page.get_by_label("Monthly revenue").fill("480")
    page.get_by_role("button", name="Close as won").click()
    expect(page.locator(".messages")).to_contain_text("Aurora Cloud Oy is credited with 100 % of Lumisaari Oy.")


def _see_it_counted(open_page: OpenPage, cast: Cast, owner: Page) -> None:
    owner.goto("/portal/")
    owner.get_by_role("link", name="Scorecard").first.click()
    expect(owner.locator("#first-deal")).to_contain_text("9 days after the activation")
    assert _figures(owner) == [
        ["Channel MRR", "€480.00", "1 live customer"],
        ["NRR", "–", "There was no customer 12 months before."],
        ["Win rate", "100 %", "n = 1, 12 months"],
        ["Sales cycle", "5 days", "n = 1, 12 months"],
    ]
    assert_good_page(owner)

    page = open_page("/manage/program/", user=cast.manager)
    expect(page.get_by_role("main")).to_contain_text("4 partners: 3 active, 1 terminated.")
    page.get_by_label("Activated in").select_option(str(Partner.objects.get(code="aurora-cloud-oy").activated_on)[:4])
    expect(page.get_by_role("main")).to_contain_text("1 partner: 1 active.")
    one_filter = "Satisfaction is shown by one filter at a time, so that nobody can be singled out."
    assert _figures(page) == [
        ["Activity rate", "100 %", "1 of 1; 95 % interval 20.7 % to 100 %; With a win in 12 months: 100 %"],
        ["Time to first deal", "9 days", "Still without after 180 days: 0 %"],
        ["Partner satisfaction", "–", one_filter],
        ["NRR", "–", "There was no customer 12 months before."],
        ["Channel MRR", "€480.00", "share of all MRR: 100 %"],
    ]
    assert_good_page(page)


def _figures(page: Page) -> list[list[str]]:
    """Return name, value and sentence of each key figure of the first line."""
    told = page.locator(".figures > div").all_inner_texts()
    return [text.replace("\N{NO-BREAK SPACE}", " ").split("\n\n")[:3] for text in told]


def _steps_done() -> list[str]:
    rows = Onboarding.objects.get().steps.filter(done_on__isnull=False).order_by("position")
    return list(rows.values_list("fact", flat=True))


def _read_for_a_minute() -> str:
    """Return the form's clock as it was signed a minute ago."""
    signer = signing.TimestampSigner(salt=CLOCK)
    signer.timestamp = lambda: signing.b62_encode(int(time()) - 60)  # type: ignore[method-assign]
    return signer.sign("apply")


def _link(mails: list[EmailMessage], clock: Clock, place: str) -> str:
    """Let the outbox send what waits, and return the path behind the one link of that kind."""
    outbox.relay(now=clock.now())
    found = [
        it for mail in mails if mail.to == [AINO] for it in re.findall(rf"http://[^/\s]+({place}\S+)", str(mail.body))
    ]
    assert len(found) == 1
    return str(found[0])
