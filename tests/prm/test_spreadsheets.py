"""What a spreadsheet must not run."""

from __future__ import annotations

import pytest

from prm.spreadsheets import safe_text


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_formulas_become_text(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Lumisaari Oy", "a=b", "'quoted'"])
def test_words_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text
