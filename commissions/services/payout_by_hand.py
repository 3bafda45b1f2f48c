"""What a person knows of a payout and no provider has said: from a bank statement, a letter, a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commissions.models import Payout, PayoutStatus
from commissions.providers.interface import Outcome, OutcomeState
from commissions.services.payout_batches import only_finance
from commissions.services.payouts import record_result
from prm import audit
from prm.errors import DomainError, StaleError

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


def record_by_hand(*, payout_id: int, state: str, reference: str, reason: str, actor: Actor, now: datetime) -> Payout:
    """Record that a payout was ``paid``, ``failed`` or ``returned``, with how one knows; the trail keeps it.

    Raises ``StaleError`` where it is recorded so already, and ``DomainError`` without a reason, for a payout that was
    never sent, and where it contradicts what was recorded.
    """
    only_finance(actor)
    reason = reason.strip()
    if not reason:
        raise DomainError("reason_required", _("Say how you know what became of the payout."), field="reason")
    with transaction.atomic():
        payout = Payout.objects.select_for_update().get(pk=payout_id)
        if payout.status == PayoutStatus.PREPARED and not payout.attempts:
            raise DomainError("payout_never_sent", _("This payout was never sent. Submit its batch, or give it up."))
        outcome = Outcome(
            key=payout.idempotency_key, state=OutcomeState(state), reference=reference.strip(), reason=reason
        )
        if not record_result(outcome=outcome, actor=actor, now=now):
            raise StaleError(_("This is recorded already. Look at the payout again."))
        audit.record(
            action="payout.recorded_by_hand", actor=actor, now=now, target=payout, reason=reason, data={"state": state}
        )
        payout.refresh_from_db()
    return payout
