"""``submit_payouts`` killed with SIGKILL at each point between two commits, and run again: every payout is paid once.

The bank is a real server on loopback, the command a real process. A careless bank pays whatever it is sent, so that it
hides no second order; where an order is still on its way while the next is sent, the payout's key is what protects it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from commissions.models import Payout, Posting
from commissions.queries.ledger import payables
from commissions.services.payouts import SUBMITTING_LOCK
from tests.factories.bank import Teller, open_bank
from tests.factories.money import make_payee, prepared

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
PAID_ONCE = {"P-000001": 1, "P-000002": 1}


@pytest.fixture
def careless(settings: Any) -> Iterator[Teller]:
    with open_bank() as bank:
        settings.PAYOUT_PROVIDER = "test"
        yield bank


@pytest.fixture
def careful(settings: Any) -> Iterator[Teller]:
    with open_bank(careless=False) as bank:
        settings.PAYOUT_PROVIDER = "test"
        yield bank


def two_payouts() -> None:
    make_payee("north", "10.00 EUR")
    make_payee("south", "20.00 EUR")
    prepared()


@contextmanager
def submitting(bank: Teller) -> Iterator[subprocess.Popen[str]]:
    """Start the command on the test database; it is killed at the end of the block."""
    settings = connection.settings_dict
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql:///{settings['NAME']}",
        "PGHOST": str(settings["HOST"]),
        "PGUSER": str(settings["USER"]),
        "PGPORT": str(settings["PORT"]),
        "DJANGO_SETTINGS_MODULE": "prm.settings",
        "PAYOUT_TEST_URL": bank.url,
    }
    command = [sys.executable, "manage.py", "submit_payouts", "1"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)


def submit_to_the_end(bank: Teller) -> str:
    """Run the command; return what it said. The killed one's session may take a moment to be noticed dead."""
    wait_until(lambda: not count("locktype = 'advisory' AND classid = %s", SUBMITTING_LOCK))
    with submitting(bank) as process:
        said, complaints = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, complaints) == (0, "")
    return said


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def count(condition: str, *values: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pg_locks WHERE {condition}", values)  # noqa: S608 - our own condition
        return int(cursor.fetchone()[0])


@contextmanager
def payout_held(number: int) -> Iterator[None]:
    """Hold a payout's row, as another transaction would: whoever wants to write it waits."""
    settings = connection.settings_dict
    with psycopg.connect(
        dbname=settings["NAME"], host=settings["HOST"], user=settings["USER"], port=settings["PORT"]
    ) as other:
        other.execute("SELECT FROM commissions_payout WHERE number = %s FOR UPDATE", [number])
        yield
        other.rollback()


def somebody_waits() -> int:
    return count("NOT granted AND locktype = 'transactionid'")


def assert_all_is_well(bank: Teller) -> None:
    assert bank.paid() == PAID_ONCE
    assert set(Payout.objects.values_list("status", flat=True)) == {"paid"}
    assert Posting.objects.filter(cause="paid").count() == 2
    assert payables() == []


def test_killed_before_the_attempt_is_committed(careless: Teller) -> None:
    two_payouts()
    with payout_held(2), submitting(careless):
        wait_until(somebody_waits)
    assert set(Payout.objects.values_list("attempts", flat=True)) == {0}
    assert submit_to_the_end(careless) == "Batch 1: 2 paid\n"
    assert set(Payout.objects.values_list("attempts", flat=True)) == {1}
    assert_all_is_well(careless)


def test_killed_while_the_order_is_on_its_way_and_sent_again_before_it_arrives(careful: Teller) -> None:
    two_payouts()
    careful.will("hold")
    with submitting(careful):
        wait_until(careful.has_nothing_in_mind)
    assert set(Payout.objects.values_list("attempts", flat=True)) == {1}
    assert careful.books() == {}
    assert submit_to_the_end(careful) == "Batch 1: 2 paid\n"
    careful.release()
    assert_all_is_well(careful)


def test_killed_while_the_order_is_on_its_way_and_it_is_paid_meanwhile(careless: Teller) -> None:
    two_payouts()
    careless.will("hold_answer")
    with submitting(careless):
        wait_until(careless.books)
    assert set(Payout.objects.values_list("status", flat=True)) == {"prepared"}
    assert submit_to_the_end(careless) == "Batch 1: 2 paid\n"
    careless.release()
    assert_all_is_well(careless)


def test_killed_between_the_answer_and_its_commit(careless: Teller) -> None:
    two_payouts()
    careless.will("hold_answer")
    with submitting(careless) as process:
        wait_until(careless.books)
        with payout_held(1):
            careless.release()
            wait_until(somebody_waits)
            process.kill()
    assert careless.paid() == {"P-000001": 1}
    assert set(Payout.objects.values_list("status", flat=True)) == {"prepared"}
    assert submit_to_the_end(careless) == "Batch 1: 2 paid\n"
    assert_all_is_well(careless)


def test_killed_between_two_payouts(careless: Teller) -> None:
    two_payouts()
    careless.will("pay")
    careless.will("hold_answer")
    with submitting(careless):
        wait_until(lambda: len(careless.books()) == 2)
    assert list(Payout.objects.order_by("number").values_list("status", flat=True)) == ["paid", "prepared"]
    assert submit_to_the_end(careless) == "Batch 1: 2 paid\n"
    assert_all_is_well(careless)


def test_killed_after_all_is_done(careless: Teller) -> None:
    two_payouts()
    assert submit_to_the_end(careless) == "Batch 1: 2 paid\n"
    assert submit_to_the_end(careless) == "Batch 1: 2 paid\n"
    assert {payment["orders"] for payment in careless.books().values()} == {1}
    assert_all_is_well(careless)
