"""The import page in a browser: choose files, read what is wrong, load what is right."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from partners.models import Tier
from tests.browser.checks import assert_good_page
from tests.browser.conftest import PHONE, WIDE, OpenPage
from tests.cast import assemble
from tests.folders import SMALL

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "scripts", "theme"), [(WIDE, True, "light"), (PHONE, False, "dark")])
def test_a_folder_is_checked_and_loaded(
    open_page: OpenPage, settings: Any, tmp_path: Path, width: int, scripts: bool, theme: str
) -> None:
    settings.VAR_DIR = tmp_path
    cast = assemble()
    page = open_page("/manage/import/", user=cast.admin, width=width, scripts=scripts, theme=theme)
    look(page, f"import-{width}")
    if scripts:
        assert_good_page(page)
    bad = tmp_path / "tiers.csv"
    bad.write_text("code,name,rank\nplatinum,,four\n", encoding="utf-8")
    page.set_input_files("input[type=file]", [bad, SMALL / "products.csv"])
    page.click("text=Check the files")
    page.wait_for_url("**/import/*/")
    assert page.locator("text=“four” is not a whole number").count() == 1
    look(page, f"import-wrong-{width}")
    if scripts:
        assert_good_page(page)
    page.click("text=Upload other files")
    bad.write_text("code,name,rank\nplatinum,Platinum,4\n", encoding="utf-8")
    page.set_input_files("input[type=file]", [bad, SMALL / "products.csv"])
    page.click("text=Check the files")
    page.wait_for_url("**/import/*/")
    look(page, f"import-right-{width}")
    page.click("text=Load all of it")
    page.wait_for_url("**/manage/import/")
    assert page.locator("text=Loaded: 4 new, 0 changed, 0 the same.").count() == 1
    look(page, f"import-done-{width}")
    assert Tier.objects.get(code="platinum").rank == 4


def look(page: Any, name: str) -> None:
    """Save a picture where ``LOOK`` names a folder."""
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
