"""The text to which a partner agrees before the vendor writes its invoices."""

from __future__ import annotations

VERSION = "2026-11"
TEXT = """\
Self-billing agreement between {vendor} (the customer) and {partner} (the supplier).

1. The supplier lets the customer issue, in the supplier's name and on its behalf, the invoices for the commission \
that the customer owes (Article 224 of Directive 2006/112/EC). Each bears the word "Self-billing".
2. The supplier issues no invoice of its own for the same commission while this agreement holds.
3. An invoice counts as accepted unless the supplier objects within 14 days after it was made available in the portal.
4. The supplier tells the customer at once when its VAT id, its name or its address changes, or when it is no longer \
registered for VAT.
5. Corrections are made by credit notes that name the invoice that they correct.
6. Either side may end this agreement at any time; documents already issued stay valid.
"""


def self_billing_text(*, vendor: str, partner: str) -> str:
    """Return the text as both sides read it, and as it is stored."""
    return TEXT.format(vendor=vendor, partner=partner)
