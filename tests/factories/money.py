"""Balances and payouts as the services leave them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from commissions.models import PayoutBatch
from commissions.services.adjustments import add_adjustment
from commissions.services.payout_batches import prepare_payouts
from partners.models import Partner
from prm.actors import OPERATOR
from tests.factories.facts import NOW, run_month
from tests.factories.partners import make_partner
from tests.factories.payees import make_payable

PAY_DAY = date(2026, 2, 10)
MONTH = date(2026, 1, 1)


def owe(**amounts: str) -> None:
    """Owe partners (by code, ``_`` for ``-``) amounts such as ``"12.50 EUR"``, by adjustments of one approved run."""
    for code, text in amounts.items():
        amount, currency = text.split()
        partner = Partner.objects.get(code=code.replace("_", "-"))
        add_adjustment(
            partner=partner, currency=currency, amount=Decimal(amount), reason="Balance", actor=OPERATOR, now=NOW
        )
    run_month(MONTH)


def make_payee(code: str, amount: str = "", *, rate: str = "") -> Partner:
    """Make an active partner that can be paid in the currency of ``amount`` (``"100.00 EUR"``), and owe it that."""
    partner = make_partner(code)
    make_payable(partner, currency=amount.partition(" ")[2] or "EUR", rate=rate)
    if amount:
        owe(**{code: amount})
    return partner


def prepared(as_of: date = PAY_DAY) -> PayoutBatch:
    """Prepare the payouts of a day; there is something to pay."""
    batch = prepare_payouts(as_of=as_of, actor=OPERATOR, now=NOW)
    assert batch is not None
    return batch
