"""Preparing payouts: who is paid what, who is carried forward and why, and that a balance is taken once."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction

from commissions.models import CarriedForward, Payout, PayoutBatch, Plan, PlanAssignment, Posting
from commissions.policy.payouts import Balance, minimum_for, reasons_to_carry_forward
from commissions.queries.ledger import payable_of
from commissions.queries.payouts import REASONS, batch_totals, batches, outlook, payouts_of
from commissions.services.payout_batches import PREPARING_LOCK, cancel_payout, prepare_payouts
from partners.models import Partner, PartnerStatus, PayoutMethod, TaxForm
from prm.actors import OPERATOR, Actor, ActorKind
from prm.errors import DomainError, NotAllowedError, StaleError, constraint_of
from prm.models import AuditEvent, OutboxMessage
from tests.cast import assemble
from tests.factories.facts import NOW
from tests.factories.money import PAY_DAY, make_payee, owe, prepared
from tests.factories.partners import end_partnership, make_partner
from tests.factories.payees import make_method, make_tax_form

pytestmark = pytest.mark.django_db


def carried() -> dict[str, list[str]]:
    return dict(CarriedForward.objects.values_list("partner__code", "reasons"))


def test_a_balance_is_paid_less_what_is_withheld_and_leaves_the_payable_at_once() -> None:
    partner = make_payee("north", "333.35 EUR", rate="12.5")
    batch = prepared()
    payout = Payout.objects.get()
    assert (str(batch), str(payout), payout.status) == ("PB-000001", "P-000001", "prepared")
    # 333.35 × 12.5 % = 41.66875
    assert (payout.gross, payout.withholding_rate, payout.withheld, payout.net) == (
        Decimal("333.35"),
        Decimal("12.5"),
        Decimal("41.67"),
        Decimal("291.68"),
    )
    assert (payout.method, payout.provider) == (PayoutMethod.objects.get(), "bank_file")
    assert payable_of(partner.pk, "EUR") == 0
    assert list(Posting.objects.filter(payout=payout).values_list("debit", "credit", "amount")) == [
        ("partner_payable", "payout_clearing", Decimal("333.35"))
    ]
    assert AuditEvent.objects.get(action="payouts.prepared").data == {
        "as_of": "2026-02-10",
        "payouts": 1,
        "carried_forward": 0,
    }
    assert OutboxMessage.objects.filter(topic="commissions.payouts_prepared").count() == 1


def test_each_currency_is_paid_for_itself_in_its_own_digits() -> None:
    partner = make_payee("north", "100.00 EUR", rate="33.333")
    make_method(partner, kind="bank", currency="JPY", account="123456789")
    make_method(partner, kind="bank", currency="KWD", account="KW81CBKU0000000000001234560101")
    owe(north="1000 JPY")
    owe(north="10.005 KWD")
    prepared()
    columns = ("currency", "gross", "withheld", "net", "provider")
    assert list(Payout.objects.order_by("number").values_list(*columns)) == [
        ("EUR", Decimal("100.00"), Decimal("33.33"), Decimal("66.67"), "bank_file"),
        ("JPY", Decimal(1000), Decimal(333), Decimal(667), "csv"),
        ("KWD", Decimal("10.005"), Decimal("3.335"), Decimal("6.670"), "csv"),
    ]


def test_what_is_not_paid_is_carried_forward_with_every_reason() -> None:
    Plan.objects.create(code="standard", name="Standard", is_default=True, minimum_payout=Decimal(50))
    make_payee("paid", "50.00 EUR")
    make_payee("small", "49.99 EUR")
    make_payee("suspended", "80.00 EUR")
    Partner.objects.filter(code="suspended").update(status=PartnerStatus.SUSPENDED)
    make_payee("debtor", "-10.00 EUR")
    make_payee("withheld", "80.00 EUR", rate="100")
    make_payee("expired", "80.00 EUR")
    TaxForm.objects.filter(partner__code="expired").update(status="replaced")
    make_tax_form(Partner.objects.get(code="expired"), kind="w8ben_e", expires_on=PAY_DAY)
    for code in ("bare", "waiting", "everything"):
        make_partner(code)
    make_method(Partner.objects.get(code="waiting"), verified=False)
    make_tax_form(Partner.objects.get(code="waiting"), verified=False)
    end_partnership(Partner.objects.get(code="everything"))
    owe(bare="80.00 EUR", waiting="80.00 EUR", everything="1.00 EUR")
    batch = prepared()
    assert list(batch.payouts.values_list("partner__code", "gross")) == [("paid", Decimal("50.00"))]
    assert carried() == {
        "small": ["below_minimum"],
        "suspended": ["partner_not_active"],
        "debtor": ["negative"],
        "withheld": ["all_withheld"],
        "expired": ["tax_form_expired"],
        "bare": ["no_payout_method", "no_tax_form"],
        "waiting": ["method_unverified", "tax_form_unverified"],
        "everything": ["below_minimum", "partner_not_active", "no_payout_method", "no_tax_form"],
    }
    assert {reason for reasons in carried().values() for reason in reasons} <= set(REASONS)
    assert payable_of(Partner.objects.get(code="small").pk, "EUR") == Decimal("49.99")


@pytest.mark.parametrize(
    ("currency", "is_paid"),
    [("", False), ("EUR", False), ("USD", True)],
)
def test_a_minimum_in_another_currency_says_nothing_and_an_empty_one_means_the_balances_own(
    currency: str, is_paid: bool
) -> None:
    Plan.objects.create(
        code="standard", name="S", is_default=True, minimum_payout=Decimal(50), minimum_currency=currency
    )
    make_payee("north", "49.99 EUR")
    assert outlook(on=PAY_DAY)[0].is_paid is is_paid


def test_the_plan_is_the_one_of_the_batch_date() -> None:
    Plan.objects.create(code="standard", name="Standard", is_default=True, minimum_payout=Decimal(10))
    strict = Plan.objects.create(code="strict", name="Strict", minimum_payout=Decimal(100))
    partner = make_payee("north", "50.00 EUR")
    PlanAssignment.objects.create(partner=partner, plan=strict, valid_from=date(2026, 3, 1))
    assert [(row.minimum, row.reasons) for row in outlook(on=date(2026, 2, 28))] == [(Decimal(10), ())]
    assert [(row.minimum, row.reasons) for row in outlook(on=date(2026, 3, 1))] == [(Decimal(100), ("below_minimum",))]


def test_method_and_withholding_are_those_of_the_batch_date() -> None:
    partner = make_payee("north", "50.00 EUR", rate="10")
    PayoutMethod.objects.update(valid_until=date(2026, 3, 1))
    later = make_method(partner, account="DE89370400440532013000", valid_from=date(2026, 3, 1))
    partner.withholding_rates.update(valid_until=date(2026, 3, 1))
    [before] = outlook(on=date(2026, 2, 28))
    [after] = outlook(on=date(2026, 3, 1))
    assert (before.rate, before.withheld, before.net) == (Decimal(10), Decimal("5.00"), Decimal("45.00"))
    assert (after.rate, after.withheld, after.method_id) == (Decimal(0), Decimal(0), later.pk)
    assert before.method_id != later.pk


def test_preparing_again_finds_nothing_and_a_new_balance_waits_for_the_payout_under_way() -> None:
    make_payee("north", "50.00 EUR")
    prepared()
    assert prepare_payouts(as_of=PAY_DAY, actor=OPERATOR, now=NOW) is None
    owe(north="20.00 EUR")
    # A day that has its batch is told once more only if something is paid.
    assert prepare_payouts(as_of=PAY_DAY, actor=OPERATOR, now=NOW) is None
    later = prepared(PAY_DAY + timedelta(days=1))
    assert later.payouts.count() == 0
    assert carried() == {"north": ["payout_under_way"]}


def test_without_any_balance_there_is_no_batch() -> None:
    make_payee("north")
    assert prepare_payouts(as_of=PAY_DAY, actor=OPERATOR, now=NOW) is None
    assert not PayoutBatch.objects.exists()


def test_a_payout_that_was_never_sent_can_be_given_up_and_its_amount_is_owed_again() -> None:
    partner = make_payee("north", "50.00 EUR")
    payout = prepared().payouts.get()
    with pytest.raises(DomainError) as refusal:
        cancel_payout(payout_id=payout.pk, reason=" ", actor=OPERATOR, now=NOW)
    assert refusal.value.code == "reason_required"
    payout = cancel_payout(payout_id=payout.pk, reason="Wrong account", actor=OPERATOR, now=NOW)
    assert (payout.status, payout.reason) == ("failed", "Wrong account")
    assert payable_of(partner.pk, "EUR") == Decimal("50.00")
    with pytest.raises(StaleError):
        cancel_payout(payout_id=payout.pk, reason="x", actor=OPERATOR, now=NOW)
    assert prepared().payouts.get().number == 2


@pytest.mark.parametrize("name", ["manager", "admin", "viewer", "owner", "finance", "stranger"])
def test_only_finance_pays(name: str) -> None:
    cast = assemble()
    make_payee("north", "50.00 EUR")
    with pytest.raises(NotAllowedError):
        prepare_payouts(as_of=PAY_DAY, actor=cast.actor(name), now=NOW)
    payout = prepared().payouts.get()
    with pytest.raises(NotAllowedError):
        cancel_payout(payout_id=payout.pk, reason="x", actor=cast.actor(name), now=NOW)


def test_a_partner_sees_its_own_payouts_and_what_was_carried_forward_and_never_a_batch() -> None:
    cast = assemble()
    north, south = make_payee("north", "50.00 EUR"), make_payee("south", "-5.00 EUR")
    batch = prepared()

    def actor(partner: Partner, role: str = "owner") -> Actor:
        return Actor(kind=ActorKind.PARTNER, partner_id=partner.pk, partner_role=role)

    assert [payout.partner for payout in payouts_of(actor(north))] == [north]
    assert not payouts_of(actor(south)).exists()
    assert not payouts_of(actor(north, "seller")).exists()
    assert CarriedForward.objects.visible_to(actor(south)).get().partner == south
    assert not CarriedForward.objects.visible_to(actor(north)).exists()
    assert not PayoutBatch.objects.visible_to(actor(north)).exists()
    assert batches(cast.actor("viewer")).get() == batch
    counts = ("payout_count", "waiting_count", "paid_count", "carried_count")
    assert batches(cast.actor("finance_person")).values_list(*counts).get() == (1, 1, 0, 1)
    [total] = batch_totals(batch)
    assert (total.currency, total.status, total.payouts, total.net) == ("EUR", "prepared", 1, Decimal("50.00"))


SEND = "UPDATE commissions_payout SET status = 'submitted', submitted_at = now()"
TRY = "UPDATE commissions_payout SET attempts = 1"
PAY = "UPDATE commissions_payout SET status = 'paid', paid_at = now()"
FAIL = "UPDATE commissions_payout SET status = 'failed', closed_at = now()"
MOVE = """INSERT INTO commissions_posting (debit, credit, amount, currency, partner_id, cause, payout_id, posted_at)
SELECT {}, currency, partner_id, '{}', id, now() FROM commissions_payout"""


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("immutable", "UPDATE commissions_payout SET net = net - 1, withheld = withheld + 1"),
        ("immutable", "UPDATE commissions_payout SET idempotency_key = gen_random_uuid()"),
        ("immutable", "DELETE FROM commissions_payout"),
        ("immutable", "TRUNCATE commissions_payout CASCADE"),
        ("immutable", "UPDATE commissions_payoutbatch SET as_of = now()"),
        ("immutable", "DELETE FROM commissions_payoutbatch"),
        ("immutable", "TRUNCATE commissions_payoutbatch CASCADE"),
        ("immutable", "UPDATE commissions_carriedforward SET payable = 0"),
        ("immutable", "DELETE FROM commissions_carriedforward"),
        ("immutable", "TRUNCATE commissions_carriedforward"),
        ("payout_state_order", "UPDATE commissions_payout SET status = 'paid'"),
        ("payout_state_order", "UPDATE commissions_payout SET status = 'returned'"),
        (
            "payout_state_order",
            "UPDATE commissions_payout SET attempts = 1; UPDATE commissions_payout SET attempts = 0",
        ),
        ("payout_state_order", f"{TRY}; {FAIL}"),
        ("payout_state_has_its_times", "UPDATE commissions_payout SET status = 'submitted'"),
        ("payout_is_posted", f"{SEND}; {PAY}"),
        ("payout_is_posted", FAIL),
        ("payout_is_posted", MOVE.format("'payout_clearing', 'partner_payable', gross", "owed_again")),
        ("posting_once_a_payout", MOVE.format("'partner_payable', 'payout_clearing', gross", "prepared")),
    ],
)
def test_the_database_keeps_payouts_on_their_way_and_posted(constraint: str, statement: str) -> None:
    make_payee("north", "50.00 EUR")
    make_payee("south", "-5.00 EUR")
    prepared()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            cursor.execute(statement)
    assert constraint_of(refusal.value) == constraint


def test_a_second_open_payout_is_refused_by_the_database() -> None:
    make_payee("north", "50.00 EUR")
    first = prepared().payouts.get()
    copy = Payout(
        number=9, batch=PayoutBatch.objects.create(number=9, as_of=PAY_DAY, created_at=NOW), partner=first.partner,
        currency="EUR", gross=1, withholding_rate=0, withheld=0, net=1, method=first.method, provider="csv",
    )  # fmt: skip
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        copy.save()
    assert constraint_of(refusal.value) == "payout_one_open"


@pytest.mark.django_db(transaction=True)
def test_of_two_preparations_at_once_one_pays_and_the_other_finds_nothing() -> None:
    make_payee("north", "50.00 EUR")
    make_payee("south", "60.00 EUR")
    found: list[PayoutBatch | None] = []

    def prepare() -> None:
        try:
            found.append(prepare_payouts(as_of=PAY_DAY, actor=OPERATOR, now=NOW))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=prepare) for _ in range(4)]
    with transaction.atomic(), connection.cursor() as cursor:
        # All of them stand before the lock before the first may begin.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PREPARING_LOCK])
        for thread in threads:
            thread.start()
        for _turn in range(1000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0] == len(threads):
                break
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(batch is not None for batch in found) == [False, False, False, True]
    assert sorted(Payout.objects.values_list("partner__code", "gross")) == [
        ("north", Decimal("50.00")),
        ("south", Decimal("60.00")),
    ]


def test_the_command_prints_what_is_paid_and_what_is_not() -> None:
    make_payee("north", "1234.50 EUR", rate="10")
    make_payee("south", "-5.00 EUR")
    out = StringIO()
    call_command("prepare_payouts", "--as-of", "2026-02-10", stdout=out)
    assert out.getvalue().splitlines() == [
        "Batch 1 for 2026-02-10: 1 payout",
        "  EUR            1,111.05         1 payout",
        "  carried forward: south -5.00 EUR: The balance is negative; it is offset against later earnings.",
    ]
    out = StringIO()
    call_command("prepare_payouts", "--as-of", "2026-02-10", stdout=out)
    assert out.getvalue() == "Nothing to pay out.\n"
    with pytest.raises(CommandError) as usage:
        call_command("prepare_payouts", "--as-of", "10.2.2026")
    assert "is not a day" in str(usage.value)


def balance(**fields: object) -> Balance:
    plain = {
        "payable": Decimal(10),
        "minimum": None,
        "partner_is_active": True,
        "under_way": False,
        "missing": (),
        "rate": Decimal(0),
        "minor": 2,
    }
    return Balance(**{**plain, **fields})  # type: ignore[arg-type]


def test_the_policy_of_a_balance() -> None:
    assert reasons_to_carry_forward(balance()) == ()
    assert reasons_to_carry_forward(balance(minimum=Decimal(10))) == ()
    assert reasons_to_carry_forward(balance(minimum=Decimal("10.01"))) == ("below_minimum",)
    assert reasons_to_carry_forward(balance(payable=Decimal(-1), partner_is_active=False)) == ("negative",)
    assert balance(payable=Decimal("0.05"), rate=Decimal(10)).withheld == Decimal("0.01")
    assert balance(payable=Decimal("0.04"), rate=Decimal(10)).withheld == Decimal("0.00")
    assert minimum_for("EUR", minimum=Decimal(5), minimum_currency="USD") is None
