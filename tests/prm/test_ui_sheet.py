"""The sheet and the script stay small, know no left or right, and every page carries its policy."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "prm" / "static" / "prm"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize(("name", "budget"), [("app.css", 12 * 1024), ("app.js", 5 * 1024)])
def test_files_stay_within_their_budget(name: str, budget: int) -> None:
    assert len(gzip.compress((STATIC / name).read_bytes(), 9)) <= budget


@pytest.mark.parametrize(
    "physical",
    [
        r"\b(left|right)\b",
        r"\b(margin|padding|border)-(top|bottom)\b",
        r"(?<![-\w])(top|bottom)\s*:",
        r"(?<![-\w])(min-|max-)?(width|height)\s*:\s*\d",
        r"text-transform",
        r"letter-spacing",
    ],
)
def test_sheet_is_written_in_logical_properties(physical: str) -> None:
    sheet = re.sub(r"@media[^{]*|url\([^)]*\)|/\*.*?\*/", "", (STATIC / "app.css").read_text(), flags=re.DOTALL)
    assert re.findall(rf".*{physical}.*", sheet) == []


def test_weights_are_two() -> None:
    sheet = (STATIC / "app.css").read_text()
    weights = set(re.findall(r"font-weight:\s*(\d+)", sheet)) | set(re.findall(r"font:\s*(\d{3})", sheet))
    assert weights == {"400", "600"}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_keep_to_the_policy(template: Path) -> None:
    text = re.sub(r"{#.*?#}|{% comment.*?endcomment %}", "", template.read_text(), flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=\s*[\"']", text)
    assert not re.search(r"\son\w+\s*=\s*[\"']", text)
    assert not re.search(r"hx-on|<style|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.django_db
def test_pages_carry_the_strict_policy(client: Client) -> None:
    response = client.get("/accounts/login/")
    policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
    }
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=(), payment=()"


@pytest.mark.parametrize(
    ("path", "inline_styles"), [("/admin/", True), ("/api/v1/docs/", True), ("/manage/", False), ("/portal/", False)]
)
@pytest.mark.django_db
def test_only_admin_and_the_api_page_have_a_looser_policy(client: Client, path: str, inline_styles: bool) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    assert ("style-src 'self' 'unsafe-inline'" in policy) is inline_styles
    assert "frame-ancestors 'none'" in policy


@pytest.mark.django_db
def test_styleguide_is_for_developers_only(client: Client) -> None:
    assert client.get("/styleguide/").status_code == 404
