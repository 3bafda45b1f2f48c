"""Balances that wait to be paid, and batches of them, through the services that prepare and submit."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from commissions.models import Payer, PayoutBatch, Plan, Posting
from commissions.services.payout_batches import prepare_payouts
from commissions.services.payouts import submit_batch
from prm.actors import OPERATOR
from tests.factories.commissions import EntryRow, make_run, make_statement

if TYPE_CHECKING:
    from partners.models import Partner

NOW = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def make_payer() -> Payer:
    """Fill in the vendor, with an account to pay from."""
    return Payer.objects.create(
        legal_name="Vendör GmbH & Co. KG",
        address="Weg 1\n20457 Hamburg",
        country="DE",
        vat_id="DE123456788",
        iban="DE75512108001245126199",
        bic="SKHRDE6W",
    )


def owe(*rows: tuple[Partner, str, str], month: int = 6) -> None:
    """Let an approved month owe partners amounts: (partner, currency, amount)."""
    Plan.objects.get_or_create(code="standard", defaults={"name": "Standard", "is_default": True})
    entries = [
        EntryRow(partner=partner, subscription=None, entitlement=amount, kind="accelerator", currency=currency)
        for partner, currency, amount in rows
    ]
    run = make_run(date(2026, month, 1), entries)
    for partner, currency, amount in rows:
        statement = make_statement(run, partner, currency=currency)
        Posting.objects.create(
            debit="commission_expense",
            credit="partner_payable",
            amount=Decimal(amount),
            currency=currency,
            partner=partner,
            cause="earned",
            statement=statement,
            posted_at=statement.issued_at,
        )


def make_batch(*, submitted: bool = True, as_of: date = TODAY) -> PayoutBatch:
    """Prepare what is owed and, unless told otherwise, submit it."""
    batch = prepare_payouts(as_of=as_of, actor=OPERATOR, now=NOW)
    assert batch is not None
    if submitted:
        submit_batch(batch=batch, actor=OPERATOR, now=NOW)
    return batch
