"""The scorecard of one partner, in console and portal, and the cohorts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deals.batch.rollups import make_day
from deals.kpis.firsts import first_deal_of
from deals.kpis.scorecard import card_of, cohorts_of
from deals.kpis.scorecard_words import first_deal_words
from deals.models import RollupDay, RollupMark
from deals.queries.scorecards import scorecard_of
from partners.models import Partner, StatusPeriod
from prm.actors import OPERATOR, InternalRole
from prm.metrics import Scope, months_up_to
from tests.factories.deals import make_registration
from tests.factories.partners import make_membership, make_partner, make_user
from tests.kpis.mrr_world import ON, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    built = build()
    for day in months_up_to(ON):
        RollupDay.objects.create(day=day)
        make_day(day)
    RollupMark.objects.all().delete()
    return built


def manager() -> Client:
    client = Client()
    client.force_login(make_user(roles=(InternalRole.CHANNEL_MANAGER,)))
    return client


def test_what_a_scorecard_says(world: World, django_assert_num_queries: Any) -> None:
    scope = Scope(as_of=ON, partner_id=world.pk("g"))
    with django_assert_num_queries(1):
        assert [one.amount("sourced") for one in scorecard_of(scope).months] == [*[800] * 4, *[440] * 8]
    card = card_of(scope, OPERATOR)
    strip = {told.metric.code: told.value.value for told in card.strip}
    assert strip == {"channel_mrr": 440, "nrr": Decimal("0.55"), "win_rate": None, "sales_cycle": None}
    assert [value.value for value in card.mrr][-1] == 440
    assert [(name, int(mrr)) for name, mrr in card.families] == [("Backup", 440)]


def test_pages_show_it_and_take_twelve_queries_at_most(world: World) -> None:
    client = manager()
    with CaptureQueriesContext(connection) as captured:
        page = client.get(f"/manage/partners/b/scorecard/?as_of={ON}")
    assert page.status_code == 200
    text = page.content.decode()
    assert "€260.00" in text
    assert "2 live customers" in text
    assert "60 %" in text.replace("\xa0", " ").replace("\u202f", " ")
    assert "Cost of a new customer" not in text
    assert len(captured) <= 12, [query["sql"][:60] for query in captured]
    assert client.get("/manage/partners/nobody/scorecard/").status_code == 404
    assert client.get("/manage/partners/b/scorecard/?as_of=yesterday").status_code == 404
    assert "/manage/partners/b/scorecard/" in client.get("/manage/partners/b/").content.decode()
    assert "Scorecard of" not in Client().get("/manage/partners/b/scorecard/", follow=True).content.decode()


def test_a_partner_reads_its_own(world: World) -> None:
    person = make_user()
    make_membership(person, world.partners["e"])
    client = Client()
    client.force_login(person)
    page = client.get("/portal/deals/scorecard/")
    assert page.status_code == 200
    assert "€80.00" in page.content.decode()
    assert "Channel share of MRR" not in page.content.decode()


@pytest.mark.parametrize(
    ("activated_on", "first_on", "words"),
    [
        (date(2026, 5, 1), date(2026, 5, 2), "1 day after the activation"),
        (date(2026, 5, 1), date(2026, 6, 30), "60 days after the activation"),
        (date(2026, 5, 2), date(2026, 5, 1), "Before the activation"),
        (date(2026, 6, 29), None, "None in 1 day"),
        (date(2026, 5, 1), None, "None in 60 days"),
    ],
)
def test_the_first_deal_in_words(activated_on: date, first_on: date | None, words: str) -> None:
    partner = make_partner("new", activated_on=activated_on)
    if first_on is not None:
        make_registration(partner, status="won", closed_on=first_on)
    start = first_deal_of(Scope(as_of=date(2026, 6, 30), partner_id=partner.pk))
    assert start is not None
    assert (start.event_on, first_deal_words(start, date(2026, 6, 30))) == (first_on, words)
    assert first_deal_of(Scope(as_of=date(2026, 4, 30), partner_id=partner.pk)) is None


def test_cohorts_by_year_and_month(world: World) -> None:
    Partner.objects.filter(code__in="ab").update(activated_on=date(2025, 1, 10))
    Partner.objects.filter(code="e").update(activated_on=date(2026, 3, 20))
    StatusPeriod.objects.filter(partner__code="b").update(valid_until=date(2026, 5, 1))
    partners = [
        (world.pk("a"), date(2025, 1, 10)),
        (world.pk("b"), date(2025, 1, 10)),
        (world.pk("e"), date(2026, 3, 20)),
    ]
    days, found = cohorts_of(Scope(as_of=ON), partners, by_year=True)
    assert [one.name for one in found] == ["2026", "2025"]
    assert [one.partners for one in found] == [1, 2]
    newer, older = found
    assert [month is None for month in newer.months] == [day < date(2026, 3, 20) for day in days]
    last = older.months[-1]
    assert last is not None
    assert (last.active, last.nrr) == (Decimal("0.5"), Decimal("0.9"))
    assert last.mrr == 410
    assert newer.months[-1] is not None
    assert newer.months[-1].nrr is None
    assert newer.months[-1].active == 1
    _days, monthly = cohorts_of(Scope(as_of=ON), partners, by_year=False)
    assert [one.name for one in monthly] == ["2026-03", "2025-01"]
    text = manager().get(f"/manage/cohorts/?as_of={ON}&by=month").content.decode()
    assert "2026-03" in text
    assert "€80" in text
