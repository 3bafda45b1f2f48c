"""Pages in every language: right to left and left to right, wide and on a phone, nothing English but names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from prm.models import User
from tests.browser.checks import assert_good_page, assert_no_sideways_scroll
from tests.browser.conftest import NARROWEST, PHONE, OpenPage
from tests.cast import Cast, assemble
from tests.factories.deals import make_registration

LANGUAGES = {"pl": "ltr", "fa": "rtl", "zh-hans": "ltr"}
PAGES = [
    ("owner", "/portal/"),
    ("seller", "/portal/deals/new/"),
    ("owner", "/portal/earnings/"),
    ("manager", "/manage/decisions/"),
    ("manager", "/manage/partners/"),
    ("finance_person", "/manage/runs/"),
]


@pytest.fixture
def cast(live_server: object) -> Cast:
    cast = assemble()
    make_registration(cast.partner, submitted_at=datetime.now(UTC))
    return cast


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_right_in_their_language(open_page: OpenPage, cast: Cast, language: str) -> None:
    for who, path in PAGES:
        page = open_page(path, user=getattr(cast, who), locale=language, width=PHONE)
        html = page.locator("html")
        assert (html.get_attribute("lang"), html.get_attribute("dir")) == (language, LANGUAGES[language]), path
        assert_good_page(page)
        assert_no_sideways_scroll(_narrowed(page))


def _narrowed(page: Page) -> Page:
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    return page


def test_a_person_chooses_in_the_menu_and_reads_it_from_then_on(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/portal/", user=cast.owner)
    page.locator("details.account summary").click()
    page.get_by_role("button", name="فارسی").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("h1")).to_have_text("خانه")
    assert User.objects.get(pk=cast.owner.pk).language == "fa"


def test_cards_of_a_table_keep_label_and_number_apart_right_to_left(open_page: OpenPage, cast: Cast) -> None:
    page = open_page("/manage/customers/", user=cast.manager, locale="fa", width=PHONE)
    cell = page.locator("td.n[data-l]").first
    cell.wait_for()
    box = cell.bounding_box()
    assert box is not None
    assert box["width"] > PHONE / 2
