"""The console's page, file and API of satisfaction, and who may open, close and call."""

from __future__ import annotations

import csv
import html
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from partners.models import PsatFollowUp, PsatInvitation, PsatWave
from partners.services.surveys.answers import answer
from partners.services.surveys.links import link_for
from partners.services.surveys.waves import close_wave, open_wave
from prm.actors import OPERATOR
from prm.metrics import metric_of
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.factories.partners import make_membership, make_partner, make_user

pytestmark = pytest.mark.django_db
PATH = "/manage/partners/satisfaction/"


@pytest.fixture
def cast() -> Cast:
    return assemble()


def text(page: Any) -> str:
    plain = re.sub(r"<[^>]+>", "", page.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return " ".join(plain.split())


def closed_survey(cast: Cast, code: str = "2026-h2") -> PsatWave:
    """Six people answer (four of Northwind, two of Contoso): 5, 5, 4, 3 and 4, 1."""
    now = timezone.now()
    wave = open_wave(code=code, closes_on=now.date() + timedelta(days=20), actor=OPERATOR, now=now).wave
    scores = iter([4, 1, 5, 5, 4, 3])
    rows = PsatInvitation.objects.filter(wave=wave).order_by("partner__code", "user__email")
    for row in rows:
        token = link_for(row).split("/survey/")[1].rstrip("/")
        score = next(scores)
        answer(token=token, score=score, comment="Slow answers" if score == 1 else "", may_contact=score == 1, now=now)
    return close_wave(code=code, actor=OPERATOR, now=now)


def test_before_any_survey_the_page_says_so(cast: Cast) -> None:
    page = text(cast.signed_in("viewer").get(PATH))
    assert "No survey has closed yet." in page
    assert "Open a survey" not in page


@pytest.mark.parametrize(("series", "code"), [("", "psat"), ("onboarding", "psat_onboarding")])
def test_the_definition_stands_on_the_page(cast: Cast, series: str, code: str) -> None:
    page = text(cast.signed_in("viewer").get(PATH, {"series": series}))
    assert str(metric_of(code).definition) in html.unescape(page)


def test_an_administrator_opens_with_a_preview_and_closes(cast: Cast) -> None:
    admin = cast.signed_in("admin")
    page = admin.get(f"{PATH}open/")
    assert "6 people of 2 active partners would be asked: 6 invitations." in text(page)
    closes = timezone.now().date() + timedelta(days=14)
    refused = admin.post(f"{PATH}open/", {"code": "Bad Name", "closes_on": closes})
    assert refused.status_code == 422
    assert "Use small letters, digits and hyphens" in text(refused)
    done = admin.post(f"{PATH}open/", {"code": "2026-h2", "closes_on": closes}, follow=True)
    assert "The survey is open; 6 invitations go out by mail." in text(done)
    assert "6 invitations, 0 sent, closes" in text(done)
    assert "Close survey 2026-h2 today?" in text(admin.get(f"{PATH}2026-h2/close/"))
    assert "The survey is closed." in text(admin.post(f"{PATH}2026-h2/close/", follow=True))
    assert admin.post(f"{PATH}2026-h2/close/").status_code == 409
    assert admin.get(f"{PATH}none/close/").status_code == 404


def test_others_neither_open_nor_close(cast: Cast) -> None:
    for who in ("manager", "viewer", "owner"):
        client = cast.signed_in(who)
        assert client.post(f"{PATH}open/", {"code": "x1"}).status_code == 403
        assert client.post(f"{PATH}x1/close/").status_code == 403
    assert cast.signed_in("owner").get(PATH).status_code == 403
    assert not PsatWave.objects.exists()


def test_results_with_number_and_interval_hidden_groups_and_comments(cast: Cast) -> None:
    closed_survey(cast)
    page = text(cast.signed_in("manager").get(PATH))
    assert "66.7 % of 6 answers were 4 or 5 (95 % interval 30 % to 90 %)." in page
    assert "66.7 % were satisfied in the first survey." in page
    assert "n 6" in page
    assert page.count("not shown") == 4  # both managers (four people and two), the note why, and the definition
    assert "6 of 6 invitations were answered in the last survey (100 %)." in page
    assert "Mean score: 3.67" in page
    assert "Slow answers" in page
    assert "Tomasz" in page  # who agreed to be called


def test_an_open_survey_shows_no_answer(cast: Cast) -> None:
    closed_survey(cast, "2026-h1")
    PsatWave.objects.all()
    now = timezone.now()
    wave = open_wave(code="2026-h2", closes_on=now.date() + timedelta(days=9), actor=OPERATOR, now=now).wave
    page = cast.signed_in("manager").get(PATH)
    assert [result.wave.code for result in page.context["table"].results] == ["2026-h1"]
    api = integrator().get(f"surveys/{wave.code}").json()
    assert (api["is_open"], api["figures"]) == (True, None)


def test_by_country_a_group_that_is_shown_has_its_own_line(cast: Cast) -> None:
    for number in range(5):
        make_membership(make_user(f"n{number}@northwind.example"), cast.partner)
        make_membership(make_user(f"c{number}@contoso.example"), cast.rival)
    now = timezone.now()
    wave = open_wave(code="w1", closes_on=now.date() + timedelta(days=20), actor=OPERATOR, now=now).wave
    for row in PsatInvitation.objects.filter(wave=wave).select_related("partner"):
        token = link_for(row).split("/survey/")[1].rstrip("/")
        answer(token=token, score=5 if row.partner == cast.partner else 2, comment="", may_contact=False, now=now)
    close_wave(code="w1", actor=OPERATOR, now=now)
    page = cast.signed_in("manager").get(f"{PATH}?cut=country&group=FI")
    groups = {group.name: group.last.value for group in page.context["table"].groups}
    assert groups == {"Finland": 1, "Poland": 0}
    assert page.context["chosen"].name == "Finland"
    assert len(page.context["chart"].lines) == 2


def test_the_file_and_the_api_say_the_same(cast: Cast) -> None:
    closed_survey(cast)
    rows = list(csv.DictReader(StringIO(cast.signed_in("viewer").get(f"{PATH}satisfaction.csv").content.decode())))
    total = rows[0]
    values = list(total.values())
    assert [*values[:1], *values[3:]] == [
        "2026-h2", "total", "", "4", "6", "0.666667", "0.299993", "0.903229", "3.666667", "6", "1.000000", "6", "true",
    ]  # fmt: skip
    hidden = [(row["cut"], row["group"], row["shown"], row["answers"]) for row in rows[1:]]
    assert ("partner", "northwind", "false", "") in hidden
    assert ("tier", "silver", "true", "6") in hidden  # both partners: the total again
    (survey,) = integrator().get("surveys").json()["results"]
    assert survey["figures"][0] == {
        "cut": "total", "group": "", "shown": True, "satisfied": 4, "answers": 6, "people": 6, "invited": 6,
        "psat": "0.666667", "low": "0.299993", "high": "0.903229", "mean": "3.666667", "response_rate": "1.000000",
    }  # fmt: skip
    assert len(survey["figures"]) == len(rows)


def test_a_partner_key_has_no_surveys(cast: Cast) -> None:
    closed_survey(cast)
    theirs = integrator(partner=cast.partner)
    assert theirs.get("surveys").status_code == 403
    assert theirs.get("surveys/2026-h2").status_code == 403


def test_a_manager_writes_what_came_of_a_call(cast: Cast) -> None:
    closed_survey(cast)
    path = f"{PATH}follow-ups/{PsatFollowUp.objects.get().public_id}/"
    client = cast.signed_in("second_manager")
    page = text(client.get(path))
    assert "Tomasz Rey may be contacted" in page
    assert "Slow answers" in page
    assert client.post(path, {"note": ""}).status_code == 422
    assert "Written down." in text(client.post(path, {"note": "We talked."}, follow=True))
    assert client.post(path, {"note": "Again"}).status_code == 409
    assert cast.signed_in("viewer").get(path).status_code == 403
    assert "Tomasz" not in text(cast.signed_in("viewer").get(PATH))


@pytest.mark.parametrize("partners", [1, 30])
def test_the_page_asks_the_same_however_many_answered(
    cast: Cast, partners: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(partners):
        make_membership(make_user(), make_partner(f"more-{number}"))
    now = timezone.now()
    for code in ("w1", "w2")[: 1 if partners == 1 else 2]:
        open_wave(code=code, closes_on=now.date() + timedelta(days=20), actor=OPERATOR, now=now)
        close_wave(code=code, actor=OPERATOR, now=now)
    client = cast.signed_in("admin")
    with django_assert_max_num_queries(12):
        client.get(f"{PATH}?cut=partner")
