"""The live verdict: one word, nothing more, and not for fishing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from deals.models import AvailabilityCheck, NamedAccount
from deals.policy import Verdict
from deals.queries.checks import checks_in_window, customers_checked_today
from deals.services.checks import Answer, check_availability
from deals.services.rules import plan_rules
from deals.services.submission import submit_registration
from partners.models import Territory
from prm.errors import NotAllowedError
from prm.models import OutboxMessage, Program
from tests.cast import Cast, assemble
from tests.factories.deals import (
    NOW,
    a_deal,
    make_account,
    make_family,
    make_opportunity,
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
    make_registration(cast.rival, account=make_account(domain="free-again.fi"), status="approved", days_left=0)
    assert check(cast, "held.fi") == "not_available"
    assert check(cast, "https://www.asked.fi/") == "needs_review"
    assert check(cast, "known.fi") == "available"
    assert check(cast, "nobody-knew.fi") == "available"
    assert check(cast, "free-again.fi") == "available"  # before the sweep as well
    logged = AvailabilityCheck.objects.order_by("pk").values_list("domain", "verdict")
    assert list(logged) == [
        ("held.fi", "not_available"),
        ("asked.fi", "needs_review"),
        ("known.fi", "available"),
        ("nobody-knew.fi", "available"),
        ("free-again.fi", "available"),
    ]


@pytest.mark.parametrize(
    ("typed", "logged"),
    [
        ("", []),
        ("lumi", []),
        ("lumisaari.", []),
        ("anna@gmail.com", [("gmail.com", "cannot_tell")]),
        ("linkedin.com/in/x", [("linkedin.com", "cannot_tell")]),
    ],
)
def test_what_identifies_nobody_cannot_be_told_and_counts_for_nothing(
    cast: Cast, typed: str, logged: list[tuple[str, str]]
) -> None:
    seller = cast.actor("seller")
    answer = check_availability(website=typed, family=make_family(), actor=seller, now=NOW)
    assert answer == Answer(verdict=Verdict.CANNOT_TELL, domain="")
    assert list(AvailabilityCheck.objects.values_list("domain", "verdict")) == logged
    partner_id, program = cast.partner.pk, Program.current()
    assert customers_checked_today(partner_id=partner_id, now=NOW, program=program) == set()
    assert checks_in_window(partner_id=partner_id, domain="lumisaari.fi", now=NOW, days=30) == (1, 0)


def test_every_cause_asks_the_same_statements(cast: Cast) -> None:
    """Same number and same text, whatever there is to find: the time tells no more than the word does."""
    family, seller = make_family(), cast.actor("seller")
    group = make_account("Group Oy", domain="group.fi")
    make_registration(cast.rival, account=make_account(domain="held.fi"), status="approved")
    make_registration(cast.rival, account=make_account(domain="asked.fi"))
    make_registration(cast.partner, account=make_account(domain="ours.fi"), status="approved")
    make_registration(cast.partner, account=make_account(domain="refused.fi"), status="rejected", decided_at=NOW)
    make_subscription(make_account(domain="served.fi"), credited=cast.rival)
    make_subscription(make_account(domain="direct.fi"))
    NamedAccount.objects.create(account=make_account(domain="named.fi"), policy="block")
    make_opportunity(make_account(domain="pursued.fi"))
    make_registration(cast.rival, account=make_account(domain="part.fi", parent=group), status="approved")
    make_account(domain="abroad.fi", country="JP")
    make_account(domain="known.fi")
    Territory.objects.create(partner=cast.partner, country="FI")
    answers, asked = {}, set()
    for website in (
        "held.fi", "asked.fi", "ours.fi", "refused.fi", "served.fi", "direct.fi", "named.fi", "pursued.fi",
        "group.fi", "abroad.fi", "known.fi", "unknown.fi",
    ):  # fmt: skip
        statements: list[str] = []

        def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if "SAVEPOINT" not in sql:  # numbered by the test's own transaction
                statements.append(sql)  # noqa: B023 - called within this turn
            return execute(sql, params, many, context)

        with connection.execute_wrapper(keep):
            answer = check_availability(website=website, family=family, actor=seller, now=NOW, country="FI")
        answers[website] = answer.verdict.value
        asked.add(tuple(statements))
    assert answers == {
        "held.fi": "not_available",
        "asked.fi": "needs_review",
        "ours.fi": "not_available",
        "refused.fi": "needs_review",
        "served.fi": "not_available",
        "direct.fi": "needs_review",
        "named.fi": "not_available",
        "pursued.fi": "needs_review",
        "group.fi": "needs_review",
        "abroad.fi": "not_available",
        "known.fi": "available",
        "unknown.fi": "available",
    }
    assert len(asked) == 1
    assert len(asked.pop()) == 10


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
    event, letter = OutboxMessage.objects.order_by("pk")
    assert (event.topic, event.payload) == (
        "partner.checks_without_submissions",
        {"partner": cast.partner.pk, "checks": 11, "submissions": 0},
    )
    assert letter.payload == {
        "to": cast.partner.manager_email,
        "subject": f"{cast.partner.name} looks at many customers and registers few",
        "text": f"{cast.partner.name} checked the availability of 11 customers in 30 days and registered 0. "
        "Until it registers more, its answer is “submit to learn”.",
    }
    assert [check(cast, "c12.fi"), check(cast, "c12.fi", days=29)] == ["submit_to_learn"] * 2
    assert OutboxMessage.objects.count() == 2
    for _ in range(2):
        make_registration(cast.partner, submitted_at=NOW)
    assert check(cast, "c13.fi") == "available"


def test_only_people_who_register_deals_may_look(cast: Cast) -> None:
    for who in ("marketing", "finance", "manager", "stranger"):
        with pytest.raises(NotAllowedError):
            check(cast, "lumisaari.fi", who=who)


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        ("Anna Kivi, anna@shop.held.fi", True),
        ("anna@held.fi", False),
        ("Anna Kivi, anna@other.fi", False),
        ("Anna Kivi", False),
        ("", False),
    ],
)
def test_taken_until_a_month_for_who_knows_somebody_there(cast: Cast, contact: str, told: bool) -> None:
    make_registration(cast.rival, account=make_account(domain="held.fi"), status="approved", days_left=80)
    plan_rules(
        settings={"tell_taken_until": True}, effective_from=None, reason="Open", actor=cast.actor("admin"), now=NOW
    )
    refused = submit_registration(deal=a_deal("held.fi", contact=contact), actor=cast.actor("seller"), now=NOW)
    assert refused.status == "rejected"
    assert ("It is taken until February 2027." in refused.decision_reason) is told
    assert refused.findings.get(code="protected").partner_text == refused.decision_reason
    assert cast.rival.name not in refused.decision_reason


def test_no_month_is_told_as_delivered(cast: Cast) -> None:
    make_registration(cast.rival, account=make_account(domain="held.fi"), status="approved", days_left=80)
    deal = a_deal("held.fi", contact="Anna Kivi, anna@held.fi")
    assert "until" not in submit_registration(deal=deal, actor=cast.actor("seller"), now=NOW).decision_reason


def test_look_alikes_are_the_partners_own(cast: Cast) -> None:
    """A similar name of somebody else's customer changes nothing; one of its own does."""
    make_registration(cast.rival, account=make_account("Kivi Energia Oy", domain="kivi-energia.fi"), status="approved")
    make_registration(cast.partner, account=make_account("Suo Energia Oy", domain="suo-energia.fi"), status="approved")
    family, seller = make_family(), cast.actor("seller")
    words = [
        check_availability(
            website=website, family=family, actor=seller, now=NOW, country="FI", company=company
        ).verdict.value
        for website, company in (("kivi.example", "Kivi Energia Oy"), ("suo.example", "Suo Energia Oy"))
    ]
    assert words == ["available", "needs_review"]
