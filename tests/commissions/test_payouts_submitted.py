"""Submitting payouts to a bank that fails, delays, answers twice and drops its answers: nothing is paid twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections, transaction

from commissions.models import Payout, PayoutBatch, PayoutContradiction, Posting
from commissions.policy.payouts import STEPS, ContradictionError, steps_to
from commissions.providers import registry
from commissions.providers.interface import Outcome, OutcomeState
from commissions.providers.rehearsed import RehearsedProvider
from commissions.queries.ledger import AccountBalance, account_balances, payable_of
from commissions.services.contradictions import settle_contradiction
from commissions.services.payouts import Check, check_payouts, record_result, submit_batch
from partners.models import Partner, PartnerStatus, PayoutMethod
from prm.actors import OPERATOR, RULE
from prm.calendar_days import program_today
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import AuditEvent, OutboxMessage
from tests.cast import assemble
from tests.factories.bank import Teller, open_bank
from tests.factories.facts import NOW
from tests.factories.money import make_payee, owe, prepared
from tests.factories.partners import make_partner
from tests.factories.payees import IBAN_DE, make_method, make_payable, make_tax_form

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bank(settings: Any) -> Iterator[Teller]:
    with open_bank() as teller:
        settings.PAYOUT_PROVIDER = "test"
        settings.PAYOUT_TEST_URL = teller.url
        yield teller


@pytest.fixture
def impatient(bank: Teller, monkeypatch: pytest.MonkeyPatch) -> Teller:
    """Have the client wait for half a second only."""
    monkeypatch.setitem(registry._PROVIDERS, "test", lambda: RehearsedProvider(timeout=0.5))
    return bank


def batch_of(*amounts: str) -> PayoutBatch:
    for number, amount in enumerate(amounts, start=1):
        make_payee(f"p{number}", amount)
    return prepared()


def submit(batch: PayoutBatch) -> tuple[dict[str, int], int]:
    done = submit_batch(batch=batch, actor=OPERATOR, now=NOW)
    return done.by_status, done.unanswered


def postings(payout: Payout) -> list[tuple[str, str, str, Decimal]]:
    return list(Posting.objects.filter(payout=payout).values_list("cause", "debit", "credit", "amount"))


def test_what_is_paid_leaves_clearing_for_bank_and_tax(bank: Teller) -> None:
    partner = make_payee("north", "200.00 EUR", rate="15")
    batch = prepared()
    assert submit(batch) == ({"paid": 1}, 0)
    payout = Payout.objects.get()
    assert (payout.status, payout.attempts, payout.provider_reference, payout.paid_at) == ("paid", 1, "T000001", NOW)
    assert bank.books()[str(payout.idempotency_key)]["amount"] == "170.0000"
    assert postings(payout) == [
        ("prepared", "partner_payable", "payout_clearing", Decimal(200)),
        ("paid", "payout_clearing", "bank", Decimal(170)),
        ("withheld", "payout_clearing", "withholding_payable", Decimal(30)),
    ]
    assert payable_of(partner.pk, "EUR") == 0
    assert AccountBalance("payout_clearing", "EUR", Decimal(0)) in account_balances()
    assert AuditEvent.objects.get(action="payout.paid").data == {
        "from": "prepared",
        "to": "paid",
        "reference": "T000001",
    }
    assert OutboxMessage.objects.get(topic="commissions.payout_paid").payload["number"] == "P-000001"


def test_submitting_again_sends_nothing_again(bank: Teller) -> None:
    batch = batch_of("10.00 EUR", "20.00 EUR")
    assert submit(batch) == ({"paid": 2}, 0)
    assert submit(batch) == ({"paid": 2}, 0)
    assert bank.paid() == {"P-000001": 1, "P-000002": 1}
    assert {payment["orders"] for payment in bank.books().values()} == {1}


def test_an_answer_that_comes_twice_counts_once(bank: Teller) -> None:
    batch = batch_of("10.00 EUR")
    bank.will("twice")
    assert submit(batch) == ({"paid": 1}, 0)
    assert [cause for cause, *_rest in postings(Payout.objects.get())] == ["prepared", "paid"]
    assert AuditEvent.objects.filter(action="payout.paid").count() == 1


def test_an_answer_dropped_after_paying_is_asked_for_and_nothing_is_sent_again(bank: Teller) -> None:
    batch = batch_of("10.00 EUR", "20.00 EUR")
    bank.will("drop")
    assert submit(batch) == ({"prepared": 1, "paid": 1}, 1)
    assert submit(batch) == ({"paid": 2}, 0)
    assert bank.paid() == {"P-000001": 1, "P-000002": 1}
    assert list(Payout.objects.order_by("number").values_list("attempts", flat=True)) == [2, 1]


def test_an_answer_that_comes_too_late_is_asked_for(impatient: Teller) -> None:
    batch = batch_of("10.00 EUR")
    impatient.will("hold_answer")
    assert submit(batch) == ({"prepared": 1}, 1)
    impatient.release()
    assert submit(batch) == ({"paid": 1}, 0)
    assert impatient.paid() == {"P-000001": 1}


def test_a_busy_bank_has_heard_of_nothing_and_is_sent_it_again_under_the_same_key(bank: Teller) -> None:
    batch = batch_of("10.00 EUR")
    key = str(Payout.objects.get().idempotency_key)
    bank.will("busy", times=2)
    assert submit(batch) == ({"prepared": 1}, 1)
    assert submit(batch) == ({"prepared": 1}, 1)
    assert submit(batch) == ({"paid": 1}, 0)
    assert list(bank.books()) == [key]
    assert bank.paid() == {"P-000001": 1}


def test_a_bank_that_is_away_leaves_the_batch_to_be_submitted_again(bank: Teller, settings: Any) -> None:
    batch = batch_of("10.00 EUR")
    there = settings.PAYOUT_TEST_URL
    settings.PAYOUT_TEST_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="no answer for 1 payout"):
        call_command("submit_payouts", "1", stdout=StringIO())
    # It is not sent while nobody knows whether it was paid: the bank must first say that it never heard of it.
    assert submit(batch) == ({"prepared": 1}, 1)
    settings.PAYOUT_TEST_URL = there
    out = StringIO()
    call_command("submit_payouts", "PB-000001", stdout=out)
    assert out.getvalue() == "Batch 1: 1 paid\n"
    assert bank.paid() == {"P-000001": 1}


def test_what_failed_is_owed_again_and_paid_by_the_next_batch_under_another_key(bank: Teller) -> None:
    batch = batch_of("10.00 EUR")
    bank.will("fail", reason="Account closed")
    assert submit(batch) == ({"failed": 1}, 0)
    failed = Payout.objects.get()
    assert (failed.reason, payable_of(failed.partner_id, "EUR")) == ("Account closed", Decimal(10))
    assert postings(failed)[1:] == [("owed_again", "payout_clearing", "partner_payable", Decimal(10))]
    assert submit(batch) == ({"failed": 1}, 0)
    assert submit(prepared(date(2026, 2, 11))) == ({"paid": 1}, 0)
    assert bank.paid() == {"P-000001": 0, "P-000002": 1}
    assert len(bank.books()) == 2


def test_what_is_accepted_is_asked_about_until_it_is_known(bank: Teller) -> None:
    batch = batch_of("10.00 EUR", "20.00 EUR", "30.00 EUR")
    bank.will("accept", times=3)
    assert submit(batch) == ({"submitted": 3}, 0)
    one, two, three = Payout.objects.order_by("number")
    assert check_payouts(actor=RULE, now=NOW) == Check(0, ())
    bank.settle(one.idempotency_key, "paid")
    bank.settle(two.idempotency_key, "failed", "No such account")
    assert check_payouts(actor=RULE, now=NOW) == Check(2, ())
    assert check_payouts(actor=RULE, now=NOW) == Check(0, ())
    statuses = Payout.objects.order_by("number").values_list("status", "reason")
    assert list(statuses) == [("paid", ""), ("failed", "No such account"), ("submitted", "")]
    assert payable_of(three.partner_id, "EUR") == 0
    assert payable_of(two.partner_id, "EUR") == Decimal(20)


def test_contradictions_are_all_told_and_stop_none_of_the_others(bank: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batch_of("10.00 EUR", "20.00 EUR", "30.00 EUR")
    bank.will("accept", times=3)
    submit(batch)
    keys = list(Payout.objects.order_by("number").values_list("idempotency_key", flat=True))
    for key in keys:
        bank.settle(key, "paid")

    class Overtaken(RehearsedProvider):
        def lookup(self, key: UUID) -> Outcome | None:
            """Answer, after somebody has recorded by hand that the payment failed."""
            if key in keys[:2]:
                record_result(outcome=Outcome(key=key, state=OutcomeState.FAILED), actor=OPERATOR, now=NOW)
            return super().lookup(key)

    monkeypatch.setitem(registry._PROVIDERS, "test", Overtaken)
    look = "Payout P-00000{} is recorded as “failed”, and the provider says “paid”. Look into it."
    assert check_payouts(actor=RULE, now=NOW) == Check(1, (look.format(1), look.format(2)))
    assert list(Payout.objects.order_by("number").values_list("status", flat=True)) == ["failed", "failed", "paid"]
    waiting = PayoutContradiction.objects.unsettled().order_by("payout__number")
    found = [(str(row.payout), row.recorded, row.answer, row.reference) for row in waiting]
    assert found == [("P-000001", "failed", "paid", "T000001"), ("P-000002", "failed", "paid", "T000002")]

    monkeypatch.setitem(registry._PROVIDERS, "test", RehearsedProvider)
    again = check_payouts(actor=RULE, now=NOW)
    assert (again.news, len(again.contradictions), waiting.count()) == (0, 2, 2)
    assert AuditEvent.objects.filter(action="payout.contradicted").count() == 2

    bank.settle(keys[0], "failed")
    assert check_payouts(actor=RULE, now=NOW) == Check(0, (look.format(2),))
    assert [str(row.payout) for row in waiting.all()] == ["P-000002"]
    gone = PayoutContradiction.objects.get(payout__number=1)
    assert (gone.closed_at, gone.closed_reason) == (NOW, "The provider says the same by now.")

    left = waiting.get()
    with pytest.raises(DomainError, match="Say what you found out"):
        settle_contradiction(contradiction_id=left.pk, reason=" ", actor=OPERATOR, now=NOW)
    settle_contradiction(contradiction_id=left.pk, reason="Paid; taken back", actor=OPERATOR, now=NOW)
    with pytest.raises(StaleError):
        settle_contradiction(contradiction_id=left.pk, reason="Twice", actor=OPERATOR, now=NOW)
    assert check_payouts(actor=RULE, now=NOW) == Check(0, ())
    for change in ({"answer": "returned"}, {"closed_reason": "x"}, {"closed_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PayoutContradiction.objects.filter(pk=left.pk).update(**change)


def test_what_comes_back_after_it_was_paid_is_owed_again_with_its_tax(bank: Teller) -> None:
    partner = make_payee("north", "200.00 EUR", rate="15")
    batch = prepared()
    submit(batch)
    payout = Payout.objects.get()
    returned = Outcome(key=payout.idempotency_key, state=OutcomeState.RETURNED, reason="Account closed")
    assert record_result(outcome=returned, actor=OPERATOR, now=NOW) is True
    assert record_result(outcome=returned, actor=OPERATOR, now=NOW) is False
    assert postings(payout)[3:] == [
        ("sent_back", "bank", "payout_clearing", Decimal(170)),
        ("not_withheld", "withholding_payable", "payout_clearing", Decimal(30)),
        ("owed_again", "payout_clearing", "partner_payable", Decimal(200)),
    ]
    assert payable_of(partner.pk, "EUR") == Decimal(200)
    assert {row.balance for row in account_balances() if row.account in {"bank", "withholding_payable"}} == {Decimal(0)}
    payout.refresh_from_db()
    assert (payout.status, payout.paid_at, payout.closed_at) == ("returned", NOW, NOW)


@pytest.mark.parametrize(
    ("said", "answer"),
    [("failed", "paid"), ("paid", "failed"), ("failed", "returned"), ("returned", "failed")],
)
def test_a_contradiction_changes_nothing_and_says_so(bank: Teller, said: str, answer: str) -> None:
    batch_of("10.00 EUR")
    payout = Payout.objects.get()

    def hear(state: str) -> bool:
        outcome = Outcome(key=payout.idempotency_key, state=OutcomeState(state))
        return record_result(outcome=outcome, actor=OPERATOR, now=NOW)

    assert hear(said)
    before = postings(payout)
    with pytest.raises(DomainError, match=rf"recorded as “{said}”, and the provider says “{answer}”") as refusal:
        hear(answer)
    assert refusal.value.code == "payout_contradiction"
    assert postings(payout) == before


def test_a_key_that_no_payout_has_is_refused(bank: Teller) -> None:
    batch = batch_of("10.00 EUR")
    with pytest.raises(DomainError) as refusal:
        record_result(outcome=Outcome(key=batch.public_id, state=OutcomeState.PAID), actor=OPERATOR, now=NOW)
    assert refusal.value.code == "payout_unknown"


def test_every_answer_has_its_way_from_every_state() -> None:
    states = ("prepared", "submitted", "paid", "failed", "returned")
    answers = ("accepted", "paid", "failed", "returned")
    assert set(STEPS) == {(state, answer) for state in states for answer in answers}
    assert all(steps_to(state, "unknown") == () for state in states)
    assert steps_to("submitted", "accepted") == ()
    assert steps_to("returned", "paid") == ()
    with pytest.raises(ContradictionError):
        steps_to("failed", "paid")


def test_nothing_is_sent_to_whom_is_not_active_or_to_an_account_that_was_replaced(bank: Teller) -> None:
    batch = batch_of("10.00 EUR", "20.00 EUR", "30.00 EUR")
    Partner.objects.filter(code="p1").update(status=PartnerStatus.SUSPENDED)
    PayoutMethod.objects.filter(partner__code="p2").update(valid_until=batch.as_of)
    done = submit_batch(batch=batch, actor=OPERATOR, now=NOW)
    held = {"P-000001": ("partner_not_active",), "P-000002": ("no_payout_method",)}
    assert (done.by_status, done.unanswered, done.held) == ({"prepared": 2, "paid": 1}, 0, held)
    assert bank.paid() == {"P-000003": 1}
    out = StringIO()
    call_command("submit_payouts", "1", stdout=out)
    assert out.getvalue().splitlines() == [
        "Batch 1: 1 paid, 2 prepared",
        "  P-000001 not sent: The partner is not active.",
        "  P-000002 not sent: There is no payout method for this currency.",
        "  Mend the reason and submit again, or give up what is not sent and prepare again.",
    ]


def test_nothing_is_sent_once_the_tax_form_has_expired_until_there_is_a_new_one(bank: Teller) -> None:
    today = program_today(NOW)
    for code, expires in (("p1", today), ("p2", today + timedelta(days=1))):
        partner = make_partner(code)
        make_method(partner)
        make_tax_form(partner, kind="w8ben_e", expires_on=expires)
    owe(p1="10.00 EUR", p2="20.00 EUR")
    batch = prepared()
    done = submit_batch(batch=batch, actor=OPERATOR, now=NOW)
    assert (done.by_status, done.held) == ({"prepared": 1, "paid": 1}, {"P-000001": ("tax_form_expired",)})
    assert bank.paid() == {"P-000002": 1}
    assert Payout.objects.get(partner__code="p1").attempts == 0
    make_tax_form(Partner.objects.get(code="p1"))
    assert submit(batch) == ({"paid": 2}, 0)


def test_an_account_for_the_currency_that_came_after_the_batch_holds_the_payout(bank: Teller) -> None:
    partner = make_partner("p1")
    make_payable(partner, currency="")
    owe(p1="10.00 EUR")
    batch = prepared()
    make_method(partner, account=IBAN_DE)
    done = submit_batch(batch=batch, actor=OPERATOR, now=NOW)
    assert (done.by_status, done.held) == ({"prepared": 1}, {"P-000001": ("method_replaced",)})
    assert bank.books() == {}


def test_an_account_that_was_replaced_after_the_batch_date_and_before_it_is_sent_is_not_paid(bank: Teller) -> None:
    batch = batch_of("10.00 EUR", "20.00 EUR")
    PayoutMethod.objects.filter(partner__code="p1").update(valid_until=program_today(NOW))
    PayoutMethod.objects.filter(partner__code="p2").update(valid_until=program_today(NOW) + timedelta(days=1))
    assert submit_batch(batch=batch, actor=OPERATOR, now=NOW).held == {"P-000001": ("no_payout_method",)}
    assert bank.paid() == {"P-000002": 1}


def test_what_a_bank_has_never_heard_of_is_not_sent_again_to_an_account_that_was_replaced(bank: Teller) -> None:
    batch = batch_of("10.00 EUR", "20.00 EUR")
    bank.will("busy")
    bank.will("drop")
    assert submit(batch) == ({"prepared": 2}, 2)
    PayoutMethod.objects.update(valid_until=program_today(NOW))
    done = submit_batch(batch=batch, actor=OPERATOR, now=NOW)
    assert (done.by_status, done.unanswered, done.held) == (
        {"prepared": 1, "paid": 1},
        0,
        {"P-000001": ("no_payout_method",)},
    )
    assert bank.paid() == {"P-000002": 1}


def test_of_two_submissions_at_once_one_works_and_the_other_says_so(bank: Teller) -> None:
    batch = batch_of("10.00 EUR", "20.00 EUR")
    bank.will("hold_answer")
    answers: list[object] = []

    def first() -> None:
        try:
            answers.append(submit(batch))
        finally:
            connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    for _turn in range(2000):
        if bank.books():
            break
    with pytest.raises(DomainError) as refusal:
        submit(batch)
    assert refusal.value.code == "submission_going_on"
    bank.release()
    thread.join(timeout=30)
    assert answers == [({"paid": 2}, 0)]
    assert bank.paid() == {"P-000001": 1, "P-000002": 1}
    assert submit(batch) == ({"paid": 2}, 0)


def test_a_bank_is_never_called_inside_a_transaction(bank: Teller) -> None:
    batch = batch_of("10.00 EUR")
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        submit(batch)
    assert bank.books() == {}
    assert submit(batch) == ({"paid": 1}, 0)


def test_a_provider_that_is_not_installed_is_named(settings: Any) -> None:
    settings.PAYOUT_PROVIDER = "pigeon"
    batch_of("10.00 EUR")
    with pytest.raises(CommandError, match="no payout provider “pigeon”"):
        call_command("submit_payouts", "1")
    with pytest.raises(CommandError, match="no payout batch 7"):
        call_command("submit_payouts", "7")


def test_only_finance_submits_and_records() -> None:
    cast = assemble()
    batch = batch_of("10.00 EUR")
    outcome = Outcome(key=Payout.objects.get().idempotency_key, state=OutcomeState.PAID)
    for name in ("manager", "admin", "viewer", "owner", "stranger"):
        with pytest.raises(NotAllowedError):
            submit_batch(batch=batch, actor=cast.actor(name), now=NOW)
        with pytest.raises(NotAllowedError):
            record_result(outcome=outcome, actor=cast.actor(name), now=NOW)


def test_the_next_statement_says_what_was_paid_since(bank: Teller) -> None:
    batch = batch_of("100.00 EUR")
    submit(batch)
    owe(p1="7.00 EUR")
    statement = Partner.objects.get(code="p1").statements.order_by("-id")[0]
    figures = (statement.opening, statement.adjustments, statement.paid, statement.closing)
    assert figures == (Decimal(100), Decimal(7), Decimal(100), Decimal(7))
    returned = Outcome(key=Payout.objects.get().idempotency_key, state=OutcomeState.RETURNED)
    record_result(outcome=returned, actor=OPERATOR, now=NOW)
    owe(p1="1.00 EUR")
    statement = Partner.objects.get(code="p1").statements.order_by("-id")[0]
    figures = (statement.opening, statement.adjustments, statement.paid, statement.closing)
    assert figures == (Decimal(7), Decimal(1), Decimal(-100), Decimal(108))
