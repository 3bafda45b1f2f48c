"""``manage.py screenshots``: pictures of the real product over the demonstration program, for docs/img."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from commissions.demo.partners import FINANCE, MANAGER
from commissions.demo.stories import CLAWED_BACK_MONTH, NAREW
from commissions.demo.timeline import Timeline
from commissions.management.commands.load_demo import NOTE
from prm.ui.views import THEME_COOKIE

HOST = "127.0.0.1"
OWNER = "saana.rintala@aldervik.example"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE, PHONE, PHONE_HEIGHT = 1360, 390, 844
LOOKS = (
    # name, theme, width
    ("light", "light", WIDE),
    ("dark", "dark", WIDE),
    ("phone", "light", PHONE),
)
STARTS_WITHIN_SECONDS, STOPS_WITHIN_SECONDS = 300, 60


@dataclass(frozen=True, slots=True)
class Picture:
    """A page worth showing: its file's name, who looks at it, and how to get there."""

    name: str
    person: str
    open: Callable[[Page], None]
    height: int = 900


class Command(BaseCommand):
    """Serves the demonstration from a folder of its own and photographs it."""

    help = (
        "Write docs/img from the demonstration program, loaded anew into a folder of its own and served by the real "
        "product. Needs Chromium. Exit codes: 0 done, 1 it could not be done, 2 usage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--only", default="", help="only pictures whose name begins so, such as portal-home")
        parser.add_argument("--keep", action="store_true", help="use the program of the last time, whatever its day")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load, serve, photograph, stop."""
        found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
        if not found:
            raise CommandError("There is no Chromium here. On Debian and Ubuntu: apt-get install chromium.")
        target = settings.BASE_DIR / "docs" / "img"
        target.mkdir(parents=True, exist_ok=True)
        with (
            served(settings.VAR_DIR / "screenshots", keep=options["keep"]) as (base, note),
            sync_playwright() as driver,
        ):
            try:
                browser = driver.chromium.launch(executable_path=found, args=_arguments())
                for picture in pictures():
                    if picture.name.startswith(options["only"]):
                        self._take(browser, base, picture, note, target)
                browser.close()
            except Error as error:
                raise CommandError(error.message) from error

    def _take(self, browser: Browser, base: str, picture: Picture, note: dict[str, str], target: Path) -> None:
        for look, theme, width in LOOKS:
            context = browser.new_context(
                base_url=base,
                viewport={"width": width, "height": picture.height if width == WIDE else PHONE_HEIGHT},
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
                locale="en-GB",
            )
            context.add_cookies([{"name": THEME_COOKIE, "value": theme, "url": base}])
            page = sign_in(context, picture.person, note[picture.person])
            picture.open(page)
            page.wait_for_load_state("networkidle")
            path = target / f"{picture.name}-{look}.png"
            page.screenshot(path=path, animations="disabled", caret="hide")
            context.close()
            self.stdout.write(f"{path.relative_to(settings.BASE_DIR)}  {path.stat().st_size // 1024} KB")


def pictures() -> list[Picture]:
    """Return what is photographed, in the order of a visit."""
    return [
        Picture("portal-home", OWNER, lambda page: _go(page, "/portal/")),
        Picture("portal-earnings", OWNER, _open_explained_entry, height=1090),
        Picture("portal-register", OWNER, _open_registration_form),
        Picture("console-decisions", MANAGER, _open_decision, height=1010),
        Picture("console-run", FINANCE, _open_waiting_run, height=1090),
    ]


def _go(page: Page, path: str) -> None:
    answer = page.goto(path)
    if answer is None or not answer.ok:
        raise CommandError(f"{path} answers {answer.status if answer else 'nothing'}.")


def _open_explained_entry(page: Page) -> None:
    """Show how the share of a customer that was upgraded in the middle of the month was computed."""
    month = Timeline(timezone.now().date()).month(CLAWED_BACK_MONTH - 1)
    _go(page, f"/portal/earnings/?month={month:%Y-%m}")
    row = page.get_by_role("row").filter(has_text="Pihlaja Dental Oy")
    row.get_by_role("button").click()
    explanation = page.get_by_text("60 % ×").first
    explanation.wait_for()
    if page.viewport_size and page.viewport_size["width"] == PHONE:
        row.evaluate("row => row.scrollIntoView()")
        page.evaluate("window.scrollBy(0, -120)")
    else:
        page.evaluate("window.scrollTo(0, 0)")


def _open_registration_form(page: Page) -> None:
    """Type a deal far enough for the verdict to answer."""
    _go(page, "/portal/deals/new/")
    page.locator("input[name=family][value=security]").check(force=True)
    website = page.locator("input[name=website]")
    website.press_sequentially("lumisaari.fi")
    page.get_by_text("Available", exact=True).wait_for()
    page.locator("input[name=company]").fill("Lumisaari Oy")
    page.locator("select[name=country]").select_option("FI")
    page.locator("input[name=expected_mrr]").fill("480.00")
    page.locator("select[name=expected_close_on]").select_option(index=2)
    website.focus()


def _open_decision(page: Page) -> None:
    """Show the registration on which two partners compete."""
    _go(page, "/manage/decisions/")
    page.get_by_role("link").filter(has_text="Bursztyn IT").first.click()
    page.get_by_role("heading", name=NAREW.name).wait_for()
    page.get_by_text("Evidence").first.wait_for()


def _open_waiting_run(page: Page) -> None:
    """Show the run that waits for approval as the person sees it who may approve it."""
    _go(page, "/manage/runs/")
    page.get_by_role("link", name=f"{Timeline(timezone.now().date()).month(13):%B %Y}").first.click()
    page.get_by_role("button", name="Approve").first.wait_for()


def sign_in(context: BrowserContext, email: str, password: str) -> Page:
    """Sign in as anybody does and return the page."""
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    return page


@contextmanager
def served(folder: Path, *, keep: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve the demonstration from ``folder``; give the address and the passwords by e-mail; stop it all afterwards.

    The folder is made anew unless it is to be kept: the program's dates count from the day it was loaded.
    """
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"PRM_VAR": str(folder), "ALLOWED_HOSTS": HOST}
    python, manage = sys.executable, str(settings.BASE_DIR / "manage.py")
    port = _free_port()
    if not keep:
        subprocess.run([python, "-m", "prm.embedded", "stop"], env=environment, check=False, cwd=settings.BASE_DIR)
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = subprocess.Popen([python, manage, "serve", "--demo", "--port", str(port)], env=environment)
    try:
        _wait_for(server, port)
        note = json.loads((folder / NOTE).read_text())
        yield f"http://{HOST}:{port}", {one["email"]: one["password"] for one in note}
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(STOPS_WITHIN_SECONDS)
        subprocess.run([python, "-m", "prm.embedded", "stop"], env=environment, check=False, cwd=settings.BASE_DIR)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the product answers; it may have a whole program to load before."""
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise CommandError("The product did not start.")
        connection = HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/accounts/login/")
            connection.getresponse()
        except OSError:
            time.sleep(0.5)
        else:
            return
        finally:
            connection.close()
    raise CommandError(f"The product did not answer within {STARTS_WITHIN_SECONDS} seconds.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _arguments() -> list[str]:
    """Return Chromium's options: root, as in a container, has no user namespace for its sandbox."""
    return ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
