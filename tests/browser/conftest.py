"""A real browser on a real server: Debian's Chromium, driven by Playwright.

``open_page("/portal/", user=cast.owner, theme="dark", width=375)`` gives a Playwright page; the checks
to hold against it stand in ``tests/browser/checks.py``. Without a browser these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

from prm.models import User
from prm.ui.views import THEME_COOKIE
from tests.browser.checks import watch

# Playwright's loop runs in this thread, which Django takes for asynchronous code; the test itself is not.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE, PHONE, NARROWEST = 1360, 375, 320
HEIGHT = 900


class OpenPage(Protocol):
    """Opens a page of the server under test."""

    def __call__(
        self,
        path: str,
        *,
        user: User | None = None,
        theme: str = "light",
        width: int = WIDE,
        locale: str = "en",
        scripts: bool = True,
        **context: Any,
    ) -> Page: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as a browser test."""
    for item in items:
        if "/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One browser for the whole session; ``CHROMIUM`` names another one."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("no Chromium here; Debian, Ubuntu: apt-get install chromium")
    # Root, as in a container, has no user namespace for Chromium's sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    try:
        running = playwright.chromium.launch(executable_path=found, args=[*arguments, "--disable-dev-shm-usage"])
    except Error as error:
        pytest.skip(f"{found} does not start: {error.message.splitlines()[0]}")
    yield running
    running.close()


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[OpenPage]:
    """Open pages of the server under test; each is closed afterwards.

    One person's pages of one kind share a browser's context, as windows do; who has not signed in gets one each time.
    """
    opened: dict[object, BrowserContext] = {}

    def open_one(
        path: str,
        *,
        user: User | None = None,
        theme: str = "light",
        width: int = WIDE,
        locale: str = "en",
        scripts: bool = True,
        **context: Any,
    ) -> Page:
        key = (user.pk, theme, width, locale, scripts, repr(sorted(context.items()))) if user else object()
        made = opened.get(key)
        if made is None:
            made = opened[key] = browser.new_context(
                base_url=live_server.url,
                viewport={"width": width, "height": HEIGHT},
                color_scheme="dark" if theme == "dark" else "light",
                java_script_enabled=scripts,
                reduced_motion="reduce",
                **context,
            )
            cookies = {settings.LANGUAGE_COOKIE_NAME: locale, THEME_COOKIE: theme}
            if user is not None:
                cookies[settings.SESSION_COOKIE_NAME] = _session_of(user)
            made.add_cookies([{"name": name, "value": it, "url": live_server.url} for name, it in cookies.items()])
        page = made.new_page()
        page.set_default_timeout(10_000)
        watch(page)
        page.goto(path)
        return page

    yield open_one
    for made in opened.values():
        made.close()


def _session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
