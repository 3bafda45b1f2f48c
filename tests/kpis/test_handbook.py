"""docs/key-figures.md says what the register says."""

from __future__ import annotations

from pathlib import Path

from partners.kpis.handbook import handbook
from prm.metrics import all_metrics

PAGE = Path(__file__).parents[2] / "docs/key-figures.md"


def test_the_page_agrees_with_the_register() -> None:
    assert PAGE.read_text() == handbook(), "write it anew: manage.py kpis --definitions > docs/key-figures.md"


def test_every_figure_says_what_it_is_and_how_it_is_counted() -> None:
    page = " ".join(PAGE.read_text().split())
    for metric in all_metrics():
        assert " ".join(str(metric.definition).split()) in page
        assert " ".join(str(metric.formula).split()) in page
