"""A bank's answer to a batch: upload, look, confirm. All of it or nothing, and never twice."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from commissions.models import PaymentAnswer, PaymentFile, Payout, PayoutBatch
from commissions.policy.reconciliation import Answer, Known, Reconciliation, as_confirmed, reconcile
from commissions.providers.interface import Outcome, OutcomeState
from commissions.providers.results import read_answers
from commissions.services.payout_batches import only_finance
from commissions.services.payouts import record_result
from prm import audit
from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from prm.actors import Actor

NAME_LENGTH = 200


class UnreconciledError(DomainError):
    """Some lines cannot be taken, so none was; ``reconciliation`` says which and why."""

    def __init__(self, reconciliation: Reconciliation) -> None:
        count = len(reconciliation.problems)
        super().__init__("unreconciled", _("%(count)s lines cannot be taken; nothing was changed.") % {"count": count})
        self.reconciliation = reconciliation


def upload_answer(*, batch: PayoutBatch, name: str, content: bytes, actor: Actor, now: datetime) -> PaymentAnswer:
    """Read a provider's file and keep its lines; nothing about a payout changes. The same file again is the same row.

    Raises ``ResultFileError`` where it cannot be read.
    """
    only_finance(actor)
    answers = read_answers(content, keys_of_message=lambda message: _keys_of(batch, message))
    row, made = PaymentAnswer.objects.get_or_create(
        batch=batch,
        digest=hashlib.sha256(content).hexdigest(),
        defaults={
            "name": name[-NAME_LENGTH:],
            "lines": [_stored(one) for one in answers],
            "uploaded_at": now,
            "uploaded_by_id": actor.user_id,
            "uploaded_label": actor.label or actor.kind.value,
        },
    )
    if made:
        data = {"batch": str(batch), "lines": len(answers)}
        audit.record(action="payouts.answer_uploaded", actor=actor, now=now, target=row, data=data)
    return row


def preview_answer(answer: PaymentAnswer) -> Reconciliation:
    """Return what confirming would do now; of a confirmed answer what it did."""
    return as_confirmed(look_at(answer.batch, [_answer(row) for row in answer.lines]), answer.changes)


def look_at(batch: PayoutBatch, answers: Iterable[Answer]) -> Reconciliation:
    """Match answers with the payouts of a batch as they are recorded now. Two queries."""
    lines = list(answers)
    payouts = {
        payout.idempotency_key.hex: Known(
            payout.idempotency_key.hex, str(payout), payout.status, payout.net, payout.currency
        )
        for payout in Payout.objects.filter(batch=batch).order_by("number")
    }
    strange = {key for one in lines if (key := _uuid(one.key)) is not None and one.key not in payouts}
    others = Payout.objects.filter(idempotency_key__in=strange).values_list("idempotency_key", flat=True)
    return reconcile(lines, payouts=payouts, elsewhere=frozenset(key.hex for key in others))


def confirm_answer(*, answer_id: int, actor: Actor, now: datetime) -> PaymentAnswer:
    """Record what the answer says of every payout, in one transaction; confirming again changes nothing.

    What was shown may be old: everything is matched anew. Raises ``UnreconciledError`` where a line cannot be taken.
    """
    only_finance(actor)
    with transaction.atomic():
        row = PaymentAnswer.objects.select_for_update().select_related("batch").get(pk=answer_id)
        if row.confirmed_at is not None:
            return row
        # The payouts' rows are locked in order before they are compared, so that nothing changes in between.
        list(Payout.objects.select_for_update().filter(batch=row.batch).order_by("pk").values_list("pk"))
        found = preview_answer(row)
        row.changed = _apply(found, actor, now)
        row.changes = {one.answer.key: [one.was, one.becomes] for one in found.findings}
        row.confirmed_at, row.confirmed_label = now, actor.label or actor.kind.value
        row.save(update_fields=["changed", "changes", "confirmed_at", "confirmed_label"])
        data = {"batch": str(row.batch), "changed": row.changed}
        audit.record(action="payouts.answer_confirmed", actor=actor, now=now, target=row, data=data)
    return row


def _apply(found: Reconciliation, actor: Actor, now: datetime) -> int:
    if found.problems:
        raise UnreconciledError(found)
    for one in found.news:
        outcome = Outcome(
            key=UUID(one.answer.key),
            state=OutcomeState(one.answer.state),
            reference=one.answer.reference,
            reason=one.answer.reason,
        )
        record_result(outcome=outcome, actor=actor, now=now)
    return len(found.news)


def _keys_of(batch: PayoutBatch, message_id: str) -> Sequence[str]:
    file = PaymentFile.objects.filter(batch=batch, message_id=message_id).first()
    if file is None:
        return []
    keys = file.lines.order_by("payout__number").values_list("payout__idempotency_key", flat=True)
    return [key.hex for key in keys]


def _stored(one: Answer) -> dict[str, Any]:
    return asdict(one) | {"amount": None if one.amount is None else str(one.amount)}


def _answer(row: dict[str, Any]) -> Answer:
    return Answer(**(row | {"amount": None if row["amount"] is None else Decimal(row["amount"])}))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
