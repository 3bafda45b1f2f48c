"""Every component, in both themes, on a phone and turned round."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.checks import assert_good_page, assert_no_csp_violation, assert_no_sideways_scroll
from tests.browser.conftest import NARROWEST, PHONE, WIDE, OpenPage


@pytest.fixture(autouse=True)
def _debug(settings: Any) -> None:
    settings.DEBUG = True


@pytest.mark.parametrize(
    ("theme", "width", "query"),
    [
        ("light", WIDE, ""),
        ("dark", WIDE, ""),
        ("light", PHONE, ""),
        ("light", WIDE, "?rtl=1"),
        ("light", WIDE, "?page=console&item=2"),
        ("dark", PHONE, "?page=console&item=2"),
        ("dark", PHONE, "?page=console"),
        ("dark", WIDE, "?page=run"),
        ("light", PHONE, "?page=run&rtl=1"),
    ],
)
def test_every_component_is_accessible(open_page: OpenPage, theme: str, width: int, query: str) -> None:
    assert_good_page(open_page(f"/styleguide/{query}", theme=theme, width=width))


@pytest.mark.parametrize("query", ["", "?page=console&item=2", "?page=run"])
def test_narrowest_phone_has_no_sideways_scroll(open_page: OpenPage, query: str) -> None:
    assert_no_sideways_scroll(open_page(f"/styleguide/{query}", width=NARROWEST))


def test_letter_moves_the_focus_to_its_decision(open_page: OpenPage) -> None:
    page = open_page("/styleguide/?page=console&item=2")
    page.locator("h2.panetitle").click()
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Reject")).to_be_focused()
    page.keyboard.press("j")
    page.wait_for_url("**/styleguide/?page=console&item=3")


def test_chart_on_a_phone_begins_at_the_selected_month(open_page: OpenPage) -> None:
    page = open_page("/styleguide/", width=PHONE)
    band = page.locator(".chart .band").first.bounding_box()
    assert band is not None
    assert 0 < band["x"] < PHONE - band["width"]


def test_theme_is_printed_by_the_server(open_page: OpenPage) -> None:
    page = open_page("/styleguide/", theme="dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 30, 40)"


def test_row_opens_in_place(open_page: OpenPage) -> None:
    page = open_page("/styleguide/")
    row, chevron = page.locator("#e4"), page.locator("[aria-controls=e4]").first
    expect(row).to_be_hidden()
    chevron.click()
    expect(row).to_be_visible()
    assert chevron.get_attribute("aria-expanded") == "true"


def test_row_opens_without_javascript(open_page: OpenPage) -> None:
    page = open_page("/styleguide/", scripts=False)
    page.locator("[aria-controls=e4]").first.click()
    assert page.url.endswith("?entry=4")


def test_dialog_opens_and_closes_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/styleguide/")
    page.get_by_role("button", name="Open a dialog").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_keys_move_the_focus_but_not_inside_fields(open_page: OpenPage) -> None:
    page = open_page("/styleguide/")
    page.locator("h1").click()
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("a/b?")
    expect(search).to_have_value("a/b?")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_focus_goes_to_the_summary_of_errors(open_page: OpenPage) -> None:
    page = open_page("/styleguide/")
    expect(page.locator(".summary")).to_be_focused()
    assert_no_csp_violation(page)
