"""Asking about an entry, and answering it, in a real browser."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from commissions.models import Dispute, Statement
from commissions.queries.subjects import Asked, find_subject
from commissions.services.disputes import open_dispute
from prm.models import Program
from tests.browser.checks import assert_good_page, assert_no_sideways_scroll
from tests.browser.conftest import NARROWEST, PHONE, WIDE, OpenPage
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import APRIL, JANUARY, MARCH, install, run_months
from tests.factories.commissions import make_subscription
from tests.factories.payees import make_payable


@pytest.fixture
def cast(live_server: object) -> Cast:
    """Make the cast with two approved months, whose statements may be questioned."""
    cache.clear()
    cast = assemble()
    Program.objects.update(dispute_cutoff_days=30_000)
    install(cast)
    make_subscription(cast.partner, customer="شرکت آسمان آبی", started_on=MARCH, mrr="240")
    run_months(JANUARY, APRIL)
    return cast


def ask(cast: Cast, kind: str) -> Dispute:
    number = Statement.objects.get(partner=cast.partner, run__period=JANUARY).number
    customer = cast.partner.credits.order_by("pk")[0].subscription.public_id
    subject = find_subject(cast.actor("owner"), Asked(statement=number, subscription=customer, kind=kind))
    assert subject is not None
    return open_dispute(subject=subject, text="Is it not 70 %?", actor=cast.actor("owner"), now=timezone.now())


def test_an_entry_is_asked_about_from_earnings(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/portal/earnings/?month=2026-01&currency=EUR", user=cast.owner)
    expect(page.get_by_text("There is no payout method for this currency.")).to_be_visible()
    page.get_by_role("button", name="How the amount of Pihlaja Dental Oy was computed").click()
    page.get_by_role("link", name="Ask about this entry").last.click()
    expect(page.get_by_role("heading", name="Pihlaja Dental Oy, Upfront of January 2026")).to_be_visible()
    assert_good_page(page)
    page.get_by_role("button", name="Ask finance").click()
    expect(page.get_by_text("Write what you want to say.")).to_be_visible()
    page.get_by_label("Your question").fill("Is it not 70 %?")
    page.get_by_role("button", name="Ask finance").click()
    expect(page.get_by_text("Asked. An answer is due by")).to_be_visible()
    expect(page.get_by_text("Is it not 70 %?")).to_be_visible()
    assert Dispute.objects.get().kind == "upfront"


def test_a_dispute_is_answered_by_keyboard(open_page: OpenPage, cast: Cast) -> None:
    first, second = ask(cast, "upfront"), ask(cast, "recurring")
    page = open_page("/manage/disputes/", user=cast.finance_person)
    expect(page.get_by_text("2 wait ·")).to_be_visible()
    page.keyboard.press("e")
    page.keyboard.type("60 % is what was agreed.")
    page.keyboard.press("Tab")
    page.get_by_label("Adjustment in EUR").blur()
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{first.number} is answered with your reason.")).to_be_visible()
    expect(page).to_have_url(f"{page.url.split('/manage')[0]}/manage/disputes/{second.number}/")
    first.refresh_from_db()
    assert (first.status, first.outcome) == ("answered", "explained")


@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", PHONE)])
def test_the_pages_are_good_pages(open_page: OpenPage, cast: Cast, theme: str, width: int) -> None:
    number = ask(cast, "upfront").number
    make_payable(cast.partner, rate="15")
    for path in ("disputes/", f"disputes/{number}/", "payouts/", "earnings/?month=2026-01"):
        assert_good_page(open_page(f"/portal/{path}", user=cast.owner, theme=theme, width=width))
    for path in ("", f"{number}/"):
        assert_good_page(open_page(f"/manage/disputes/{path}", user=cast.finance_person, theme=theme, width=width))


def test_they_fit_the_narrowest_phone(open_page: OpenPage, cast: Cast) -> None:
    number = ask(cast, "upfront").number
    for path in (f"disputes/{number}/", "payouts/", "earnings/"):
        assert_no_sideways_scroll(open_page(f"/portal/{path}", user=cast.owner, width=NARROWEST))
    assert_no_sideways_scroll(open_page(f"/manage/disputes/{number}/", user=cast.finance_person, width=NARROWEST))
