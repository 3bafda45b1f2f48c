"""Hands out a file of payments, on record: it holds whole account numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from commissions.providers.files import content_of
from commissions.services.payout_batches import only_finance
from prm import audit

if TYPE_CHECKING:
    from datetime import datetime

    from commissions.models import PaymentFile
    from prm.actors import Actor


def hand_out_file(*, file: PaymentFile, actor: Actor, now: datetime) -> bytes:
    """Return the file's bytes, the same ones each time, and write down who took it.

    Raises ``NotAllowedError`` for anybody but finance and ``DomainError`` where it cannot be made as it was.
    """
    only_finance(actor)
    with transaction.atomic():
        content = content_of(file)
        audit.record(action="payment_file.taken", actor=actor, now=now, target=file, data={"file": file.message_id})
    return content
