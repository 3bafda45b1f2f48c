"""ISO 20022 pain.001 credit transfers (SEPA, EUR), checked against the schema: the same orders give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext as _
from sepaxml import SepaTransfer
from text_unidecode import unidecode

from prm.errors import DomainError

SCHEMA = "pain.001.001.09"
"""The version that the SEPA rulebooks have asked for since March 2024."""

LONGEST_ID, LONGEST_NAME, LONGEST_TEXT = 35, 70, 140
_OUTSIDE = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
"""What is not in the character set that every bank of the schemes must take."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose account is debited."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One credit transfer. ``amount`` is in euro; ``end_to_end_id`` comes back with every answer of the bank."""

    end_to_end_id: str
    holder: str
    iban: str
    amount: Decimal
    text: str
    bic: str = ""


class BankFileError(DomainError):
    """The file would not be one that a bank takes."""

    def __init__(self, sentence: str) -> None:
        super().__init__("bank_file", sentence)


def credit_transfers(
    *, message_id: str, made_at: datetime, payer: Payer, pay_on: date, transfers: Sequence[Transfer]
) -> bytes:
    """Return the file; ``message_id`` and ``made_at`` are the caller's, so that making it again changes no byte.

    Raises ``BankFileError`` for no transfers, for one id twice, and for what the schema refuses.
    """
    if not transfers:
        raise BankFileError(_("There is nothing to pay in this file."))
    if len({one.end_to_end_id for one in transfers}) < len(transfers):
        raise BankFileError(_("One payout stands in the file twice."))
    config = {"name": plain(payer.name, LONGEST_NAME), "IBAN": payer.iban, "batch": True, "currency": "EUR"}
    if payer.bic:
        config["BIC"] = payer.bic
    file = _StableTransfer(config, message_id=message_id, made_at=made_at)
    for one in transfers:
        file.add_payment(_payment(one, pay_on))
    content = bytes(file.export(validate=False))
    if (fault := next(_schema().iter_errors(content.decode()), None)) is not None:
        raise BankFileError(_("The bank's schema refuses the file: %(why)s") % {"why": fault}) from fault
    return content


@cache
def _schema() -> Any:
    """Return the schema; it is read once, since that takes longer than the check of a file."""
    import xmlschema  # noqa: PLC0415 - it changes etree as it is imported: not before it is needed

    return xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / f"{SCHEMA}.xsd"))


def plain(text: str, longest: int) -> str:
    """Return the text in the letters of SEPA; never empty, since a bank refuses a payment without a name."""
    words = " ".join(_OUTSIDE.sub(" ", unidecode(text)).split())
    return words[:longest].strip() or "NOTPROVIDED"


def _payment(one: Transfer, pay_on: date) -> dict[str, object]:
    cents = one.amount * 100
    if cents != cents.to_integral_value() or cents <= 0:
        raise BankFileError(_("%(amount)s is no amount in euro and cents.") % {"amount": one.amount})
    payment: dict[str, object] = {
        "name": plain(one.holder, LONGEST_NAME),
        "IBAN": one.iban,
        "amount": int(cents),
        "execution_date": pay_on,
        "description": plain(one.text, LONGEST_TEXT),
        "endtoend_id": one.end_to_end_id,
    }
    return payment | ({"BIC": one.bic} if one.bic else {})


class _StableTransfer(SepaTransfer):  # type: ignore[misc] # the library is untyped
    """The library's file with ids and a moment of ours: it draws its own at random and from the clock."""

    def __init__(self, config: dict[str, object], *, message_id: str, made_at: datetime) -> None:
        if len(message_id) > LONGEST_ID:
            raise BankFileError(_("A message's id has at most 35 characters."))
        super().__init__(config, schema=SCHEMA, clean=False)
        self._message_id, self._made_at = message_id, made_at

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        header = self._xml.find("CstmrCdtTrfInitn/GrpHdr")
        header.find("MsgId").text = self._message_id
        header.find("CreDtTm").text = self._made_at.strftime("%Y-%m-%dT%H:%M:%S")
        for number, part in enumerate(self._xml.iter("PmtInfId"), start=1):
            part.text = f"{self._message_id}-{number}"[:LONGEST_ID]
