"""Revenue without commission in a real browser: report, answer and board, accessible and within the page's width."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.cache import cache

from commissions.kinds import Kind
from commissions.models import Rule
from commissions.services.payout_batches import prepare_payouts
from commissions.services.runs import approve_run, calculate_run
from deals.models import Subscription
from prm.actors import OPERATOR
from prm.models import User
from tests.browser.checks import assert_good_page, assert_no_sideways_scroll
from tests.browser.conftest import NARROWEST, WIDE, OpenPage
from tests.cast import Cast, assemble
from tests.commissions.test_parked import overflow
from tests.commissions.test_portal_earnings import JANUARY, NOW
from tests.factories.commissions import make_product, make_subscription


@pytest.fixture
def cast(live_server: object) -> Cast:
    cache.clear()
    return assemble()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", WIDE), ("light", NARROWEST)])
def test_what_is_not_paid_and_why(cast: Cast, open_page: OpenPage, theme: str, width: int) -> None:
    overflow(cast)
    other = make_product("archive", name="Archive")
    Rule.objects.filter(kind=Kind.UPFRONT).update(product=Subscription.objects.values_list("product")[:1])
    unruled = make_subscription(cast.partner, customer="Saimaa Boats Oy", product=other, mrr="420")
    approve_run(run=calculate_run(period=JANUARY, actor=OPERATOR, now=NOW), actor=OPERATOR, now=NOW)
    prepare_payouts(as_of=NOW.date(), actor=OPERATOR, now=NOW)
    asked = f"?subscription={unruled.public_id}&month=2026-01"
    for name, user, path in (
        ("leakage", cast.finance_person, "/manage/leakage/?month=2026-01"),
        ("leakage-empty", cast.finance_person, "/manage/leakage/?month=2026-03"),
        ("why", cast.finance_person, f"/manage/why/{asked}"),
        ("why-unknown", cast.finance_person, "/manage/why/?subscription=nowhere"),
        ("portal-unpaid", cast.owner, "/portal/earnings/unpaid/?month=2026-01"),
        ("portal-why", cast.owner, f"/portal/earnings/why/{asked}"),
        ("portal-why-empty", cast.owner, "/portal/earnings/why/"),
        ("portal-home", cast.owner, "/portal/"),
        ("board", cast.finance_person, "/manage/payouts/"),
        ("batch", cast.finance_person, "/manage/payouts/1/"),
        ("run", cast.finance_person, "/manage/runs/1/"),
    ):
        look(open_page, user, name, path, theme, width)


def look(open_page: OpenPage, user: User, name: str, path: str, theme: str, width: int) -> None:
    page = open_page(path, user=user, theme=theme, width=width)
    assert_good_page(page)
    assert_no_sideways_scroll(page)
    if folder := os.environ.get("REVIEW_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}.png", full_page=True)
