"""From the link in a survey's mail to its result, and progress on home: in a browser, with and without scripts."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from partners.models import Certification, PsatInvitation, TierCriterion
from partners.services.surveys.answers import answer
from partners.services.surveys.links import link_for
from partners.services.surveys.mails import send_survey_mails
from partners.services.surveys.waves import open_wave
from prm.actors import OPERATOR
from prm.models import OutboxMessage
from tests.browser.checks import assert_good_page
from tests.browser.conftest import PHONE, WIDE, OpenPage
from tests.cast import Cast, assemble
from tests.factories.partners import make_tier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    made = assemble()
    TierCriterion.objects.create(tier=make_tier("gold", rank=2), figure="certified_people", at_least=3)
    Certification.objects.create(user=made.owner, certification="Pro", valid_from=date(2026, 1, 1))
    return made


def test_from_the_mail_to_the_result(cast: Cast, open_page: OpenPage) -> None:
    now = timezone.now()
    wave = open_wave(code="2026-h2", closes_on=now.date() + timedelta(days=14), actor=OPERATOR, now=now).wave
    send_survey_mails(now=now)
    mail = OutboxMessage.objects.get(topic="mail", payload__to=cast.seller.email).payload["text"]
    path = re.search(r"4 – satisfied: http://[^/]+(/survey/\S+)", mail).group(1)  # type: ignore[union-attr]

    page = open_page(path, width=PHONE, scripts=False)
    assert page.locator("input[value='4']").is_checked()
    assert PsatInvitation.objects.get(user=cast.seller).score is None
    page.fill("textarea", "Quick answers")
    page.click("text=Send my answer")
    page.wait_for_selector("text=Thank you")
    assert PsatInvitation.objects.get(user=cast.seller).score == 4
    assert_good_page(open_page(path, width=PHONE))

    for row in PsatInvitation.objects.filter(wave=wave).exclude(user=cast.seller):
        token = link_for(row).split("/survey/")[1].rstrip("/")
        answer(token=token, score=5, comment="", may_contact=False, now=now)
    console = open_page("/manage/partners/satisfaction/", user=cast.admin)
    console.click("text=Close now")
    console.click("text=Close the survey")
    console.wait_for_selector("text=100 % of 6 answers were 4 or 5")
    assert console.locator("text=Quick answers").count() == 1
    assert_good_page(console)

    closed = open_page(path, width=PHONE)
    assert closed.locator("text=This survey has closed").first.is_visible()


def test_progress_comes_to_home(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/portal/", user=cast.owner)
    page.wait_for_selector("text=two more certified people")
    assert_good_page(page)
    plain = open_page("/portal/", user=cast.owner, scripts=False)
    plain.click("text=What is missing for the next tier")
    plain.wait_for_selector("text=two more certified people")


@pytest.mark.parametrize(("width", "theme"), [(WIDE, "dark"), (PHONE, "light")])
@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("owner", "/portal/progress/"),
        ("admin", "/manage/partners/tiers/"),
        ("admin", "/manage/partners/tiers/criteria/"),
        ("admin", "/manage/partners/northwind/tier/"),
        ("admin", "/manage/partners/certifications/"),
        ("manager", "/manage/partners/certifications/record/"),
        ("admin", "/manage/partners/satisfaction/open/"),
    ],
)
def test_pages_are_good(cast: Cast, open_page: OpenPage, person: str, path: str, width: int, theme: str) -> None:
    assert_good_page(open_page(path, user=getattr(cast, person), width=width, theme=theme))
