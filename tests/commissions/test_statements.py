"""Statements: every run that touches a partner in a currency, by entries or adjustments, and what is owed then."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commissions.models import Posting, Run, Statement
from commissions.queries.ledger import payable_of
from commissions.services.adjustments import add_adjustment
from commissions.services.runs import approve_run, calculate_run
from partners.models import Partner
from prm.actors import OPERATOR
from prm.models import NumberSeries
from tests.commissions.test_adjustments import adjust
from tests.commissions.test_worked_example import EXAMPLE, FEBRUARY, JANUARY
from tests.factories.facts import NOW, install, run_month

pytestmark = pytest.mark.django_db

FIGURES = ("partner__code", "currency", "opening", "earned", "true_up", "adjustments", "paid", "closing")


def figures(run: Run) -> list[tuple[object, ...]]:
    return list(run.statements.order_by("number").values_list(*FIGURES))


def test_adjustments_stand_on_the_statement_of_their_run() -> None:
    install(EXAMPLE)
    adjust("25")
    adjust("-0.50")
    assert figures(run_month(JANUARY)) == [
        ("a", "EUR", Decimal(0), Decimal("68.52"), Decimal(0), Decimal("24.50"), Decimal(0), Decimal("93.02")),
        ("b", "EUR", Decimal(0), Decimal("45.68"), Decimal(0), Decimal(0), Decimal(0), Decimal("45.68")),
    ]


def test_a_partner_that_only_an_adjustment_touches_has_a_statement_too_also_in_another_currency() -> None:
    install(EXAMPLE)
    run_month(JANUARY)
    adjust("700", currency="JPY")
    adjust("-100")
    run = run_month(JANUARY)
    assert run.entry_count == 0
    assert figures(run) == [
        ("a", "EUR", Decimal("68.52"), Decimal(0), Decimal(0), Decimal(-100), Decimal(0), Decimal("-31.48")),
        ("a", "JPY", Decimal(0), Decimal(0), Decimal(0), Decimal(700), Decimal(0), Decimal(700)),
    ]
    assert [payable_of(Partner.objects.get(code="a").pk, currency) for currency in ("EUR", "JPY")] == [
        Decimal("-31.48"),
        Decimal(700),
    ]


def test_adjustments_that_cancel_out_are_stated_and_post_nothing() -> None:
    install(EXAMPLE)
    b = Partner.objects.get(code="b")
    for amount in (5, -5):
        add_adjustment(partner=b, currency="USD", amount=Decimal(amount), reason="x", actor=OPERATOR, now=NOW)
    run = run_month(JANUARY)
    statement = run.statements.get(currency="USD")
    assert (statement.adjustments, statement.closing) == (Decimal(0), Decimal(0))
    assert not Posting.objects.filter(statement=statement).exists()


def test_a_refused_approval_gives_its_numbers_back() -> None:
    install(EXAMPLE)
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    with transaction.atomic():
        approve_run(run=run, actor=OPERATOR, now=NOW)
        transaction.set_rollback(True)
    approve_run(run=Run.objects.get(), actor=OPERATOR, now=NOW)
    assert sorted(Statement.objects.values_list("number", flat=True)) == ["S-000001", "S-000002"]


def test_numbers_go_on_past_six_digits() -> None:
    install(EXAMPLE)
    NumberSeries.objects.create(name="statement", last=999_999)
    run_month(JANUARY)
    assert sorted(Statement.objects.values_list("number", flat=True)) == ["S-1000000", "S-1000001"]


def test_issuing_takes_the_same_few_statements_however_many_partners_there_are() -> None:
    install(EXAMPLE)
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as few:
        approve_run(run=run, actor=OPERATOR, now=NOW)
    for number in range(20):
        partner = Partner.objects.create(code=f"p{number}", name="P", type="reseller", status="active")
        add_adjustment(partner=partner, currency="EUR", amount=Decimal(1), reason="x", actor=OPERATOR, now=NOW)
    run = calculate_run(period=FEBRUARY, actor=OPERATOR, now=NOW)
    with CaptureQueriesContext(connection) as many:
        approve_run(run=run, actor=OPERATOR, now=datetime(2030, 2, 1, tzinfo=UTC))
    assert run.statements.count() == 22
    assert len(many) <= len(few)
