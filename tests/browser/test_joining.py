"""Somebody is invited, chooses a password, sets an app up, and signs in again with both."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from partners.services.people_invitations import invite_person, link_for
from tests.browser.checks import assert_good_page
from tests.browser.conftest import NARROWEST, PHONE, OpenPage
from tests.cast import assemble

PASSWORD = "seven green bicycles"


def test_from_the_invitation_to_the_second_factor(open_page: OpenPage, live_server: Any) -> None:
    cache.clear()
    cast = assemble()
    row = invite_person(
        partner_id=cast.partner.pk,
        email="liisa@northwind.example",
        role="finance",
        actor=cast.actor("owner"),
        now=timezone.now(),
    )
    page = open_page("/join/" + link_for(row).split("/join/")[1])
    expect(page.get_by_role("heading", level=1)).to_have_text("Join Northwind IT")
    assert_good_page(page)
    page.get_by_label("Your name").fill("Liisa Aalto")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join", exact=True).click()
    page.wait_for_url("**/portal/")

    page.goto("/account/security/")
    assert_good_page(page)
    page.get_by_role("link", name="Set up an authenticator app").click()
    assert_good_page(page)
    secret = page.locator("#totp-secret").inner_text()
    page.get_by_label("Authenticator code").fill(_code(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    assert page.locator(".codes li").count() == 10
    assert_good_page(page)

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_label("Work e-mail").fill("liisa@northwind.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    assert_good_page(page)
    page.get_by_label("Code").fill(_code(secret))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")


def test_a_passkey_is_added_and_signs_in_alone(open_page: OpenPage, live_server: Any) -> None:
    cache.clear()
    cast = assemble()
    row = invite_person(
        partner_id=cast.partner.pk,
        email="liisa@northwind.example",
        role="seller",
        actor=cast.actor("owner"),
        now=timezone.now(),
    )
    page = open_page("/accounts/login/")
    address = live_server.url.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, not to a number
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    page.goto(f"{address}/join/" + link_for(row).split("/join/")[1])
    page.get_by_label("Your name").fill("Liisa Aalto")
    page.get_by_role("button", name="Join with a passkey instead").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a passkey")
    assert_good_page(page)
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")

    page.context.clear_cookies()
    page.goto(f"{address}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/portal/")


@pytest.mark.parametrize(("path", "name"), [("/portal/people/", "owner"), ("/manage/people/", "admin")])
@pytest.mark.parametrize(("theme", "width"), [("light", PHONE), ("dark", NARROWEST)])
def test_pages_of_people_are_accessible(open_page: OpenPage, path: str, name: str, theme: str, width: int) -> None:
    cast = assemble()
    assert_good_page(open_page(path, user=getattr(cast, name), theme=theme, width=width))


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
