"""A joint plan is agreed and a review printed: in a browser, with axe, on a phone, and on paper."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from partners.models import Certification, PlanVersion
from partners.services.plans.drafting import Content, PlannedAction
from tests.browser.checks import assert_good_page
from tests.browser.conftest import PHONE, OpenPage
from tests.cast import Cast, assemble
from tests.factories.deals import make_registration
from tests.factories.plans import make_held, make_proposed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    made, today = assemble(), timezone.now().date()
    Certification.objects.create(user=made.owner, certification="Pro", valid_from=date(2026, 1, 1))
    figures = {(figure, n): Decimal(n) for figure in ("certified_people", "won_12m") for n in (1, 2, 3, 4)}
    actions = (
        PlannedAction("Train two engineers on backup and restore", "partner", "Sanna Rinne", today + timedelta(days=9)),
        PlannedAction("Give a seminar in Tampere", "vendor", "Anna Kowal", today - timedelta(days=2)),
    )
    said = Content("Grow backup in Finland:\ntwo new segments", figures, actions)
    make_proposed(made, begins_on=today.replace(month=1, day=1), content=said)
    make_registration(made.partner, status="approved", company="Aurora Oy", stage="Offer")
    make_held(made, day=today - timedelta(days=90))
    return made


def test_a_plan_is_agreed_and_its_review_prints(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/portal/plan/", user=cast.owner, width=PHONE, theme="dark")
    assert_good_page(page)
    page.click("text=Agree to this plan")
    page.wait_for_selector("text=The joint plan is agreed")
    assert PlanVersion.objects.get().status == "agreed"

    console = open_page("/manage/partners/northwind/plan/", user=cast.manager)
    console.click("text=Change the plan")
    console.fill("textarea[name=aims]", "Grow faster")
    console.click("text=Save as a draft")
    console.wait_for_selector("text=What this version changes")
    assert_good_page(console)

    console.goto(console.url.split("/plan/")[0] + "/reviews/")
    console.click("text=Prepare the page")
    console.wait_for_selector("text=Aurora Oy")
    assert_good_page(console)
    console.emulate_media(media="print")
    for hidden in ("text=Record the review", "text=Share with the partner", "header.bar"):
        assert not console.locator(hidden).first.is_visible()
    assert console.get_by_role("heading", name="Still to be done").is_visible()
    assert console.pdf(format="A4").startswith(b"%PDF")
