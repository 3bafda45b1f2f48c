"""Payout methods and tax forms as the services leave them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from partners.models import Partner, PayoutMethod, TaxForm, WithholdingRate

IBAN_FI = "FI2112345600000785"
IBAN_DE = "DE89370400440532013000"
IBAN_PL = "PL61109010140000071219812874"
MOMENT = datetime(2025, 1, 2, 9, 0, tzinfo=UTC)


def make_method(partner: Partner, *, account: str = IBAN_FI, verified: bool = True, **fields: Any) -> PayoutMethod:
    """Make a payout method in force since 2025-01-01, verified by the shell."""
    decided = {"status": "verified", "decided_at": MOMENT, "decided_label": "operator"} if verified else {}
    fields = {
        "kind": "sepa",
        "currency": "EUR",
        "holder": partner.name,
        "country": account[:2],
        "valid_from": date(2025, 1, 1),
        "created_at": MOMENT,
        **decided,
        **fields,
    }
    row = PayoutMethod(partner=partner, **fields)
    row.seal_account(account)
    row.save()
    return row


def make_tax_form(partner: Partner, *, kind: str = "vat", verified: bool = True, **fields: Any) -> TaxForm:
    """Make a tax form, verified by the shell."""
    decided = {"status": "verified", "decided_at": MOMENT, "decided_label": "operator"} if verified else {}
    fields = {
        "status": "received",
        "received_at": MOMENT,
        "created_at": MOMENT,
        "country": partner.country,
        "number": "FI20774740" if kind == "vat" else "",
        **decided,
        **fields,
    }
    if kind in {"w8ben", "w8ben_e", "w9"}:
        fields = {"signed_on": date(2025, 1, 2), **fields}
    if kind in {"w8ben", "w8ben_e"}:
        fields = {"expires_on": date(2029, 1, 1), **fields}
    return TaxForm.objects.create(partner=partner, kind=kind, **fields)


def make_payable(partner: Partner, *, currency: str = "EUR", rate: str = "", **fields: Any) -> PayoutMethod:
    """Make all that a payout in ``currency`` asks for; with ``rate`` so many per cent are withheld."""
    make_tax_form(partner)
    if rate:
        WithholdingRate.objects.create(
            partner=partner, rate=Decimal(rate), valid_from=date(2025, 1, 1), reason="treaty", created_at=MOMENT
        )
    if currency == "EUR":
        return make_method(partner, **fields)
    return make_method(partner, **{"kind": "bank", "currency": currency, "account": IBAN_PL, **fields})
