"""The program's accent: what is refused, and what the dark theme makes of it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from prm.models import Program
from prm.ui.brand import Accent, AccentError, accent_of, contrast


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#1d5fd0", "#ffffff", 5.83), ("#777777", "#777777", 1.0)]
)
def test_contrast(one: str, other: str, ratio: float) -> None:
    assert round(contrast(one, other), 2) == ratio


def test_a_readable_colour_gives_both_accents() -> None:
    assert accent_of("#1D5FD0") == Accent(light="#1d5fd0", dark="#5587db", dark_ink="#0b1a33")
    assert contrast("#5587db", "#171e28") >= 4.5


def test_a_pale_colour_is_refused_with_its_number() -> None:
    with pytest.raises(AccentError, match=r"contrast of 1\.4 : 1, at least 4\.5 : 1 is needed"):
        accent_of("#ffd54f")


@pytest.mark.parametrize("color", ["blue", "#12345", "#1234567", "1d5fd0", "#1d5fdg", ""])
def test_what_is_no_colour_is_refused(color: str) -> None:
    with pytest.raises(AccentError, match="six digits"):
        accent_of(color)


def test_the_program_refuses_it_too() -> None:
    with pytest.raises(ValidationError) as refusal:
        Program(accent_color="#ffd54f").clean()
    assert list(refusal.value.message_dict) == ["accent_color"]
    Program(accent_color="").clean()


@pytest.mark.django_db
def test_pages_link_the_sheet_of_the_colour(client: Client) -> None:
    Program.objects.update(accent_color="#0e7c66")
    assert 'href="/ui/brand/0e7c66.css"' in client.get("/accounts/login/").content.decode()
    sheet = client.get("/ui/brand/0e7c66.css")
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert sheet.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "--accent: light-dark(#0e7c66, " in sheet.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("color", ["ffd54f", "x", "0e7c66;}"])
def test_other_colours_have_no_sheet(client: Client, color: str) -> None:
    assert client.get(f"/ui/brand/{color}.css").status_code == 404
