"""Comparison, simulation, progress and partners on hold in a real browser: accessible, and within the page's width."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone

from commissions.kinds import Kind
from commissions.models import Rule, RunChunk, RunChunkDone
from commissions.services.runs import ask_for_run, calculate_run
from commissions.services.runs.chunks import plan_chunks, store_chunks
from prm.actors import OPERATOR
from tests.browser.checks import assert_good_page, assert_no_sideways_scroll
from tests.browser.conftest import NARROWEST, WIDE, OpenPage
from tests.cast import Cast, assemble
from tests.commissions.test_manage_review import rejected_and_successor
from tests.commissions.test_parked import overflow
from tests.commissions.test_portal_earnings import FEBRUARY, JANUARY, NOW


@pytest.fixture
def cast(live_server: object) -> Cast:
    cache.clear()
    return assemble()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", WIDE), ("light", NARROWEST)])
def test_comparison_simulation_and_progress(cast: Cast, open_page: OpenPage, theme: str, width: int) -> None:
    rejected_and_successor(cast)
    run = ask_for_run(period=FEBRUARY, actor=cast.actor("manager"), now=timezone.now())
    store_chunks(run, plan_chunks())
    RunChunkDone.objects.create(chunk=RunChunk.objects.get(run=run, number=0), entries=0, done_at=timezone.now())
    rule = Rule.objects.get(kind=Kind.RECURRING)
    for name, path in (
        ("run", "/manage/runs/2/"),
        ("compare", "/manage/runs/2/compare/"),
        ("simulation", f"/manage/simulation/?ask=1&month=2026-02&value-{rule.pk}=30"),
        ("progress", f"/manage/runs/{run.number}/"),
    ):
        look(open_page, cast, name, path, theme, width)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", NARROWEST)])
def test_partners_on_hold(cast: Cast, open_page: OpenPage, theme: str, width: int) -> None:
    overflow(cast)
    calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    look(open_page, cast, "parked", "/manage/runs/1/", theme, width)


def look(open_page: OpenPage, cast: Cast, name: str, path: str, theme: str, width: int) -> None:
    page = open_page(path, user=cast.finance_person, theme=theme, width=width)
    assert_good_page(page)
    assert_no_sideways_scroll(page)
    if folder := os.environ.get("REVIEW_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}.png", full_page=True)
