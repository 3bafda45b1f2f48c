"""Payouts in the worker: for the person who asked, with the rights of now, and safe to run twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commissions.models import Payout, PayoutBatch
from commissions.tasks import check, prepare, submit
from prm.models import AuditEvent, User
from tests.factories.bank import Teller, open_bank
from tests.factories.money import PAY_DAY, make_payee
from tests.factories.partners import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bank(settings: Any) -> Iterator[Teller]:
    with open_bank() as teller:
        settings.PAYOUT_PROVIDER = "test"
        settings.PAYOUT_TEST_URL = teller.url
        yield teller


def test_each_task_may_run_twice(bank: Teller) -> None:
    finance = make_user("f@vendor.example", roles=("finance",))
    make_payee("north", "10.00 EUR")
    for _time in range(2):
        prepare(as_of=PAY_DAY.isoformat(), user_id=finance.pk)
    batch = PayoutBatch.objects.get()
    assert batch.created_by == finance
    bank.will("accept")
    for _time in range(2):
        submit(number=batch.number, user_id=finance.pk)
    payout = Payout.objects.get()
    assert payout.status == "submitted"
    bank.settle(payout.idempotency_key, "paid")
    for _time in range(2):
        check()
    payout.refresh_from_db()
    assert payout.status == "paid"
    assert bank.paid() == {"P-000001": 1}
    assert AuditEvent.objects.get(action="payout.paid").channel == "rule"


def test_a_refusal_is_logged_and_not_raised(bank: Teller, settings: Any) -> None:
    finance = make_user("f@vendor.example", roles=("finance",))
    make_payee("north", "10.00 EUR")
    settings.PAYOUT_PROVIDER = "pigeon"
    prepare(as_of=PAY_DAY.isoformat(), user_id=finance.pk)
    submit(number=PayoutBatch.objects.get().number, user_id=finance.pk)
    assert Payout.objects.get().status == "prepared"


def test_rights_that_were_taken_away_meanwhile_do_not_count(bank: Teller) -> None:
    finance = make_user("f@vendor.example", roles=("finance",))
    make_payee("north", "10.00 EUR")
    prepare(as_of=PAY_DAY.isoformat(), user_id=finance.pk)
    User.objects.filter(pk=finance.pk).update(roles=["viewer"])
    submit(number=PayoutBatch.objects.get().number, user_id=finance.pk)
    assert bank.books() == {}
    assert Payout.objects.get().attempts == 0
