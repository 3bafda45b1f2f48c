"""Adjustments: a reason and an author, the same approval as their run, and never changed afterwards."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from commissions.models import Adjustment, ChangedFact, Run, RunStatus
from commissions.services.adjustments import About, add_adjustment, adjustments_digest, withdraw_adjustment
from commissions.services.runs import approve_run, calculate_run, reject_run
from deals.models import Subscription
from partners.models import Partner
from prm.actors import OPERATOR, Actor, ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError, constraint_of
from prm.models import AuditEvent, Program
from tests.commissions.test_approval import person
from tests.commissions.test_worked_example import EXAMPLE, FEBRUARY, JANUARY
from tests.factories.facts import NOW, entries_of, install, run_month

pytestmark = pytest.mark.django_db


def partner_a() -> Partner:
    return Partner.objects.get(code="a")


def partner_actor(partner: Partner, role: str) -> Actor:
    return Actor(kind=ActorKind.PARTNER, partner_id=partner.pk, partner_role=role)


def adjust(amount: str = "25", **fields: Any) -> Adjustment:
    values: dict[str, Any] = {
        "partner": partner_a(),
        "currency": "EUR",
        "reason": "Trade fair",
        "actor": OPERATOR,
        "now": NOW,
    }
    return add_adjustment(amount=Decimal(amount), **{**values, **fields})


def settle(amount: str, kind: str = "recurring", period: date = JANUARY) -> Adjustment:
    about = About(subscription=Subscription.objects.get(), kind=kind, earned_period=period)
    return adjust(amount, settles=True, about=about)


def test_an_adjustment_says_who_why_and_how_much() -> None:
    install(EXAMPLE)
    actor = person("anna@x.example", "channel_manager")
    adjustment = adjust("-12.50", reason="  Booked twice ", actor=actor)
    assert (adjustment.amount, adjustment.currency, adjustment.reason) == (Decimal("-12.50"), "EUR", "Booked twice")
    assert (adjustment.created_by_id, adjustment.created_label, adjustment.run) == (
        actor.user_id,
        "anna@x.example",
        None,
    )
    event = AuditEvent.objects.get(action="adjustment.added")
    assert (event.object_id, event.reason, event.data["amount"]) == (adjustment.pk, "Booked twice", "-12.50")


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("adjustment_not_zero", {"amount": "0"}),
        ("adjustment_not_zero", {"amount": "NaN"}),
        ("amount_unfit", {"amount": "0.001"}),
        ("amount_unfit", {"amount": "1000000000000"}),
        ("amount_unfit", {"amount": "0.5", "currency": "JPY"}),
        ("currency_unknown", {"currency": "ABC"}),
        ("reason_required", {"reason": " "}),
        ("adjustment_kind_known", {"about": About(kind="gift")}),
        ("adjustment_period", {"about": About(earned_period=date(2026, 1, 2))}),
        ("adjustment_period", {"about": About(earned_period=date(2030, 2, 1))}),
        ("adjustment_settles_a_key", {"settles": True}),
        ("adjustment_settles_a_key", {"settles": True, "about": About(kind="recurring", earned_period=JANUARY)}),
    ],
)
def test_what_cannot_be_an_adjustment_is_refused_with_its_reason(code: str, fields: dict[str, Any]) -> None:
    install(EXAMPLE)
    with pytest.raises(DomainError) as refusal:
        adjust(**fields)
    assert refusal.value.code == code
    assert not Adjustment.objects.exists()


def test_an_accelerator_is_settled_without_a_subscription_and_every_other_kind_with_one() -> None:
    install(EXAMPLE)
    assert adjust(settles=True, about=About(kind="accelerator", earned_period=JANUARY)).subscription is None
    about = About(subscription=Subscription.objects.get(), kind="accelerator", earned_period=JANUARY)
    with pytest.raises(DomainError):
        adjust(settles=True, about=about)


@pytest.mark.parametrize("kind", ["upfront", "spiff", "renewal", "accelerator"])
def test_one_off_commission_before_the_programs_first_month_is_not_settled(kind: str) -> None:
    install(EXAMPLE)
    Program.objects.update(first_period=FEBRUARY)
    subscription = None if kind == "accelerator" else Subscription.objects.get()
    with pytest.raises(DomainError, match=r"The program pays from February 2026 on, and no run compares") as refusal:
        adjust(settles=True, about=About(subscription=subscription, kind=kind, earned_period=JANUARY))
    assert (refusal.value.code, refusal.value.field) == ("adjustment_before_program", "earned_period")
    assert not Adjustment.objects.exists()
    assert adjust(settles=True, about=About(subscription=subscription, kind=kind, earned_period=FEBRUARY)).settles
    assert not adjust(about=About(subscription=subscription, kind=kind, earned_period=JANUARY)).settles


def test_a_monthly_kind_before_the_programs_first_month_can_be_settled_as_it_is_listed() -> None:
    install(EXAMPLE)
    Program.objects.update(first_period=FEBRUARY)
    assert settle("1", "recurring", JANUARY).settles


def test_a_subscription_of_another_currency_is_refused() -> None:
    install(EXAMPLE)
    with pytest.raises(DomainError) as refusal:
        adjust(currency="USD", about=About(subscription=Subscription.objects.get()))
    assert refusal.value.code == "adjustment_currency"


@pytest.mark.parametrize("role", ["admin", "viewer", "owner", ""])
def test_only_finance_and_channel_managers_adjust(role: str) -> None:
    install(EXAMPLE)
    actor = partner_actor(partner_a(), role) if role in {"owner", ""} else person("p@x.example", role)
    with pytest.raises(NotAllowedError):
        adjust(actor=actor)
    entered = adjust()
    with pytest.raises(NotAllowedError):
        withdraw_adjustment(adjustment_id=entered.pk, actor=actor, now=NOW)


def test_it_joins_the_run_that_is_calculated_next_and_is_approved_with_it() -> None:
    install(EXAMPLE)
    first = adjust()
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    later = adjust("5")
    approve_run(run=run, actor=OPERATOR, now=NOW)
    assert dict(Adjustment.objects.values_list("pk", "run_id")) == {first.pk: run.pk, later.pk: None}
    february = run_month(FEBRUARY)
    assert dict(Adjustment.objects.values_list("pk", "run_id")) == {first.pk: run.pk, later.pk: february.pk}
    assert not Adjustment.objects.pending().exists()


def test_a_rejected_run_lets_its_adjustments_go_on() -> None:
    install(EXAMPLE)
    entered = adjust()
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    reject_run(run=run, actor=OPERATOR, now=NOW, reason="Not yet")
    entered.refresh_from_db()
    assert entered.run is None
    assert list(run_month(JANUARY).adjustments.all()) == [entered]


def test_the_run_that_is_calculated_last_has_them_and_the_other_is_stale() -> None:
    install(EXAMPLE)
    entered = adjust()
    january = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    february = calculate_run(period=FEBRUARY, actor=OPERATOR, now=NOW)
    entered.refresh_from_db()
    assert entered.run == february
    with pytest.raises(StaleError):
        approve_run(run=january, actor=OPERATOR, now=NOW)
    approve_run(run=calculate_run(period=JANUARY, actor=OPERATOR, now=NOW), actor=OPERATOR, now=NOW)


def test_the_fingerprint_of_a_run_is_of_its_adjustments_too() -> None:
    install(EXAMPLE)
    without = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    assert adjustments_digest(without.pk) == ""
    entered = adjust()
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    assert run.pk == without.pk
    assert run.digest != without.digest
    withdraw_adjustment(adjustment_id=entered.pk, actor=OPERATOR, now=NOW)
    with pytest.raises(StaleError):
        approve_run(run=run, actor=OPERATOR, now=NOW)
    again = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    assert again.digest == without.digest
    approve_run(run=again, actor=OPERATOR, now=NOW)
    assert AuditEvent.objects.filter(action="adjustment.withdrawn").count() == 1


def test_one_that_settles_counts_as_posted_and_any_other_does_not() -> None:
    install(EXAMPLE)
    adjust("8.52", about=About(subscription=Subscription.objects.get(), kind="recurring", earned_period=JANUARY))
    settle("5.00")
    assert entries_of(run_month(JANUARY)) == [
        ("2026-01", "a", "S1", "recurring", Decimal("3.52")),
        ("2026-01", "a", "S1", "upfront", Decimal("60.00")),
        ("2026-01", "b", "S1", "recurring", Decimal("5.68")),
        ("2026-01", "b", "S1", "upfront", Decimal("40.00")),
    ]
    assert entries_of(run_month(JANUARY)) == []
    settle("-60.00", "upfront")
    assert entries_of(run_month(JANUARY)) == [("2026-01", "a", "S1", "upfront", Decimal("60.00"))]


def test_a_withdrawn_one_is_neither_taken_twice_nor_taken_back_twice() -> None:
    install(EXAMPLE)
    entered = settle("5.00")
    withdraw_adjustment(adjustment_id=entered.pk, actor=OPERATOR, now=NOW)
    with pytest.raises(StaleError):
        withdraw_adjustment(adjustment_id=entered.pk, actor=OPERATOR, now=NOW)
    assert run_month(JANUARY).adjustments.count() == 0


def test_an_approved_one_is_not_withdrawn() -> None:
    install(EXAMPLE)
    entered = adjust()
    run_month(JANUARY)
    with pytest.raises(StaleError):
        withdraw_adjustment(adjustment_id=entered.pk, actor=OPERATOR, now=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE commissions_adjustment SET amount = 1",
        "UPDATE commissions_adjustment SET run_id = NULL",
        "UPDATE commissions_adjustment SET run_id = NULL, withdrawn_at = now()",
        "DELETE FROM commissions_adjustment",
        "TRUNCATE commissions_adjustment CASCADE",
        """INSERT INTO commissions_adjustment (partner_id, currency, amount, reason, settles, kind, run_id, created_at,
        created_label) SELECT partner_id, 'EUR', 9, 'x', false, '', run_id, now(), '' FROM commissions_adjustment""",
    ],
)
def test_the_database_keeps_what_was_approved(statement: str) -> None:
    install(EXAMPLE)
    adjust()
    run_month(JANUARY)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            cursor.execute(statement)
    assert constraint_of(refusal.value) == "immutable"
    assert Adjustment.objects.get().amount == Decimal(25)


@pytest.mark.parametrize(
    "change", [{"amount": 1}, {"reason": "x"}, {"currency": "USD"}, {"kind": "upfront"}, {"settles": True}]
)
def test_what_it_says_never_changes_even_before(change: dict[str, Any]) -> None:
    install(EXAMPLE)
    entered = adjust()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Adjustment.objects.filter(pk=entered.pk).update(**change)
    assert constraint_of(refusal.value) == "immutable"


def test_what_settles_keeps_the_currency_and_the_first_period_and_marks_what_it_touches() -> None:
    install(EXAMPLE)
    ChangedFact.objects.all().delete()
    entered = settle("5.00", period=FEBRUARY)
    subscription = Subscription.objects.get()
    mark = ("commissions_adjustment", subscription.pk, None, FEBRUARY)
    columns = ("source", "subscription_id", "partner_id", "from_month")
    assert list(ChangedFact.objects.values_list(*columns)) == [mark]
    with pytest.raises(IntegrityError, match="currency cannot change"), transaction.atomic():
        Subscription.objects.update(currency="USD")
    with pytest.raises(IntegrityError, match="first period"), transaction.atomic():
        Program.objects.update(first_period=date(2026, 3, 1))
    withdraw_adjustment(adjustment_id=entered.pk, actor=OPERATOR, now=NOW)
    assert list(ChangedFact.objects.filter(source="commissions_adjustment").values_list(*columns)) == [mark, mark]
    Subscription.objects.update(currency="USD")


@pytest.mark.parametrize("act", ["enter", "withdraw"])
def test_who_entered_or_withdrew_one_since_the_last_approval_does_not_approve(act: str) -> None:
    install(EXAMPLE)
    finance = person("f@x.example", "finance")
    entered = adjust(actor=finance if act == "enter" else OPERATOR)
    if act == "withdraw":
        withdraw_adjustment(adjustment_id=entered.pk, actor=finance, now=NOW)
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    with pytest.raises(DomainError) as refusal:
        approve_run(run=run, actor=finance, now=NOW)
    assert refusal.value.code == "four_eyes"
    approve_run(run=run, actor=person("g@x.example", "finance"), now=NOW)


def test_a_partner_sees_its_own_once_approved() -> None:
    install(EXAMPLE)
    entered = adjust()
    b = Partner.objects.get(code="b")
    assert not Adjustment.objects.visible_to(partner_actor(entered.partner, "owner")).exists()
    run_month(JANUARY)
    assert Adjustment.objects.visible_to(partner_actor(entered.partner, "finance")).get() == entered
    assert not Adjustment.objects.visible_to(partner_actor(entered.partner, "seller")).exists()
    assert not Adjustment.objects.visible_to(partner_actor(b, "owner")).exists()
    assert not Adjustment.objects.visible_to(Actor()).exists()
    assert Adjustment.objects.visible_to(person("v@x.example", "viewer")).get() == entered


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_waits_for_an_approval_under_way_and_is_then_refused() -> None:
    install(EXAMPLE)
    entered = adjust()
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    answers: list[str] = []

    def withdraw() -> None:
        try:
            withdraw_adjustment(adjustment_id=entered.pk, actor=OPERATOR, now=NOW)
            answers.append("withdrawn")
        except DomainError as refusal:
            answers.append(refusal.code)
        finally:
            connections.close_all()

    thread = threading.Thread(target=withdraw)
    with transaction.atomic():
        approve_run(run=run, actor=OPERATOR, now=NOW)
        thread.start()
        thread.join(timeout=1)
        assert answers == []
    thread.join(timeout=30)
    assert answers == ["stale"]
    assert Run.objects.get().status == RunStatus.APPROVED
