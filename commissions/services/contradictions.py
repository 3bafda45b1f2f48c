"""Contradictions between a provider and our books: noted once, gone when both agree or a person has looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commissions.models import Payout, PayoutContradiction
from commissions.services.payout_batches import only_finance
from prm import audit
from prm.errors import DomainError, StaleError

if TYPE_CHECKING:
    from datetime import datetime

    from commissions.providers.interface import Outcome
    from prm.actors import Actor

AGREES = "The provider says the same by now."
"""Why a contradiction that nobody had to look into is gone; kept in English, as the trail is."""


def note_contradiction(*, outcome: Outcome, actor: Actor, now: datetime) -> PayoutContradiction | None:
    """Keep what a provider says against what is recorded; heard again, it is the same one.

    Returns None where the payout's state has changed meanwhile to what the provider says.
    """
    with transaction.atomic():
        payout = Payout.objects.select_for_update().get(idempotency_key=outcome.key)
        if payout.status == outcome.state.value:
            return None
        row, made = PayoutContradiction.objects.get_or_create(
            payout=payout,
            recorded=payout.status,
            answer=outcome.state.value,
            closed_at=None,
            defaults={"reference": outcome.reference[:120], "found_at": now},
        )
        if made:
            data = {"recorded": row.recorded, "answer": row.answer, "reference": row.reference}
            audit.record(action="payout.contradicted", actor=actor, now=now, target=payout, data=data)
    return row


def settle_contradiction(*, contradiction_id: int, reason: str, actor: Actor, now: datetime) -> PayoutContradiction:
    """Say what became of a contradiction that somebody has looked into; the payout stays as it is recorded.

    Raises ``DomainError`` without a reason, and ``StaleError`` where it is settled already.
    """
    only_finance(actor)
    if not reason.strip():
        raise DomainError("reason_required", _("Say what you found out."), field="reason")
    with transaction.atomic():
        row = PayoutContradiction.objects.select_for_update().get(pk=contradiction_id)
        if row.closed_at is not None:
            raise StaleError(_("This contradiction is settled already."))
        _close(row, reason=reason.strip()[:500], actor=actor, now=now)
    return row


def forget_agreed(payout: Payout, *, actor: Actor, now: datetime) -> None:
    """Settle what a provider had said against a payout, now that both say the same."""
    for row in PayoutContradiction.objects.unsettled().filter(payout=payout):
        _close(row, reason=AGREES, actor=actor, now=now)


def _close(row: PayoutContradiction, *, reason: str, actor: Actor, now: datetime) -> None:
    row.closed_at, row.closed_by_id, row.closed_reason = now, actor.user_id, reason
    row.closed_label = actor.label or actor.kind.value
    row.save(update_fields=["closed_at", "closed_by", "closed_label", "closed_reason"])
    data = {"recorded": row.recorded, "answer": row.answer}
    audit.record(
        action="payout.contradiction_settled", actor=actor, now=now, target=row.payout, reason=reason, data=data
    )
