"""Reads what a bank answers: a CSV, or ISO 20022 pain.002. Nothing in it is trusted before it is read whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from xmlschema import XMLResource
from xmlschema.exceptions import XMLResourceForbidden, XMLSchemaException

from commissions.policy.reconciliation import Answer
from prm.errors import DomainError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST = 10 * 1024 * 1024
MOST_LINES = 100_000
HEADER = ("end_to_end_id", "status", "amount", "currency", "reference", "reason")
NEEDED = ("end_to_end_id", "status")
STATES = ("accepted", "paid", "failed", "returned")
PAIN_002 = "urn:iso:std:iso:20022:tech:xsd:pain.002."
BANK_STATES = {
    **dict.fromkeys(("RCVD", "PDNG", "ACTC", "ACCP", "ACSP", "ACWC", "ACFC", "PATC", "PART"), "accepted"),
    **dict.fromkeys(("ACSC", "ACCC"), "paid"),
    **dict.fromkeys(("RJCT", "CANC"), "failed"),
}
"""What the bank's codes mean for us: settled is paid, everything before it is under way."""


class ResultFileError(DomainError):
    """The file cannot be read; ``problems`` say where, one sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("result_file", " ".join(problems))
        self.problems = problems


def read_answers(content: bytes, *, keys_of_message: Callable[[str], Sequence[str]] = lambda _: ()) -> list[Answer]:
    """Return the answers of a file, CSV or pain.002 by its first character.

    A pain.002 may answer for a whole message at once: ``keys_of_message`` returns the payouts of a message's id.
    Raises ``ResultFileError`` naming every line that cannot be read; then none is returned.
    """
    if len(content) > LARGEST:
        raise ResultFileError(_("The file is larger than 10 MB."))
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    answers = list(_read_pain002(text, keys_of_message) if text.startswith(b"<") else _read_csv(content))
    if not answers:
        raise ResultFileError(_("The file answers for no payment."))
    if len(answers) > MOST_LINES:
        raise ResultFileError(_("The file has more than 100,000 lines."))
    return answers


def key_of(end_to_end_id: str) -> str:
    """Return a payout's key as we write it; banks give it back in capitals, or with white space."""
    return end_to_end_id.strip().lower().replace("-", "")


def _read_csv(content: bytes) -> Iterator[Answer]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ResultFileError(_("The file is neither XML nor text in UTF-8.")) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    problems: list[str] = []
    answers: list[Answer] = []
    try:
        columns = [cell.strip().lower() for cell in next(reader, [])]
        _check_header(columns)
        for number, row in enumerate(reader, start=2):
            if any(cell.strip() for cell in row):
                _take(number, row, columns, answers, problems)
    except csv.Error as error:
        problems.append(_("Line %(line)s: %(why)s.") % {"line": reader.line_num, "why": error})
    if problems:
        raise ResultFileError(*problems)
    yield from answers


def _check_header(columns: list[str]) -> None:
    missing = [name for name in NEEDED if name not in columns]
    unknown = [name for name in columns if name not in HEADER]
    if missing or unknown or len(set(columns)) < len(columns):
        sentence = _("The columns of an answer are %(columns)s; the first two are needed.")
        raise ResultFileError(sentence % {"columns": ", ".join(HEADER)})


def _take(number: int, row: list[str], columns: list[str], answers: list[Answer], problems: list[str]) -> None:
    """Add the row's answer, or say what is wrong with it."""
    if len(row) != len(columns):
        problems.append(_("Line %(line)s has %(count)s cells.") % {"line": number, "count": len(row)})
        return
    cells = {name: cell.strip() for name, cell in zip(columns, row, strict=True)}
    if cells["status"].lower() not in STATES:
        shown = {"line": number, "status": cells["status"], "known": ", ".join(STATES)}
        problems.append(_("Line %(line)s: “%(status)s” is none of %(known)s.") % shown)
        return
    try:
        amount = _amount(cells.get("amount", ""))
    except ValueError:
        problems.append(_("Line %(line)s: “%(text)s” is no amount.") % {"line": number, "text": cells["amount"]})
        return
    answers.append(
        Answer(
            line=number,
            key=key_of(cells["end_to_end_id"]),
            state=cells["status"].lower(),
            amount=amount,
            currency=cells.get("currency", "").upper(),
            reference=cells.get("reference", "")[:120],
            reason=cells.get("reason", "")[:500],
        )
    )


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite():
        raise ValueError(text)
    return amount


def _read_pain002(content: bytes, keys_of_message: Callable[[str], Sequence[str]]) -> Iterator[Answer]:
    """Yield the answers of a payment status report, whatever its version; no entity is ever expanded."""
    root = _root(content)
    if not root.tag.startswith("{" + PAIN_002):
        raise ResultFileError(_("This XML is no payment status report (pain.002)."))
    transactions = [one for one in root.iter() if _name(one) == "TxInfAndSts"]
    if transactions:
        yield from (_transaction(number, one) for number, one in enumerate(transactions, start=1))
        return
    code = _text(root, "GrpSts") or _text(root, "PmtInfSts")
    state = _state(code, _("The message"))
    message = _text(root, "OrgnlMsgId")
    keys = keys_of_message(message)
    if not keys:
        raise ResultFileError(_("The message “%(message)s” is none of ours.") % {"message": message[:40]})
    for key in keys:
        yield Answer(line=1, key=key, state=state, reason=_reason(root) if state == "failed" else "")


def _root(content: bytes) -> Element:
    try:
        root: Element = XMLResource(io.BytesIO(content), defuse="always", allow="none").root
    except XMLResourceForbidden:
        sentence = _("The file brings definitions of its own (entities); a bank's answer has none.")
        raise ResultFileError(sentence) from None
    except (XMLSchemaException, ValueError, RecursionError) as error:
        raise ResultFileError(_("This is no XML that can be read: %(why)s") % {"why": str(error)[:200]}) from None
    return root


def _transaction(number: int, part: Element) -> Answer:
    where = _("Transaction %(number)s") % {"number": number}
    key = _text(part, "OrgnlEndToEndId")
    if not key:
        raise ResultFileError(_("%(where)s names no end-to-end id.") % {"where": where})
    paid = next((one for one in part.iter() if _name(one) == "InstdAmt"), None)
    try:
        amount = _amount((paid.text or "").strip()) if paid is not None else None
    except ValueError:
        raise ResultFileError(_("%(where)s: its amount is no number.") % {"where": where}) from None
    state = _state(_text(part, "TxSts"), where)
    return Answer(
        line=number,
        key=key_of(key),
        state=state,
        amount=amount,
        currency=paid.get("Ccy", "").upper() if paid is not None else "",
        reference=_text(part, "AcctSvcrRef")[:120],
        reason=_reason(part) if state == "failed" else "",
    )


def _state(code: str, where: str) -> str:
    state = BANK_STATES.get(code)
    if state is None:
        raise ResultFileError(_("%(where)s: the status “%(code)s” is not known.") % {"where": where, "code": code})
    return state


def _reason(part: Element) -> str:
    """Return why, as the bank says it: its code and its words."""
    found = next((one for one in part.iter() if _name(one) == "StsRsnInf"), None)
    if found is None:
        return ""
    return " ".join(filter(None, (_text(found, "Cd") or _text(found, "Prtry"), _text(found, "AddtlInf"))))[:500]


def _text(part: Element, name: str) -> str:
    found = next((one for one in part.iter() if _name(one) == name), None)
    return (found.text or "").strip() if found is not None else ""


def _name(part: Element) -> str:
    """Return the name without its namespace: versions differ in nothing else that is read here."""
    return part.tag.rpartition("}")[2]
