"""The program's page and a manager's book on the hand-computed world."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.models import StatusPeriod
from partners.services.onboarding import begin_onboarding
from prm.actors import OPERATOR, InternalRole
from prm.metrics import Scope, curve_of, evaluate, months_up_to, series_of
from tests.factories.partners import make_partner, make_user
from tests.kpis.world import ANNA, AS_OF, PIOTR

if TYPE_CHECKING:
    from tests.kpis.world import World

EXACT = re.compile(r'<data value="([^"]*)">')


@pytest.fixture
def manager(db: None) -> Client:
    client = Client()
    client.force_login(make_user(ANNA, roles=(InternalRole.CHANNEL_MANAGER,)))
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_consoles_home_is_the_program(world: World, manager: Client) -> None:
    assert manager.get("/manage/")["Location"] == "/manage/program/"
    page = text(manager, f"/manage/program/?as_of={AS_OF}")
    assert "12 partners: 1 onboarding, 8 active, 1 suspended, 2 terminated. Figures as of 30 June 2026." not in page
    assert "13 partners: 2 onboarding, 8 active, 1 suspended, 2 terminated. Figures as of 30 June 2026." in page
    codes = ("activity_rate", "time_to_first_deal", "psat", "nrr", "channel_mrr")
    values = [evaluate(code, Scope(AS_OF), OPERATOR).value for code in codes]
    shown = EXACT.findall(page)
    assert shown[:2] == ["0.5", "181"]
    assert [bool(one) for one in shown] == [value is not None for value in values]
    assert "4 of 8; 95 % interval 21.5" in page.replace("\xa0", " ")


def test_the_program_is_filtered_by_its_address(world: World, manager: Client) -> None:
    page = text(manager, f"/manage/program/?as_of={AS_OF}&manager={PIOTR}")
    assert "7 partners: 2 onboarding, 3 active, 1 suspended, 1 terminated." in page
    assert manager.get("/manage/program/?as_of=never").status_code == 400


def test_a_managers_book_says_who_is_active_and_who_is_stuck(world: World, manager: Client) -> None:
    """Today nobody has done anything for 90 days; p04 has won nothing, and p12 and p13 are Piotr's."""
    page = text(manager, "/manage/book/")
    quiet, _mark, rest = page.partition('id="waiting"')
    waiting, _mark, rest = rest.partition('id="stalled"')
    assert re.findall(r"partners/(p\d\d)/", quiet) == ["p01", "p02", "p03", "p04", "p05"]
    assert re.findall(r"partners/(p\d\d)/", waiting) == ["p02", "p04"]
    assert "Nobody is on the way for more than 60 days." in rest
    other = Client()
    other.force_login(make_user(PIOTR, roles=(InternalRole.CHANNEL_MANAGER,)))
    assert re.findall(r"partners/(p\d\d)/", text(other, "/manage/book/").partition('id="stalled"')[2])[0] == "p12"


def test_an_onboarding_that_has_stalled_is_stuck_in_the_book_too(world: World, manager: Client) -> None:
    """It is on its way for a fortnight only, in which no step was done: the list of onboardings says so as well."""
    for days, code in ((14, "slow"), (13, "quick")):
        began = timezone.now() - timedelta(days=days)
        partner = make_partner(code, status="onboarding", activated_on=None, manager_email=ANNA)
        StatusPeriod.objects.filter(partner=partner).update(valid_from=began.date())
        begin_onboarding(partner=partner, now=began)
    stuck = text(manager, "/manage/book/").partition('id="stalled"')[2].partition('id="doing"')[0]
    assert re.findall(r"partners/([a-z]+)/", stuck) == ["slow"]


def test_who_has_no_book_is_told_so(world: World) -> None:
    client = Client()
    client.force_login(make_user("fiona@vendor.example", roles=(InternalRole.FINANCE,)))
    assert "No partner is in your book" in text(client, "/manage/book/")


@pytest.mark.parametrize("many", [False, True])
def test_the_program_asks_twelve_queries_at_most_beside_its_figures(
    world: World, manager: Client, *, many: bool
) -> None:
    for number in range(40 if many else 0):
        make_partner(f"many-{number}")
    scope, days = Scope(AS_OF), months_up_to(AS_OF)
    manager.get(f"/manage/program/?as_of={AS_OF}")
    with CaptureQueriesContext(connection) as of_figures:
        for code in ("activity_rate", "time_to_first_deal", "psat", "nrr", "channel_mrr"):
            evaluate(code, scope, OPERATOR)
        for code in ("activity_rate", "nrr", "channel_mrr"):
            if evaluate(code, scope, OPERATOR).value is not None:
                series_of(code, scope, days, OPERATOR)
        series_of("mrr_by_segment", scope, days, OPERATOR)
        curve_of("time_to_first_deal", scope, OPERATOR)
        evaluate("time_to_first_deal", scope, OPERATOR)
    with CaptureQueriesContext(connection) as of_page:
        manager.get(f"/manage/program/?as_of={AS_OF}")
    assert len(of_page) - len(of_figures) <= 12
