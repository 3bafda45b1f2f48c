"""Home: what needs the person, what happened, where the partner stands; for a new partner too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from partners.models import Membership, Partner, PartnerStatus
from partners.portal.words import state_sentence
from partners.queries.news import news_since, sentence
from partners.services import record_activity
from prm import activities, needs
from prm.needs import Need
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
BEFORE = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def money_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = activities.ActivityKind("commission_posted", "Commission of %(object)s was posted", money=True)
    monkeypatch.setitem(activities._kinds, kind.code, kind)


@pytest.fixture(autouse=True)
def no_other_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "_providers", {})


def need(title: str, due_at: datetime | None) -> Need:
    return Need(title=title, url="/portal/", action="Answer", due_at=due_at)


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ([], "Nothing needs you at the moment."),
        ([None], "1 thing needs you."),
        ([None, None], "2 things need you."),
        ([NOW + timedelta(hours=6)], "1 thing needs you, by 15:00 today."),
        ([NOW + timedelta(hours=6), None], "2 things need you, the first by 15:00 today."),
        ([NOW + timedelta(days=7), None], "2 things need you, the first by 29 November."),
        ([NOW - timedelta(hours=1)], "1 thing needs you, and it is late."),
        ([NOW - timedelta(hours=1), None], "2 things need you, the first is late."),
    ],
)
def test_the_sentence_says_what_is_due_first(due: list[datetime | None], words: str) -> None:
    found = [need("x", at) for at in due]

    assert state_sentence(needs=found, since=BEFORE, now=NOW) == f"{words} Your last visit was on 18 November."


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (None, "This is your first visit."),
        (NOW - timedelta(hours=2), "Your last visit was today at 07:00."),
        (datetime(2025, 12, 30, tzinfo=UTC), "Your last visit was on 30 December 2025."),
    ],
)
def test_the_sentence_says_when_the_person_was_here(since: datetime | None, words: str) -> None:
    assert state_sentence(needs=[], since=since, now=NOW) == f"Nothing needs you at the moment. {words}"


def test_news_are_what_others_did_since_the_last_visit(cast: Cast) -> None:
    owner = cast.actor("owner")
    facts = [
        (1, "certification_passed", "Security Specialist", cast.seller.pk),
        (-1, "certification_passed", "Older", cast.seller.pk),
        (2, "certification_passed", "Own doing", cast.owner.pk),
        (3, "rebranded", "New Name Oy", None),
    ]
    for hours, kind, thing, user in facts:
        record_activity(
            partner_id=cast.partner.pk, kind=kind, at=BEFORE + timedelta(hours=hours), object_name=thing, user_id=user
        )
    record_activity(partner_id=cast.rival.pk, kind="rebranded", at=NOW, object_name="Secret of a rival")

    news, count = news_since(actor=owner, since=BEFORE)

    assert count == 2
    assert [(line.at, line.text) for line in news] == [
        (BEFORE + timedelta(hours=3), "Rebranded: <b><bdi>New Name Oy</bdi></b>"),
        (BEFORE + timedelta(hours=1), "<b><bdi>Security Specialist</bdi></b> was passed"),
    ]


def test_a_seller_reads_no_news_of_money(cast: Cast, money_kind: None) -> None:
    record_activity(partner_id=cast.partner.pk, kind="commission_posted", at=NOW, object_name="October")

    assert news_since(actor=cast.actor("seller"), since=BEFORE) == ([], 0)
    assert news_since(actor=cast.actor("finance"), since=BEFORE)[1] == 1


def test_the_same_fact_reported_twice_is_one(cast: Cast) -> None:
    for _ in range(2):
        record_activity(partner_id=cast.partner.pk, kind="review_held", at=NOW)

    assert cast.partner.activities.count() == 1


@pytest.mark.parametrize(
    ("kind", "thing", "words"),
    [
        ("signed_in", "ignored", "Somebody signed in"),
        ("review_held", "Two campaigns", "A business review was held: <b><bdi>Two campaigns</bdi></b>"),
        ("partner_suspended", "", "The partnership was suspended"),
        ("partner_suspended", "<b>", "The partnership was suspended: <b><bdi>&lt;b&gt;</bdi></b>"),
        ("100%_done", "x", "100% done: <b><bdi>x</bdi></b>"),
    ],
)
def test_sentences_of_activities(kind: str, thing: str, words: str) -> None:
    assert sentence(kind, thing) == words


def test_home_prints_needs_in_order_and_counts_them(cast: Cast) -> None:
    soon, later = timezone.now() + timedelta(hours=4), timezone.now() + timedelta(days=3)
    needs.register("a", lambda _request: [need("Without a date", None), need("Later", later)])
    needs.register("b", lambda _request: [need("Soon <i>", soon)])

    page = cast.signed_in("owner").get("/portal/")

    text = page.content.decode()
    assert [each.title for each in page.context["needs"]] == ["Soon <i>", "Later", "Without a date"]
    assert "Soon &lt;i&gt;" in text
    assert '<span class="count">3<span class="sr"> waiting</span></span>' in text


def test_home_of_a_new_partner_is_not_empty(cast: Cast) -> None:
    text = cast.signed_in("owner").get("/portal/").content.decode()

    assert "Nothing needs you at the moment. This is your first visit." in text
    assert "Nothing waits for you" in text
    assert "Since your last visit" not in text
    assert "Tier Silver" in text
    assert "90 days" in text


def test_home_says_that_the_partnership_is_suspended(cast: Cast) -> None:
    Partner.objects.filter(pk=cast.partner.pk).update(status=PartnerStatus.SUSPENDED)

    text = cast.signed_in("owner").get("/portal/").content.decode()

    assert "Your partnership is suspended" in text
    assert "Register a deal" not in text


@pytest.mark.parametrize("facts", [1, 40])
def test_home_asks_the_same_of_the_database_however_much_happened(
    cast: Cast, facts: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for minute in range(facts):
        record_activity(partner_id=cast.partner.pk, kind="review_held", at=timezone.now() - timedelta(minutes=minute))
    Membership.objects.filter(user=cast.owner).update(
        last_seen_at=timezone.now(), previous_seen_at=timezone.now() - timedelta(days=2)
    )
    client = cast.signed_in("owner")

    with django_assert_max_num_queries(12):
        page = client.get("/portal/")

    assert f'<span class="note">{facts}</span>' in page.content.decode()


def test_the_company_page_shows_people_and_standing(cast: Cast) -> None:
    text = cast.signed_in("seller").get("/portal/company/").content.decode()

    for words in ("Northwind IT", "Sanna Rinne", "Jere Salmi", "Marketing", "Tier Silver", "Everywhere", "Finland"):
        assert words in text
    assert "Contoso" not in text
    assert "/portal/agreement/" not in text
    assert "/portal/agreement/" in cast.signed_in("owner").get("/portal/company/").content.decode()
