"""Providers that write files: pain.001 for SEPA in euro, CSV for everything else.

They move no money: an order is ``ACCEPTED`` once its line is stored, whoever carries the file to the bank pays, and
the bank's answer comes back through ``services.reconciliation``. A payout stands in one file for good, so that
submitting again, in whatever order and however often, makes no second instruction.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commissions.models import Payer, PaymentFile, PaymentFileLine, Payout, PayoutBatch
from commissions.providers.interface import Order, Outcome, OutcomeState
from commissions.providers.pain001 import Payer as Debtor
from commissions.providers.pain001 import Transfer, credit_transfers
from commissions.providers.registry import BANK_FILE, CSV_FILE
from prm.currencies import CURRENCIES
from prm.errors import DomainError
from prm.spreadsheets import safe_text

if TYPE_CHECKING:
    from uuid import UUID

CSV_COLUMNS = (
    "end_to_end_id", "payout", "partner", "holder", "account", "bic", "bank_code", "country", "currency", "amount",
    "pay_on", "remittance",
)  # fmt: skip


class FileProvider:
    """A provider of files; ``code`` says of which kind."""

    is_external = False

    def __init__(self, code: str) -> None:
        self.code = code

    def submit(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        """Store the orders that stand in no file yet in a new file, and accept all of them.

        Raises ``DomainError`` where the payer's account is not known, and where the bank's schema refuses the file;
        then nothing is stored.
        """
        with transaction.atomic():
            accepted = self._store(orders)
        for order in orders:
            yield Outcome(key=order.key, state=OutcomeState.ACCEPTED, reference=accepted[order.key])

    def lookup(self, key: UUID) -> Outcome | None:
        """Return that a payout stands in a file; None where it stands in none."""
        line = PaymentFileLine.objects.filter(payout__idempotency_key=key).select_related("file").first()
        return Outcome(key=key, state=OutcomeState.ACCEPTED, reference=line.file.message_id) if line else None

    def _store(self, orders: Sequence[Order]) -> dict[UUID, str]:
        """Return for each key the message in which it stands."""
        by_key = {order.key: order for order in orders}
        rows = Payout.objects.filter(idempotency_key__in=by_key).select_related("batch").order_by("number")
        payouts = list(rows)
        for batch_id in sorted({payout.batch_id for payout in payouts}):
            # The batch's row is locked, so that two at once do not make two files with one number.
            batch = PayoutBatch.objects.select_for_update().get(pk=batch_id)
            held = set(PaymentFileLine.objects.filter(payout__in=payouts).values_list("payout_id", flat=True))
            fresh = [payout for payout in payouts if payout.batch_id == batch_id and payout.pk not in held]
            if fresh:
                self._make(batch, fresh, by_key)
        lines = PaymentFileLine.objects.filter(payout__in=payouts).select_related("file", "payout")
        return {line.payout.idempotency_key: line.file.message_id for line in lines}

    def _make(self, batch: PayoutBatch, payouts: Sequence[Payout], orders: dict[UUID, Order]) -> None:
        payer = Payer.current()
        if self.code == BANK_FILE and (payer is None or not payer.iban):
            raise DomainError(
                "payer_missing", _("A bank file needs the account that pays. An administrator fills in the payer.")
            )
        sequence = batch.files.count() + 1
        file = PaymentFile(
            batch=batch,
            provider=self.code,
            message_id=f"{batch}-{sequence}",
            made_at=timezone.now().replace(microsecond=0),
            pay_on=max(orders[payout.idempotency_key].pay_on for payout in payouts),
            payer_name=payer.legal_name if payer else "",
            payer_iban=payer.iban if payer else "",
            payer_bic=payer.bic if payer else "",
        )
        lines = [
            PaymentFileLine(file=file, payout=payout, remittance=orders[payout.idempotency_key].remittance[:200])
            for payout in payouts
        ]
        file.digest = digest_of(BUILDERS[self.code](file, lines))
        file.save()
        PaymentFileLine.objects.bulk_create(lines)


def content_of(file: PaymentFile) -> bytes:
    """Make the file again; raises ``DomainError`` where it would not be the same to the byte."""
    lines = list(file.lines.select_related("payout__method", "payout__partner").order_by("payout__number"))
    content = BUILDERS[file.provider](file, lines)
    if digest_of(content) != file.digest:
        raise DomainError(
            "file_differs", _("%(file)s cannot be made again as it was. Do not send it to a bank.") % {"file": file}
        )
    return content


def digest_of(content: bytes) -> str:
    """Return the fingerprint of a file."""
    return hashlib.sha256(content).hexdigest()


def _bank_file(file: PaymentFile, lines: Sequence[PaymentFileLine]) -> bytes:
    transfers = [
        Transfer(
            end_to_end_id=line.payout.idempotency_key.hex,
            holder=line.payout.method.holder,
            iban=line.payout.method.account_number,
            bic=line.payout.method.bic,
            amount=line.payout.net,
            text=line.remittance,
        )
        for line in lines
    ]
    return credit_transfers(
        message_id=file.message_id,
        made_at=file.made_at,
        payer=Debtor(file.payer_name, file.payer_iban, file.payer_bic),
        pay_on=file.pay_on,
        transfers=transfers,
    )


def _csv_file(file: PaymentFile, lines: Sequence[PaymentFileLine]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for line in lines:
        payout, method = line.payout, line.payout.method
        writer.writerow(
            [
                payout.idempotency_key.hex,
                str(payout),
                payout.partner.code,
                safe_text(method.holder),
                safe_text(method.account_number),
                method.bic,
                safe_text(method.bank_code),
                method.country,
                payout.currency,
                f"{payout.net:.{CURRENCIES[payout.currency]}f}",
                f"{file.pay_on:%Y-%m-%d}",
                safe_text(line.remittance),
            ]
        )
    return text.getvalue().encode()


BUILDERS: dict[str, Callable[[PaymentFile, Sequence[PaymentFileLine]], bytes]] = {
    BANK_FILE: _bank_file,
    CSV_FILE: _csv_file,
}


def media_type(file: PaymentFile) -> tuple[str, str]:
    """Return the media type of a file and the end of its name."""
    return ("application/xml", "xml") if file.provider == BANK_FILE else ("text/csv; charset=utf-8", "csv")
