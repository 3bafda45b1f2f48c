"""Disputes: who asks what until when, whose turn it is, and what the database keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from commissions.models import Adjustment, Dispute, DisputeMessage, Statement
from commissions.queries.subjects import Subject
from commissions.services.disputes import (
    adjust_dispute,
    explain_dispute,
    open_dispute,
    reopen_dispute,
    reply,
    withdraw_dispute,
)
from deals.models import Subscription
from prm import outbox
from prm.actors import Actor, ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent, OutboxMessage, Program
from tests.cast import Cast, assemble
from tests.factories.commissions import EntryRow, make_run, make_statement, make_subscription

pytestmark = pytest.mark.django_db

JANUARY = date(2026, 1, 1)
MONDAY = datetime(2026, 2, 9, 10, 0, tzinfo=UTC)
"""The statement is of Tuesday 3 February; its last day is 4 April."""


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def statement(cast: Cast) -> Statement:
    """Give the statement of January: one entry of 12.34."""
    subscription = make_subscription(cast.partner, customer="Pihlaja")
    run = make_run(JANUARY, [EntryRow(partner=cast.partner, subscription=subscription, entitlement="12.34")])
    return make_statement(run, cast.partner)


def about_entry(of: Statement, **changes: Any) -> Subject:
    values: dict[str, Any] = {
        "run": of.run,
        "statement": of,
        "currency": "EUR",
        "amount": Decimal("12.34"),
        "subscription_id": Subscription.objects.get(account__name="Pihlaja").pk,
        "kind": "recurring",
        "earned_period": JANUARY,
    }
    return Subject(**values | changes)


def asked(cast: Cast, of: Statement, *, now: datetime = MONDAY, **changes: Any) -> Dispute:
    subject = about_entry(of, **changes)
    return open_dispute(subject=subject, text="  Why 60 %? ", actor=cast.actor("owner"), now=now)


def test_a_question_is_numbered_due_and_told(cast: Cast, statement: Statement) -> None:
    dispute = asked(cast, statement)

    dispute.refresh_from_db()
    assert (dispute.number, dispute.status, dispute.outcome, dispute.version) == ("D-000001", "open", "", 1)
    assert dispute.due_at == datetime(2026, 2, 23, 10, 0, tzinfo=UTC)  # ten business days, to the hour
    message = dispute.messages.get()
    assert (message.act, message.text, message.from_partner, message.author_label) == (
        "opened",
        "Why 60 %?",
        True,
        "Sanna Rinne",
    )
    event = OutboxMessage.objects.get(topic="commissions.dispute_opened")
    assert event.payload == {
        "dispute": str(dispute.public_id),
        "number": "D-000001",
        "partner": "northwind",
        "status": "open",
        "outcome": "",
    }
    assert AuditEvent.objects.get(action="dispute.opened").object_id == dispute.pk
    outbox.relay(now=MONDAY)
    assert sorted((one.to[0], one.subject) for one in mail.outbox) == [
        ("anna@vendor.example", "D-000001: Northwind IT about its commission"),
        ("fiona@vendor.example", "D-000001: Northwind IT about its commission"),
    ]
    assert "Why 60 %?" in mail.outbox[0].body


def test_the_last_day_is_sixty_days_after_the_statement(cast: Cast, statement: Statement) -> None:
    assert statement.issued_at == datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
    assert asked(cast, statement, now=datetime(2026, 4, 4, 23, 59, tzinfo=UTC)).status == "open"
    with pytest.raises(DomainError) as refusal:
        asked(cast, statement, now=datetime(2026, 4, 5, 0, 0, tzinfo=UTC), kind="upfront")
    assert refusal.value.code == "too_late"
    assert str(refusal.value.sentence) == (
        "A statement may be questioned for 60 days. The last was 4 April 2026; write to your channel manager."
    )
    Program.objects.update(dispute_cutoff_days=61)
    assert asked(cast, statement, now=datetime(2026, 4, 5, 0, 0, tzinfo=UTC), kind="upfront").status == "open"


def test_days_are_the_programs_own(cast: Cast, statement: Statement) -> None:
    Program.objects.update(timezone="Europe/Helsinki")
    with pytest.raises(DomainError, match="The last was 4 April 2026"):
        asked(cast, statement, now=datetime(2026, 4, 4, 21, 30, tzinfo=UTC))


def test_without_a_statement_the_approval_counts(cast: Cast, statement: Statement) -> None:
    lacking: dict[str, Any] = {"statement": None, "amount": Decimal(0), "kind": ""}
    assert asked(cast, statement, now=datetime(2026, 4, 4, 12, 0, tzinfo=UTC), **lacking).statement is None
    with pytest.raises(DomainError, match="60 days"):
        asked(cast, statement, now=datetime(2026, 4, 5, 12, 0, tzinfo=UTC), **lacking)


def test_the_same_is_asked_once_at_a_time(cast: Cast, statement: Statement) -> None:
    first = asked(cast, statement)
    with pytest.raises(DomainError) as refusal:
        asked(cast, statement)
    assert (refusal.value.code, str(refusal.value.sentence)) == (
        "dispute_one_open_a_key",
        "You have asked about this already; the question is still open.",
    )
    assert asked(cast, statement, kind="upfront").number == "D-000002"  # a refusal leaves no gap
    whole: dict[str, Any] = {"subscription_id": None, "kind": "", "earned_period": None}
    asked(cast, statement, **whole)
    with pytest.raises(DomainError, match="asked about this statement already"):
        asked(cast, statement, **whole)
    withdraw_dispute(dispute_id=first.pk, actor=cast.actor("owner"), now=MONDAY)
    second = asked(cast, statement)
    with pytest.raises(DomainError, match="asked about this already"):
        reopen_dispute(dispute_id=first.pk, text="Again", actor=cast.actor("owner"), now=MONDAY)
    assert second.number == "D-000004"


def test_asking_back_stops_the_clock_and_a_reply_starts_it(cast: Cast, statement: Statement) -> None:
    dispute = asked(cast, statement)
    friday = datetime(2026, 2, 13, 16, 0, tzinfo=UTC)
    waiting = reply(dispute_id=dispute.pk, text="Which contract?", actor=cast.actor("manager"), now=friday)

    assert (waiting.status, waiting.due_at) == ("waiting_for_partner", None)
    assert waiting.time_left == timedelta(hours=42)  # of 80 hours, 38 are gone
    later = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    again = reply(dispute_id=dispute.pk, text="The second.", actor=cast.actor("finance"), now=later)
    assert (again.status, again.time_left, again.version) == ("open", None, 3)
    assert again.due_at == datetime(2026, 3, 9, 11, 0, tzinfo=UTC)  # 42 hours: five days and two hours
    assert [(one.act, one.from_partner) for one in dispute.messages.all()] == [
        ("opened", True),
        ("asked", False),
        ("replied", True),
    ]
    outbox.relay(now=later)
    told = [one.to[0] for one in mail.outbox if one.subject == "D-000001: we need to know more"]
    assert told == ["sanna@northwind.example"]


def test_an_answer_closes_with_its_reason(cast: Cast, statement: Statement) -> None:
    dispute = asked(cast, statement)
    closed = explain_dispute(
        dispute_id=dispute.pk, reason="The credit is 60 %.", actor=cast.actor("manager"), now=MONDAY
    )

    assert (closed.status, closed.outcome, closed.closed_at, closed.closed_label, closed.due_at) == (
        "answered",
        "explained",
        MONDAY,
        "Anna Kowal",
        None,
    )
    with pytest.raises(StaleError, match="This question is closed"):
        reply(dispute_id=dispute.pk, text="But", actor=cast.actor("owner"), now=MONDAY)
    with pytest.raises(StaleError, match="This question is closed"):
        withdraw_dispute(dispute_id=dispute.pk, actor=cast.actor("owner"), now=MONDAY)


def test_an_answer_may_be_money(cast: Cast, statement: Statement) -> None:
    dispute = asked(cast, statement)
    closed = adjust_dispute(
        dispute_id=dispute.pk,
        amount=Decimal("-2.50"),
        reason="Share corrected.",
        actor=cast.actor("finance_person"),
        now=MONDAY,
        version=1,
    )

    assert (closed.status, closed.outcome) == ("answered", "adjusted")
    message = dispute.messages.get(act="answered")
    adjustment = Adjustment.objects.get()
    assert message.adjustment == adjustment
    assert (adjustment.partner, adjustment.currency, adjustment.amount, adjustment.reason, adjustment.settles) == (
        cast.partner,
        "EUR",
        Decimal("-2.50"),
        "D-000001: Share corrected.",
        False,
    )
    assert (adjustment.kind, adjustment.earned_period) == ("recurring", JANUARY)


def test_an_adjustment_that_is_refused_leaves_the_question_open(cast: Cast, statement: Statement) -> None:
    dispute = asked(cast, statement)
    for amount in ("0", "1.001"):
        with pytest.raises(DomainError):
            adjust_dispute(
                dispute_id=dispute.pk, amount=Decimal(amount), reason="x", actor=cast.actor("manager"), now=MONDAY
            )
    dispute.refresh_from_db()
    assert (dispute.status, dispute.messages.count(), Adjustment.objects.count()) == ("open", 1, 0)


def test_it_may_be_asked_again_within_the_days(cast: Cast, statement: Statement) -> None:
    dispute = asked(cast, statement)
    explain_dispute(dispute_id=dispute.pk, reason="So it is.", actor=cast.actor("finance_person"), now=MONDAY)
    tuesday = MONDAY + timedelta(days=1)
    again = reopen_dispute(dispute_id=dispute.pk, text="No.", actor=cast.actor("finance"), now=tuesday)

    assert (again.status, again.outcome, again.closed_at) == ("open", "", None)
    assert again.due_at == datetime(2026, 2, 24, 10, 0, tzinfo=UTC)
    explain_dispute(dispute_id=dispute.pk, reason="It is.", actor=cast.actor("finance_person"), now=tuesday)
    with pytest.raises(DomainError, match="The last was 4 April 2026"):
        reopen_dispute(
            dispute_id=dispute.pk, text="No.", actor=cast.actor("owner"), now=datetime(2026, 4, 6, 9, 0, tzinfo=UTC)
        )


def test_who_sees_and_who_may(cast: Cast, statement: Statement) -> None:
    dispute = asked(cast, statement)
    visible = {
        name: Dispute.objects.visible_to(cast.actor(name)).count()
        for name in ("owner", "finance", "seller", "marketing", "rival_owner", "viewer", "stranger")
    }
    assert visible == {
        "owner": 1,
        "finance": 1,
        "seller": 0,
        "marketing": 0,
        "rival_owner": 0,
        "viewer": 1,
        "stranger": 0,
    }
    assert DisputeMessage.objects.visible_to(cast.actor("rival_owner")).count() == 0
    with pytest.raises(NotAllowedError):
        open_dispute(subject=about_entry(statement), text="x", actor=cast.actor("seller"), now=MONDAY)
    with pytest.raises(NotAllowedError):
        open_dispute(subject=about_entry(statement), text="x", actor=cast.actor("finance_person"), now=MONDAY)
    system = Actor(kind=ActorKind.SYSTEM_KEY, label="erp")
    for actor in (cast.actor("viewer"), cast.actor("admin"), system):
        with pytest.raises(NotAllowedError):
            explain_dispute(dispute_id=dispute.pk, reason="x", actor=actor, now=MONDAY)
        with pytest.raises(NotAllowedError):
            reply(dispute_id=dispute.pk, text="x", actor=actor, now=MONDAY)
    with pytest.raises(NotAllowedError):
        explain_dispute(dispute_id=dispute.pk, reason="x", actor=cast.actor("owner"), now=MONDAY)
    with pytest.raises(NotAllowedError):
        withdraw_dispute(dispute_id=dispute.pk, actor=cast.actor("finance_person"), now=MONDAY)
    with pytest.raises(NotAllowedError):
        reply(dispute_id=dispute.pk, text="x", actor=cast.actor("rival_owner"), now=MONDAY)


def test_words_are_needed_and_bounded(cast: Cast, statement: Statement) -> None:
    for text, code in ((" \n", "text_required"), ("x" * 5001, "too_long")):
        with pytest.raises(DomainError) as refusal:
            open_dispute(subject=about_entry(statement), text=text, actor=cast.actor("owner"), now=MONDAY)
        assert refusal.value.code == code


def test_an_answer_to_an_older_reading_is_refused(cast: Cast, statement: Statement) -> None:
    dispute = asked(cast, statement)
    reply(dispute_id=dispute.pk, text="And also", actor=cast.actor("owner"), now=MONDAY)
    with pytest.raises(StaleError, match="Somebody has written"):
        explain_dispute(dispute_id=dispute.pk, reason="x", actor=cast.actor("manager"), now=MONDAY, version=1)


@pytest.mark.parametrize(
    "statement_sql",
    [
        "UPDATE commissions_disputemessage SET text = 'other'",
        "DELETE FROM commissions_disputemessage",
        "TRUNCATE commissions_disputemessage",
        "DELETE FROM commissions_dispute",
        "TRUNCATE commissions_dispute CASCADE",
        "UPDATE commissions_dispute SET amount = 1",
        "UPDATE commissions_dispute SET outcome = 'adjusted'",
        "UPDATE commissions_dispute SET due_at = NULL",
        "UPDATE commissions_dispute SET closed_at = now()",
    ],
)
def test_the_database_keeps_the_thread(cast: Cast, statement: Statement, statement_sql: str) -> None:
    asked(cast, statement)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a pending check would refuse TRUNCATE by itself
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement_sql)
