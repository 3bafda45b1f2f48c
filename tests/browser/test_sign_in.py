"""The way in, by keyboard, and what stands around it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.checks import assert_good_page
from tests.browser.conftest import NARROWEST, PHONE, WIDE, OpenPage
from tests.factories.partners import PASSWORD, make_user


@pytest.mark.parametrize("path", ["login", "password/reset", "signup", "password/reset/key/x-y"])
@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", PHONE)])
def test_entry_pages_are_accessible(open_page: OpenPage, path: str, theme: str, width: int) -> None:
    assert_good_page(open_page(f"/accounts/{path}/", theme=theme, width=width))


def test_entry_pages_fit_the_narrowest_phone(open_page: OpenPage) -> None:
    assert_good_page(open_page("/accounts/login/", width=NARROWEST))


def test_wrong_password_says_so_and_keeps_the_address(open_page: OpenPage) -> None:
    page = open_page("/accounts/login/")
    page.get_by_label("Work e-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title("Error: Sign in · Partner program")
    expect(page.get_by_label("Work e-mail")).to_have_value("nobody@example.com")
    assert_good_page(page)


def test_sign_in_works_without_javascript(open_page: OpenPage) -> None:
    make_user("sam@example.com", name="Sam")
    page = open_page("/accounts/login/", scripts=False)
    page.get_by_label("Work e-mail").fill("sam@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is not for you")
