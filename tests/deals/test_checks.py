"""The live verdict: one word, nothing more, and not for fishing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deals.models import AvailabilityCheck
from deals.services.checks import Answer, check_availability
from prm.errors import NotAllowedError
from prm.models import OutboxMessage, Program
from tests.cast import Cast, assemble
from tests.factories.deals import (
    NOW,
    make_account,
    make_family,
    make_registration,
    make_subscription,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def check(cast: Cast, website: str, who: str = "seller", days: int = 0) -> str:
    answer = check_availability(
        website=website, family=make_family(), actor=cast.actor(who), now=NOW + timedelta(days=days)
    )
    return answer.verdict


def test_each_cause_has_its_word(cast: Cast) -> None:
    make_registration(cast.rival, account=make_account(domain="held.fi"), status="approved")
    make_registration(cast.rival, account=make_account(domain="asked.fi"))
    make_subscription(make_account(domain="served.fi"), credited=cast.rival)
    make_account(domain="known.fi")
    assert check(cast, "held.fi") == "not_available"
    assert check(cast, "https://www.asked.fi/") == "needs_review"
    assert check(cast, "known.fi") == "available"
    assert check(cast, "nobody-knew.fi") == "available"
    logged = AvailabilityCheck.objects.order_by("pk").values_list("domain", "verdict")
    assert list(logged) == [
        ("held.fi", "not_available"),
        ("asked.fi", "needs_review"),
        ("known.fi", "available"),
        ("nobody-knew.fi", "available"),
    ]


@pytest.mark.parametrize("typed", ["", "lumi", "lumisaari.", "anna@gmail.com", "linkedin.com/in/x"])
def test_what_identifies_nobody_cannot_be_told_and_counts_for_nothing(cast: Cast, typed: str) -> None:
    assert check_availability(website=typed, family=make_family(), actor=cast.actor("seller"), now=NOW) == Answer(
        verdict=check_availability(website="x", family=make_family(), actor=cast.actor("seller"), now=NOW).verdict,
        domain="",
    )
    assert not AvailabilityCheck.objects.exists()


def test_every_cause_asks_the_same_queries(cast: Cast) -> None:
    make_registration(cast.rival, account=make_account(domain="held.fi"), status="approved")
    make_subscription(make_account(domain="served.fi"), credited=cast.rival)
    family, seller = make_family(), cast.actor("seller")
    counts = []
    for website in ("held.fi", "served.fi", "free.fi"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            check_availability(website=website, family=family, actor=seller, now=NOW)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3


def test_30_customers_a_day_and_then_submit_to_learn(cast: Cast) -> None:
    Program.objects.update(checks_per_day=3)
    assert [check(cast, f"c{n}.fi") for n in (1, 2, 3, 1, 4)] == [
        "available",
        "available",
        "available",
        "available",
        "submit_to_learn",
    ]
    assert check(cast, "c4.fi", who="rival_seller") == "available"
    assert check(cast, "c5.fi", days=1) == "available"


def test_ten_customers_looked_at_for_each_submitted_one(cast: Cast) -> None:
    answers = [check(cast, f"c{n}.fi") for n in range(11)]
    assert answers == ["available"] * 10 + ["submit_to_learn"]
    assert OutboxMessage.objects.get().topic == "partner.checks_without_submissions"
    assert check(cast, "c12.fi") == "submit_to_learn"
    assert OutboxMessage.objects.count() == 1
    for _ in range(2):
        make_registration(cast.partner, submitted_at=NOW)
    assert check(cast, "c13.fi") == "available"


def test_only_people_who_register_deals_may_look(cast: Cast) -> None:
    for who in ("marketing", "finance", "manager", "stranger"):
        with pytest.raises(NotAllowedError):
            check(cast, "lumisaari.fi", who=who)
