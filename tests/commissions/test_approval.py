"""Approval: once, by a second person, of what was reviewed, and never changed afterwards."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction

from commissions.batch.partition import partition_of
from commissions.models import ChangedFact, Entry, Rule, Run, RunStatus, Statement
from commissions.services.runs import approve_run, calculate_run, reject_run, verify_run
from commissions.services.runs.holder import COMPUTING_LOCK
from deals.models import MrrChange, Subscription
from prm.actors import OPERATOR, Actor, ActorKind, Channel
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import OutboxMessage, Program, User
from tests.commissions.test_worked_example import APRIL, ENDED, EXAMPLE, FEBRUARY, JANUARY, MARCH, UPGRADED, learnt
from tests.factories.facts import NOW, install, run_month

pytestmark = pytest.mark.django_db


def person(email: str, *roles: str) -> Actor:
    user = User.objects.create_user(email, roles=list(roles))
    return Actor(
        kind=ActorKind.INTERNAL,
        channel=Channel.CONSOLE,
        user_id=user.pk,
        label=email,
        internal_roles=frozenset(roles),
    )


def calculated() -> Run:
    install(EXAMPLE)
    return calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)


def test_only_finance_approves() -> None:
    run = calculated()
    with pytest.raises(NotAllowedError):
        approve_run(run=run, actor=person("m@x.example", "channel_manager"), now=NOW)
    assert approve_run(run=run, actor=person("f@x.example", "finance"), now=NOW).status == RunStatus.APPROVED


def test_who_calculated_does_not_approve() -> None:
    install(EXAMPLE)
    finance = person("f@x.example", "finance")
    run = calculate_run(period=JANUARY, actor=finance, now=NOW)
    with pytest.raises(DomainError) as refusal:
        approve_run(run=run, actor=finance, now=NOW)
    assert refusal.value.code == "four_eyes"
    Program.objects.update(four_eyes=False)
    assert approve_run(run=run, actor=finance, now=NOW).status == RunStatus.APPROVED


def test_an_unfinished_month_is_not_approved() -> None:
    run = calculated()
    with pytest.raises(DomainError) as refusal:
        approve_run(run=run, actor=OPERATOR, now=datetime(2026, 1, 31, 23, 59, tzinfo=UTC))
    assert refusal.value.code == "month_unfinished"
    approve_run(run=run, actor=OPERATOR, now=datetime(2026, 2, 1, tzinfo=UTC))


def test_a_draft_is_stale_once_another_run_is_approved() -> None:
    install(EXAMPLE)
    january = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    february = calculate_run(period=FEBRUARY, actor=OPERATOR, now=NOW)
    approve_run(run=january, actor=OPERATOR, now=NOW)
    with pytest.raises(StaleError):
        approve_run(run=february, actor=OPERATOR, now=NOW)
    again = calculate_run(period=FEBRUARY, actor=OPERATOR, now=NOW)
    assert (again.pk, again.number) == (february.pk, february.number)
    assert approve_run(run=again, actor=OPERATOR, now=NOW).entry_count == 2


def test_another_digest_than_the_reviewed_one_is_stale() -> None:
    run = calculated()
    with pytest.raises(StaleError):
        approve_run(run=run, actor=OPERATOR, now=NOW, expected_digest="0" * 64)
    approve_run(run=run, actor=OPERATOR, now=NOW, expected_digest=run.digest)


def test_a_month_before_the_last_approved_is_refused() -> None:
    install(EXAMPLE)
    run_month(FEBRUARY)
    with pytest.raises(DomainError) as refusal:
        calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    assert refusal.value.code == "month_closed"


def test_approving_twice_is_refused() -> None:
    run = calculated()
    approve_run(run=run, actor=OPERATOR, now=NOW)
    with pytest.raises(StaleError):
        approve_run(run=run, actor=OPERATOR, now=NOW)


def test_rejection_needs_a_reason_and_posts_nothing() -> None:
    run = calculated()
    with pytest.raises(DomainError) as refusal:
        reject_run(run=run, actor=OPERATOR, now=NOW, reason=" ")
    assert refusal.value.code == "reason_required"
    reject_run(run=run, actor=OPERATOR, now=NOW, reason="Wrong rate")
    assert run_month(JANUARY).entry_count == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE commissions_entry SET amount = 1, entitlement = 1 + posted_before",
        "DELETE FROM commissions_entry",
        "TRUNCATE commissions_entry",
        "TRUNCATE {partition}",
        "UPDATE {partition} SET kind = 'spiff'",
        "DELETE FROM {partition}",
        "INSERT INTO {partition} SELECT * FROM {partition} LIMIT 1",
        "UPDATE commissions_run SET decision_reason = 'x'",
        "DELETE FROM commissions_run",
        "UPDATE commissions_statement SET issued_at = now()",
        "DELETE FROM commissions_statement",
        "TRUNCATE commissions_statement CASCADE",
        "UPDATE prm_auditevent SET reason = 'x'",
        "DELETE FROM prm_auditevent",
    ],
)
def test_the_database_refuses_to_change_what_was_approved(statement: str) -> None:
    install(EXAMPLE)
    partition = partition_of(run_month(JANUARY).number)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(statement.format(partition=partition))
    assert Entry.objects.count() == 4


def test_statements_are_numbered_without_gaps_and_carry_the_balance() -> None:
    install(EXAMPLE)
    run_month(JANUARY)
    run_month(FEBRUARY)
    install(learnt(UPGRADED))
    run_month(MARCH)
    install(learnt(ENDED))
    run_month(APRIL)
    columns = ("number", "partner__code", "opening", "earned", "true_up", "closing")
    assert list(Statement.objects.order_by("number").values_list(*columns)) == [
        ("S-000001", "a", Decimal(0), Decimal("68.52"), Decimal(0), Decimal("68.52")),
        ("S-000002", "b", Decimal(0), Decimal("45.68"), Decimal(0), Decimal("45.68")),
        ("S-000003", "a", Decimal("68.52"), Decimal("12.00"), Decimal(0), Decimal("80.52")),
        ("S-000004", "b", Decimal("45.68"), Decimal("8.00"), Decimal(0), Decimal("53.68")),
        ("S-000005", "a", Decimal("80.52"), Decimal("19.65"), Decimal(0), Decimal("100.17")),
        ("S-000006", "b", Decimal("53.68"), Decimal("10.48"), Decimal(0), Decimal("64.16")),
        ("S-000007", "a", Decimal("100.17"), Decimal(0), Decimal("-60.00"), Decimal("40.17")),
        ("S-000008", "b", Decimal("64.16"), Decimal(0), Decimal("-40.00"), Decimal("24.16")),
    ]
    assert OutboxMessage.objects.filter(topic="commissions.run_approved").count() == 4


def test_a_run_that_posts_nothing_issues_no_statement() -> None:
    install(EXAMPLE)
    run_month(JANUARY)
    again = run_month(JANUARY)
    assert (again.entry_count, again.statements.count()) == (0, 0)


def test_verify_finds_nothing_after_a_calculation() -> None:
    run = calculated()
    assert verify_run(run) == []


def test_verify_names_what_changed_since() -> None:
    run = calculated()
    install(
        replace(
            learnt(UPGRADED),
            subscriptions=(replace(EXAMPLE.subscriptions[0], changes={date(2026, 1, 10): Decimal(50)}),),
        )
    )
    assert verify_run(run) == [
        "a S1 recurring 2026-01 EUR: written 8.52, recomputed 4.26",
        "a S1 upfront 2026-01 EUR: written 60.00, recomputed 30.00",
        "b S1 recurring 2026-01 EUR: written 5.68, recomputed 2.84",
        "b S1 upfront 2026-01 EUR: written 40.00, recomputed 20.00",
    ]


def test_a_currency_cannot_change_once_commission_is_posted() -> None:
    install(EXAMPLE)
    Subscription.objects.update(currency="USD")
    Subscription.objects.update(currency="EUR")
    run_month(JANUARY)
    with pytest.raises(IntegrityError, match="currency cannot change"), transaction.atomic():
        Subscription.objects.update(currency="USD")


def test_the_first_period_cannot_pass_a_posted_month() -> None:
    install(EXAMPLE)
    run_month(JANUARY)
    Program.objects.update(first_period=JANUARY)
    with pytest.raises(IntegrityError, match="first period"), transaction.atomic():
        Program.objects.update(first_period=FEBRUARY)


@pytest.mark.django_db(transaction=True)
def test_marks_are_cleared_but_a_later_change_stays() -> None:
    install(EXAMPLE)
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    ours = set(ChangedFact.objects.filter(from_month__isnull=True).values_list("pk", flat=True))
    subscription = Subscription.objects.get()
    subscription.mrr_changes.create(effective_on=date(2026, 1, 20), mrr=Decimal(300))
    approve_run(run=run, actor=OPERATOR, now=NOW)
    left = ChangedFact.objects.values_list("source", "subscription_id", "from_month")
    assert ours
    assert list(left.filter(from_month__lte=JANUARY)) == [("deals_mrrchange", subscription.pk, JANUARY)]
    assert not left.filter(from_month__isnull=True).exists()
    # 0.2 × 60 % × (100 × 10/31 + 300 × 12/31) = 17.806… for a, minus the 8.52 posted.
    true_up = run_month(FEBRUARY).entries.get(partner__code="a", kind="recurring", earned_period=JANUARY)
    assert (true_up.amount, true_up.is_true_up) == (Decimal("9.29"), True)


@pytest.mark.django_db(transaction=True)
def test_of_two_computations_at_once_one_works_and_the_other_says_so() -> None:
    install(EXAMPLE)
    answers: list[str] = []

    def second() -> None:
        try:
            calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
            answers.append("calculated")
        except DomainError as refusal:
            answers.append(refusal.code)
        finally:
            connections.close_all()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [COMPUTING_LOCK])
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=30)
    assert answers == ["run_going_on"]
    assert calculate_run(period=JANUARY, actor=OPERATOR, now=NOW).entry_count == 4


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_being_decided_is_not_calculated_anew() -> None:
    run = calculated()
    answers: list[str] = []

    def second() -> None:
        try:
            calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
        except DomainError as refusal:
            answers.append(refusal.code)
        finally:
            connections.close_all()

    with transaction.atomic():
        approve_run(run=run, actor=OPERATOR, now=NOW)
        thread = threading.Thread(target=second)
        thread.start()
        # Whoever waited would only learn after the approval that its snapshot is too old.
        thread.join(timeout=5)
        was_told = not thread.is_alive()
    thread.join(timeout=30)
    assert (was_told, answers) == (True, ["stale"])
    assert Run.objects.get().status == RunStatus.APPROVED
    assert Entry.objects.filter(run=run).count() == 4


@pytest.mark.django_db(transaction=True)
def test_entries_can_be_read_while_a_draft_is_calculated_anew() -> None:
    calculated()
    reader = connection.copy()
    seen: dict[str, int] = {}

    def read(step: str) -> None:
        with reader.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
            cursor.execute("SELECT count(*) FROM commissions_entry")
            seen[step] = cursor.fetchone()[0]

    try:
        calculate_run(period=JANUARY, actor=OPERATOR, now=NOW, on_step=read)
    finally:
        reader.close()
    assert set(seen.values()) == {4}
    assert list(seen)[-2:] == ["finish", "calculated"]


def test_a_mark_begins_with_the_first_month_that_a_change_affects() -> None:
    install(EXAMPLE)
    ChangedFact.objects.all().delete()
    # Rules from the beginning and one from March in a single statement: the beginning must not be lost.
    first = Rule.objects.order_by("id")[0]
    Rule.objects.filter(pk=first.pk).update(valid_from=MARCH)
    ChangedFact.objects.all().delete()
    Rule.objects.update(rate=Decimal("1.5"))
    assert set(ChangedFact.objects.values_list("from_month", flat=True)) == {None}
    # An end in April may take back the upfront of January, and give its part of the cap to the months between.
    ChangedFact.objects.all().delete()
    subscription = Subscription.objects.get()
    MrrChange.objects.create(subscription=subscription, effective_on=date(2026, 4, 1), mrr=Decimal(0))
    assert set(ChangedFact.objects.values_list("from_month", flat=True)) == {JANUARY}
    ChangedFact.objects.all().delete()
    MrrChange.objects.create(subscription=subscription, effective_on=date(2026, 5, 1), mrr=Decimal(50))
    assert set(ChangedFact.objects.values_list("from_month", flat=True)) == {date(2026, 5, 1)}
