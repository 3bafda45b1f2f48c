"""The ledger: two accounts and an amount in each row, only ever added, and the one definition of what is owed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from commissions.models import Posting, Statement
from commissions.queries.ledger import AccountBalance, Payable, account_balances, payable_of, payables
from partners.models import Partner
from prm.actors import OPERATOR
from prm.errors import constraint_of
from tests.cast import assemble
from tests.commissions.test_adjustments import adjust
from tests.commissions.test_worked_example import APRIL, ENDED, EXAMPLE, FEBRUARY, JANUARY, MARCH, UPGRADED, learnt
from tests.factories.facts import install, run_month

pytestmark = pytest.mark.django_db

COLUMNS = ("debit", "credit", "amount", "currency", "partner__code", "cause", "statement__number")


def test_approval_posts_commission_and_adjustments_and_what_is_taken_back_the_other_way() -> None:
    install(EXAMPLE)
    adjust("25")
    run_month(JANUARY)
    adjust("-5.50")
    run_month(FEBRUARY)
    install(learnt(UPGRADED))
    run_month(MARCH)
    install(learnt(ENDED))
    run_month(APRIL)
    owed, commission, adjusted = "partner_payable", "commission_expense", "adjustment_expense"
    a = Posting.objects.filter(partner__code="a")
    assert list(a.values_list(*COLUMNS)) == [
        (commission, owed, Decimal("68.52"), "EUR", "a", "earned", "S-000001"),
        (adjusted, owed, Decimal("25.00"), "EUR", "a", "adjusted", "S-000001"),
        (commission, owed, Decimal("12.00"), "EUR", "a", "earned", "S-000003"),
        (owed, adjusted, Decimal("5.50"), "EUR", "a", "adjusted", "S-000003"),
        (commission, owed, Decimal("19.65"), "EUR", "a", "earned", "S-000005"),
        (owed, commission, Decimal("60.00"), "EUR", "a", "earned", "S-000007"),
    ]
    ids = dict(Partner.objects.values_list("code", "pk"))
    assert payables() == [Payable(ids["a"], "EUR", Decimal("59.67")), Payable(ids["b"], "EUR", Decimal("24.16"))]
    assert payables([ids["b"]]) == [Payable(ids["b"], "EUR", Decimal("24.16"))]
    assert payable_of(ids["a"], "EUR") == Decimal("59.67")
    assert payable_of(ids["a"], "USD") == 0
    assert account_balances() == [
        AccountBalance("adjustment_expense", "EUR", Decimal("19.50")),
        AccountBalance("commission_expense", "EUR", Decimal("64.33")),
        AccountBalance("partner_payable", "EUR", Decimal("-83.83")),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE commissions_posting SET amount = amount + 1",
        "DELETE FROM commissions_posting",
        "TRUNCATE commissions_posting",
        "UPDATE commissions_statement SET closing = closing",
        "DELETE FROM commissions_statement",
        "TRUNCATE commissions_statement CASCADE",
    ],
)
def test_postings_and_statements_are_only_ever_added(statement: str) -> None:
    install(EXAMPLE)
    run_month(JANUARY)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            cursor.execute(statement)
    assert constraint_of(refusal.value) == "immutable"
    assert (Posting.objects.count(), Statement.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    ("constraint", "changed"),
    [
        ("posting_amount_positive", {"amount": Decimal(0)}),
        ("posting_amount_positive", {"amount": Decimal(-1)}),
        ("posting_two_accounts", {"credit": "bank"}),
        ("posting_accounts_known", {"debit": "till"}),
        ("posting_has_one_source", {"cause": "paid"}),
        ("posting_has_one_source", {"statement": None}),
        ("posting_once_a_statement", {"cause": "earned"}),
        ("money_currency_known", {"currency": "ABC"}),
    ],
)
def test_what_is_no_movement_is_refused(constraint: str, changed: dict[str, object]) -> None:
    install(EXAMPLE)
    run_month(JANUARY)
    statement = Statement.objects.get(partner__code="a")
    row = {
        "debit": "bank",
        "credit": "partner_payable",
        "amount": Decimal(1),
        "currency": "EUR",
        "partner": statement.partner,
        "cause": "adjusted",
        "statement": statement,
        "posted_at": statement.issued_at,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Posting.objects.create(**{**row, **changed})
    assert constraint_of(refusal.value) == constraint


def test_partners_do_not_read_the_ledger() -> None:
    cast = assemble()
    assert Posting.objects.visible_to(cast.actor("owner")).query.is_empty()
    assert not Posting.objects.visible_to(OPERATOR).query.is_empty()
