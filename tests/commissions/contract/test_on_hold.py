"""A customer whose amounts cannot be computed, over real transactions: what was learnt meanwhile is not forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection

from commissions.models import RunScope
from commissions.queries.parked import parked_in
from commissions.services.runs import approve_run, calculate_run
from deals.models import MrrChange, Subscription
from prm.actors import OPERATOR
from tests.commissions.contract.program import close, customer, day, lines, pays, program
from tests.factories.facts import NOW, install

pytestmark = pytest.mark.django_db(transaction=True)

TOO_LARGE = Decimal(99_999_999_999_999)
"""At 10,000 % and in two roles more than an amount can hold."""


@pytest.fixture(autouse=True)
def unforeseen() -> Iterator[None]:
    """Take away what keeps a single customer's amounts within range: an input that no check has foreseen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'mrr_not_absurd'")
        definition = cursor.fetchone()[0]
        cursor.execute("ALTER TABLE deals_mrrchange DROP CONSTRAINT mrr_not_absurd")
    yield
    MrrChange.objects.filter(mrr=TOO_LARGE).delete()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE deals_mrrchange ADD CONSTRAINT mrr_not_absurd {definition}")


def test_a_correction_of_earlier_months_is_posted_when_the_customer_can_be_computed_again() -> None:
    install(program(customer("s", "a 100", "a 100 services"), customer("t"), rules=(pays("recurring", "10000"),)))
    for month in ("2026-01", "2026-02", "2026-03"):
        close(month)
    subscription = Subscription.objects.get(external_id="s")
    MrrChange.objects.create(subscription=subscription, effective_on=day("2026-02"), mrr=620)
    wrong = MrrChange.objects.create(subscription=subscription, effective_on=day("2026-04"), mrr=TOO_LARGE)

    april = calculate_run(period=day("2026-04"), actor=OPERATOR, now=NOW)

    assert [parked.subscription for parked in parked_in(april)] == [subscription]
    assert lines(april) == []
    scope = RunScope.objects.filter(run=april).values_list("subscription__external_id", "from_month")
    assert list(scope) == [("s", day("2026-02"))]
    approve_run(run=april, actor=OPERATOR, now=NOW)

    MrrChange.objects.filter(pk=wrong.pk).update(mrr=620)

    assert lines(close("2026-05")) == [
        "2026-02 a s recurring 62000.00 EUR",
        "2026-03 a s recurring 62000.00 EUR",
        "2026-04 a s recurring 124000.00 EUR",
        "2026-04 a t recurring 31000.00 EUR",
        "2026-05 a s recurring 124000.00 EUR",
        "2026-05 a t recurring 31000.00 EUR",
    ]
