"""Whether a partner can be paid, and whether what it entered can be true. Pure: rows in, reasons out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from stdnum import bic, iban
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

LOOKS_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}")
PLAIN_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]{2,48}[A-Za-z0-9]")
SEPA_COUNTRIES = frozenset(
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT"
    " RO RS SE SI SK SM VA".split()
)
"""Countries of the SEPA schemes by the country code of their IBANs (European Payments Council, EPC409-09)."""

W8_YEARS = 3


class Fault(StrEnum):
    """What is wrong with a number that somebody typed."""

    LENGTH = "length"
    CHECKSUM = "checksum"
    SHAPE = "shape"
    NOT_SEPA = "not_sepa"


@dataclass(frozen=True, slots=True)
class Checked:
    """A number in its compact spelling, or what is wrong with it."""

    number: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """A payout method in force: how it pays and whether finance has verified it."""

    id: int
    kind: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A tax form that counts: ``received`` waits for finance, ``verified`` holds until ``expires_on`` (exclusive)."""

    status: str
    expires_on: date | None


def check_iban(text: str, *, sepa: bool) -> Checked:
    """Return the IBAN in its compact spelling, or its fault; with ``sepa`` only accounts that SEPA reaches."""
    compact = iban.compact(text)
    if not LOOKS_LIKE_IBAN.fullmatch(compact):
        return Checked(fault=Fault.SHAPE)
    checked = _checked(iban, compact)
    if checked.fault is None and sepa and compact[:2] not in SEPA_COUNTRIES:
        return Checked(fault=Fault.NOT_SEPA)
    return checked


def check_account(text: str) -> Checked:
    """Return a bank account number outside SEPA: an IBAN is checked as one, others by their shape alone."""
    compact = iban.compact(text)
    if LOOKS_LIKE_IBAN.fullmatch(compact):
        return check_iban(compact, sepa=False)
    trimmed = text.strip()
    return Checked(trimmed) if PLAIN_ACCOUNT.fullmatch(trimmed) else Checked(fault=Fault.SHAPE)


def check_bic(text: str) -> Checked:
    """Return a bank identifier code in its compact spelling, or its fault."""
    return _checked(bic, text)


def check_vat_id(text: str, *, country: str) -> Checked:
    """Return a VAT id with its country's prefix, its check digits tried: any of the EU, or one of ``country``.

    A company may be registered for VAT in another member state than its own, so a full EU number is never refused for
    its country.
    """
    compact = re.sub(r"[\s.\-]", "", text).upper()
    in_union = _checked(eu_vat, compact)
    if in_union.fault is None:
        return in_union
    module = get_cc_module(country.lower(), "vat") if country else None
    if module is None:
        return in_union
    checked = _checked(module, compact)
    prefix = {"GR": "EL"}.get(country, country)
    if checked.fault is not None or checked.number.startswith(prefix):
        return checked
    return Checked(f"{prefix}{checked.number}")


def _checked(module: Any, text: str) -> Checked:
    try:
        return Checked(module.validate(text))
    except ValidationError as error:
        return Checked(fault=_FAULTS.get(type(error).__name__, Fault.SHAPE))


_FAULTS = {"InvalidLength": Fault.LENGTH, "InvalidChecksum": Fault.CHECKSUM}


def w8_expires_on(signed_on: date) -> date:
    """Return the first day on which a W-8 no longer holds.

    It is good until the last day of the third calendar year after the one in which it was signed (26 CFR
    1.1441-1(e)(4)(ii)).
    """
    return date(signed_on.year + W8_YEARS + 1, 1, 1)


def reasons_not_payable(*, method: Method | None, forms: Iterable[Form], on: date) -> tuple[str, ...]:
    """Return why a partner cannot be paid on a day, the method first; nothing when it can."""
    reasons = []
    if method is None:
        reasons.append("no_payout_method")
    elif not method.verified:
        reasons.append("method_unverified")
    reason = _form_reason(list(forms), on)
    return (*reasons, reason) if reason else tuple(reasons)


def _form_reason(forms: list[Form], on: date) -> str:
    verified = [form for form in forms if form.status == "verified"]
    if any(form.expires_on is None or on < form.expires_on for form in verified):
        return ""
    if any(form.status == "received" for form in forms):
        return "tax_form_unverified"
    return "tax_form_expired" if verified else "no_tax_form"
