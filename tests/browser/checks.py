"""What every page must keep: no axe finding, nothing that the content policy stops, no sideways scroll."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Error, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

_complaints: dict[Page, list[str]] = {}


def watch(page: Page) -> None:
    """Write down from now on what the browser complains about: policy violations, script errors."""
    said: list[str] = []
    _complaints[page] = said

    def hear(message: ConsoleMessage) -> None:
        # A form that is refused answers 422, as it should; the browser notes that as if a resource were missing.
        if message.type == "error" and "status of 422" not in message.text:
            said.append(message.text)

    def fail(error: Error) -> None:
        said.append(error.message)

    def forget(_page: Page) -> None:
        _complaints.pop(page, None)

    page.on("console", hear)
    page.on("pageerror", fail)
    page.on("close", forget)


def assert_accessible(page: Page) -> None:
    """Hold that axe-core finds nothing by WCAG 2.2 A and AA; the message names the rule and the place."""
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    lines = [f"{rule['id']}: {rule['help']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]
    assert not lines, "\n".join(lines)


def assert_no_csp_violation(page: Page) -> None:
    """Hold that the browser has complained about nothing: no blocked style or script, no script error."""
    assert _complaints[page] == []


def assert_no_sideways_scroll(page: Page) -> None:
    """Hold that the page fits its window; wide tables scroll in their own region."""
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen, f"{wide} px in a window of {seen} px"


def assert_good_page(page: Page) -> None:
    """Hold all of the above."""
    assert_no_csp_violation(page)
    assert_no_sideways_scroll(page)
    assert_accessible(page)
