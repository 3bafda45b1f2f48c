"""Runs, adjustments, payouts, failures and returns in any order: ledger, statements and bank agree after every step.

``HYPOTHESIS_PROFILE=thorough`` tries many more courses of events and looks for the shortest that fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from commissions.models import Adjustment, Entry, Payout, PayoutBatch, Posting, Run, RunStatus, Statement
from commissions.providers import registry
from commissions.providers.interface import Order, Outcome, OutcomeState
from commissions.queries.ledger import account_balances, payables
from commissions.services.adjustments import add_adjustment, withdraw_adjustment
from commissions.services.payout_batches import cancel_payout, prepare_payouts
from commissions.services.payouts import record_result, submit_batch
from commissions.services.runs import approve_run, calculate_run, reject_run
from deals.models import MrrChange, Subscription
from partners.models import Partner
from prm.actors import OPERATOR
from prm.months import add_months
from tests.commissions.test_worked_example import EXAMPLE, JANUARY
from tests.factories.facts import NOW, install
from tests.factories.money import PAY_DAY
from tests.factories.payees import make_method, make_payable

pytestmark = pytest.mark.django_db

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


@dataclass
class ScriptedBank:
    """A bank that meets orders as it is told; ``paid`` counts what it paid, by key."""

    code: str = "scripted"
    is_external: bool = False
    script: list[str] = field(default_factory=list)
    known: dict[UUID, OutcomeState] = field(default_factory=dict)
    paid: dict[UUID, Decimal] = field(default_factory=dict)
    orders: list[UUID] = field(default_factory=list)

    def submit(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        """Meet each order by the next word of the script; without one it is paid."""
        for order in orders:
            self.orders.append(order.key)
            word = self.script.pop(0) if self.script else "paid"
            if word != "lost":
                self.known[order.key] = OutcomeState("paid" if word in {"dropped", "twice"} else word)
            if self.known.get(order.key) == OutcomeState.PAID:
                assert order.key not in self.paid, "paid a second time"
                self.paid[order.key] = order.amount
            if word in {"lost", "dropped"}:
                yield Outcome(key=order.key, state=OutcomeState.UNKNOWN)
            else:
                yield from [Outcome(key=order.key, state=self.known[order.key])] * (2 if word == "twice" else 1)

    def lookup(self, key: UUID) -> Outcome | None:
        """Return what is known."""
        return Outcome(key=key, state=self.known[key]) if key in self.known else None


WORDS = ["paid", "paid", "accepted", "failed", "dropped", "lost", "twice"]
AMOUNTS = st.decimals(min_value=-80, max_value=120, places=2).filter(bool)
STEPS = st.one_of(
    st.tuples(st.just("mrr"), st.integers(0, 300)),
    st.tuples(st.just("adjust"), st.sampled_from(["a", "b"]), AMOUNTS, st.sampled_from(["EUR", "USD"])),
    st.tuples(st.just("withdraw")),
    st.tuples(st.just("run"), st.sampled_from(["approve", "approve", "approve", "reject", "leave"])),
    st.tuples(st.just("prepare")),
    st.tuples(st.just("submit"), st.lists(st.sampled_from(WORDS), max_size=4)),
    st.tuples(st.just("hear"), st.sampled_from(["paid", "failed", "returned"])),
    st.tuples(st.just("return")),
    st.tuples(st.just("cancel")),
)


class Course:
    """One course of events, and what must hold after each."""

    def __init__(self) -> None:
        self.bank = ScriptedBank()
        self.month, self.day = JANUARY, PAY_DAY
        install(EXAMPLE)
        for code in ("a", "b"):
            partner = Partner.objects.get(code=code)
            make_payable(partner, rate="12.5" if code == "a" else "")
            make_method(partner, kind="bank", currency="USD", account="123456789")

    def take(self, step: tuple[Any, ...]) -> None:
        """Take one step, then look."""
        getattr(self, f"do_{step[0]}")(*step[1:])
        self.look()

    def do_mrr(self, level: int) -> None:
        MrrChange.objects.update_or_create(
            subscription=Subscription.objects.get(),
            effective_on=self.month.replace(day=17),
            defaults={"mrr": Decimal(level)},
        )

    def do_adjust(self, code: str, amount: Decimal, currency: str) -> None:
        partner = Partner.objects.get(code=code)
        add_adjustment(partner=partner, currency=currency, amount=amount, reason="x", actor=OPERATOR, now=NOW)

    def do_withdraw(self) -> None:
        if pending := Adjustment.objects.pending().first():
            withdraw_adjustment(adjustment_id=pending.pk, actor=OPERATOR, now=NOW)

    def do_run(self, decision: str) -> None:
        run = calculate_run(period=self.month, actor=OPERATOR, now=NOW)
        if decision == "approve":
            run = approve_run(run=run, actor=OPERATOR, now=NOW)
            self.look_at_statements(run)
            self.month = add_months(self.month, 1)
        elif decision == "reject":
            reject_run(run=run, actor=OPERATOR, now=NOW, reason="x")

    def do_prepare(self) -> None:
        self.day += timedelta(days=1)
        before = {(row.partner_id, row.currency): row.amount for row in payables()}
        batch = prepare_payouts(as_of=self.day, actor=OPERATOR, now=NOW)
        for payout in batch.payouts.all() if batch else ():
            assert payout.gross == before[payout.partner_id, payout.currency] > 0

    def do_submit(self, words: list[str]) -> None:
        self.bank.script = list(words)
        for batch in PayoutBatch.objects.order_by("number"):
            submit_batch(batch=batch, actor=OPERATOR, now=NOW)
        self.bank.script = []

    def do_hear(self, state: str) -> None:
        """Hear from the bank what became of a payment that it accepted."""
        if payout := Payout.objects.filter(status="submitted").order_by("number").first():
            self.bank.known[payout.idempotency_key] = OutcomeState(state)
            if state != "failed":
                self.bank.paid[payout.idempotency_key] = payout.net
            self.tell(payout, state)

    def do_return(self) -> None:
        if payout := Payout.objects.filter(status="paid").order_by("number").first():
            self.bank.known[payout.idempotency_key] = OutcomeState.RETURNED
            self.tell(payout, "returned")

    def do_cancel(self) -> None:
        if payout := Payout.objects.filter(status="prepared", attempts=0).first():
            cancel_payout(payout_id=payout.pk, reason="x", actor=OPERATOR, now=NOW)

    @staticmethod
    def tell(payout: Payout, state: str) -> None:
        outcome = Outcome(key=payout.idempotency_key, state=OutcomeState(state))
        assert record_result(outcome=outcome, actor=OPERATOR, now=NOW)
        assert not record_result(outcome=outcome, actor=OPERATOR, now=NOW)

    def look_at_statements(self, run: Run) -> None:
        """Compare closing balances with what is owed, and opening ones with the statement before."""
        owed = {(row.partner_id, row.currency): row.amount for row in payables()}
        for statement in run.statements.all():
            before = (
                Statement.objects.filter(partner=statement.partner, currency=statement.currency, pk__lt=statement.pk)
                .order_by("pk")
                .last()
            )
            assert statement.opening == (before.closing if before else 0)
            assert statement.closing == owed.get((statement.partner_id, statement.currency), Decimal(0))

    def look(self) -> None:
        """Compare ledger, entries, adjustments, payouts and bank."""
        earned = sums(Entry.objects.filter(run__status=RunStatus.APPROVED))
        adjusted = sums(Adjustment.objects.filter(run__status=RunStatus.APPROVED))
        taken = sums(Payout.objects.exclude(status__in=["failed", "returned"]), "gross")
        keys = {*earned, *adjusted, *taken}
        expected = {key: earned.get(key, 0) + adjusted.get(key, 0) - taken.get(key, 0) for key in keys}
        owed = {(row.partner_id, row.currency): row.amount for row in payables()}
        assert owed == {key: amount for key, amount in expected.items() if amount}

        balance = {(row.account, row.currency): row.balance for row in account_balances()}
        for currency in ("EUR", "USD"):
            assert sum(amount for (_account, found), amount in balance.items() if found == currency) == 0
            under_way = total(Payout.objects.filter(currency=currency, status__in=["prepared", "submitted"]), "gross")
            paid = Payout.objects.filter(currency=currency, status="paid")
            assert balance.get(("payout_clearing", currency), 0) == -under_way
            assert balance.get(("bank", currency), 0) == -total(paid, "net")
            assert balance.get(("withholding_payable", currency), 0) == -total(paid, "withheld")

        for payout in Payout.objects.filter(status="paid"):
            assert self.bank.paid[payout.idempotency_key] == payout.net
        for payout in Payout.objects.filter(status="failed"):
            assert payout.idempotency_key not in self.bank.paid
        assert not Posting.objects.filter(amount__lte=0).exists()


def sums(rows: Any, column: str = "amount") -> dict[tuple[int, str], Decimal]:
    found = rows.order_by().values_list("partner_id", "currency").annotate(total=Sum(column))
    return {(partner, currency): amount for partner, currency, amount in found}


def total(rows: Any, column: str) -> Decimal:
    return rows.aggregate(total=Sum(column))["total"] or Decimal(0)


@settings(
    max_examples=300 if THOROUGH else 12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if THOROUGH else [])],
    suppress_health_check=list(HealthCheck),
)
@given(steps=st.lists(STEPS, min_size=6, max_size=25))
def test_money_adds_up_whatever_happens(steps: list[tuple[Any, ...]], settings: Any) -> None:
    settings.PAYOUT_PROVIDER = "scripted"
    note(f"steps: {steps}")
    with transaction.atomic():
        course = Course()
        registry.register("scripted", lambda: course.bank)
        # Whatever is drawn, a month is closed, paid, corrected and paid again.
        for step in [("run", "approve"), ("prepare",), *steps, ("run", "approve"), ("prepare",), ("submit", [])]:
            course.take(step)
        transaction.set_rollback(True)


def test_a_course_that_has_everything(settings: Any) -> None:
    settings.PAYOUT_PROVIDER = "scripted"
    course = Course()
    registry.register("scripted", lambda: course.bank)
    for step in [
        ("adjust", "a", Decimal("31.48"), "EUR"),
        ("run", "approve"),
        ("prepare",),
        ("submit", ["dropped", "failed"]),
        ("submit", []),
        ("return",),
        ("mrr", 0),
        ("run", "approve"),
        ("prepare",),
        ("submit", ["accepted", "lost"]),
        ("submit", []),
        ("hear", "returned"),
        ("adjust", "b", Decimal(500), "USD"),
        ("run", "approve"),
        ("prepare",),
        ("cancel",),
        ("prepare",),
        ("submit", ["twice"]),
    ]:
        course.take(step)
    columns = ("number", "partner__code", "currency", "gross", "net", "status")
    assert list(Payout.objects.order_by("number").values_list(*columns)) == [
        # 68.52 earned and 31.48 adjusted; what came back is owed again, less the upfront that the early end takes back.
        (1, "a", "EUR", Decimal("100.00"), Decimal("87.50"), "returned"),
        (2, "b", "EUR", Decimal("45.68"), Decimal("45.68"), "failed"),
        (3, "a", "EUR", Decimal("46.86"), Decimal("41.00"), "returned"),
        (4, "b", "EUR", Decimal("10.25"), Decimal("10.25"), "paid"),
        (5, "a", "EUR", Decimal("46.86"), Decimal("41.00"), "paid"),
        (6, "b", "USD", Decimal("500.00"), Decimal("500.00"), "failed"),
        (7, "b", "USD", Decimal("500.00"), Decimal("500.00"), "paid"),
    ]
