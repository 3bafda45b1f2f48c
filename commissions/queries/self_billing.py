"""What the PDF of a self-billing document prints: all that an invoice must state (Directive 2006/112/EC, 226)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from commissions.models import DocumentKind
from prm import formats
from prm.papers import Paper

if TYPE_CHECKING:
    from commissions.models import SelfBillingDocument

TEMPLATE = "commissions/papers/self_billing.typ"


def self_billing_paper(document: SelfBillingDocument) -> Paper:
    """Return the paper of a document, in English as agreed; the statement and what it corrects are joined."""
    with translation.override("en"):
        return Paper(TEMPLATE, _data(document), at=document.issued_at)


def _data(document: SelfBillingDocument) -> dict[str, object]:
    def money(amount: object) -> str:
        return formats.money(amount, document.currency)  # type: ignore[arg-type]

    is_note = document.kind == DocumentKind.CREDIT_NOTE
    title = (_("Credit note %(number)s") if is_note else _("Invoice %(number)s")) % {"number": document.number}
    facts = [
        [_("Number"), document.number],
        [_("Issued"), formats.day(document.issued_on)],
        [_("Tax point"), formats.day(document.tax_point)],
        [_("Statement"), document.statement.number],
    ]
    if document.corrects is not None:
        facts.append([_("Corrects"), document.corrects.number])
    rate = document.vat_rate
    vat_word = _("VAT") if rate is None else _("VAT %(rate)s %%") % {"rate": formats.number(rate.normalize())}
    month = formats.month(document.statement.run.period)
    return {
        "lang": "en",
        "title": title,
        "mark": "Self-billing",
        "by": _("Issued by the customer in the name and on behalf of the supplier."),
        "facts": facts,
        "supplier": [_("Supplier"), document.supplier_name, document.supplier_address, document.supplier_vat_id],
        "customer": [_("Customer"), document.customer_name, document.customer_address, document.customer_vat_id],
        "vat_id": _("VAT id"),
        "what": _("Commission of %(month)s for the sale of subscriptions, as stated") % {"month": month},
        "sums": [
            [_("Net"), money(document.net)],
            [vat_word, _("Reverse charge") if rate is None else money(document.vat)],
            [_("Total"), money(document.total)],
        ],
        "note": _("Reverse charge: the customer accounts for the VAT (Directive 2006/112/EC, article 196).")
        if rate is None
        else "",
        "footer": f"{document.supplier_name} · Self-billing · {document.number}",
    }
