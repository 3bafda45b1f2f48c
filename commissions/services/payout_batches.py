"""Prepares payouts: every balance is paid, or carried forward with its reasons (commission rules, section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from commissions.models import CarriedForward, Cause, LedgerAccount, Payout, PayoutBatch, PayoutStatus, Posting
from commissions.providers.registry import code_for
from commissions.queries.payouts import outlook
from prm import audit, outbox
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import NumberSeries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from commissions.queries.payouts import Outlook
    from prm.actors import Actor

PREPARING_LOCK = 7_203
"""Advisory, program-wide: who prepares second sees what the first has taken from the payables."""


def prepare_payouts(*, as_of: date, actor: Actor, now: datetime) -> PayoutBatch | None:
    """Make a batch of one payout for each balance that can be paid, and note why the others are carried forward.

    Plan, method, tax form and withholding are those of ``as_of``; the balances are the present ones. What is paid
    leaves the payable at once. Returns None, and writes nothing, where there is no balance at all, and where nothing
    can be paid and a batch of the day has said so already. Raises ``NotAllowedError`` for anybody but finance.
    """
    only_finance(actor)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PREPARING_LOCK])
        check_postings_at_the_end()
        rows = outlook(on=as_of)
        paid = [row for row in rows if row.is_paid]
        if not rows or (not paid and PayoutBatch.objects.filter(as_of=as_of).exists()):
            return None
        batch = PayoutBatch.objects.create(
            number=NumberSeries.take("payout_batch"),
            as_of=as_of,
            created_at=now,
            created_by_id=actor.user_id,
            created_label=actor.label or actor.kind.value,
        )
        _write_payouts(batch, paid, now)
        _carry_forward(batch, [row for row in rows if not row.is_paid])
        data = {"as_of": f"{as_of}", "payouts": len(paid), "carried_forward": len(rows) - len(paid)}
        audit.record(action="payouts.prepared", actor=actor, now=now, target=batch, data=data)
        outbox.publish(topic="commissions.payouts_prepared", key=f"batch:{batch.public_id}", now=now, payload=data)
    return batch


def cancel_payout(*, payout_id: int, reason: str, actor: Actor, now: datetime) -> Payout:
    """Give up a payout that was never sent: it fails with a reason, and its amount is owed again.

    Raises ``StaleError`` once an attempt was made: from then on only the provider knows what became of it.
    """
    only_finance(actor)
    if not reason.strip():
        raise DomainError("reason_required", _("Say why the payout is given up."), field="reason")
    with transaction.atomic():
        check_postings_at_the_end()
        payout = Payout.objects.select_for_update().get(pk=payout_id)
        if payout.status != PayoutStatus.PREPARED or payout.attempts:
            raise StaleError(_("This payout has been sent. Wait for the provider's answer."))
        payout.status, payout.closed_at, payout.reason = PayoutStatus.FAILED, now, reason.strip()[:500]
        payout.save(update_fields=["status", "closed_at", "reason"])
        post(payout, [Cause.OWED_AGAIN], now)
        audit.record(action="payout.cancelled", actor=actor, now=now, target=payout, reason=payout.reason)
    return payout


MOVES = {
    Cause.PREPARED: (LedgerAccount.PARTNER_PAYABLE, LedgerAccount.PAYOUT_CLEARING, "gross"),
    Cause.PAID: (LedgerAccount.PAYOUT_CLEARING, LedgerAccount.BANK, "net"),
    Cause.WITHHELD: (LedgerAccount.PAYOUT_CLEARING, LedgerAccount.WITHHOLDING_PAYABLE, "withheld"),
    Cause.SENT_BACK: (LedgerAccount.BANK, LedgerAccount.PAYOUT_CLEARING, "net"),
    Cause.NOT_WITHHELD: (LedgerAccount.WITHHOLDING_PAYABLE, LedgerAccount.PAYOUT_CLEARING, "withheld"),
    Cause.OWED_AGAIN: (LedgerAccount.PAYOUT_CLEARING, LedgerAccount.PARTNER_PAYABLE, "gross"),
}
"""What each movement of a payout debits and credits, and which of its amounts it moves."""


def postings_of(payout: Payout, causes: Sequence[Cause], now: datetime) -> list[Posting]:
    """Return the ledger's rows for movements of a payout; one of nothing is none."""
    rows = []
    for cause in causes:
        debit, credit, figure = MOVES[cause]
        if amount := getattr(payout, figure):
            rows.append(
                Posting(
                    debit=debit, credit=credit, amount=amount, currency=payout.currency, partner_id=payout.partner_id,
                    cause=cause, payout=payout, posted_at=now,
                )
            )  # fmt: skip
    return rows


def post(payout: Payout, causes: Sequence[Cause], now: datetime) -> None:
    """Write movements of a payout into the ledger; the database refuses one that it has already."""
    Posting.objects.bulk_create(postings_of(payout, causes, now))


def check_postings_at_the_end() -> None:
    """Have the database compare states and postings when the transaction ends, whatever was said in it before."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS payout_is_posted DEFERRED")


def only_finance(actor: Actor) -> None:
    """Refuse everybody but finance, the operator and rules."""
    if not actor.has_role(InternalRole.FINANCE):
        raise NotAllowedError(_("Only finance pays partners."))


def _write_payouts(batch: PayoutBatch, rows: Sequence[Outlook], now: datetime) -> None:
    first = NumberSeries.take("payout", len(rows))
    payouts = [
        Payout(
            number=first + position,
            batch=batch,
            partner_id=row.partner_id,
            currency=row.currency,
            gross=row.payable,
            withholding_rate=row.rate,
            withheld=row.withheld,
            net=row.net,
            method_id=row.method_id or 0,  # one that is paid has a method: its absence is a reason not to be
            provider=code_for(method_kind=row.method_kind, currency=row.currency),
        )
        for position, row in enumerate(rows)
    ]
    Payout.objects.bulk_create(payouts)
    Posting.objects.bulk_create(row for payout in payouts for row in postings_of(payout, [Cause.PREPARED], now))


def _carry_forward(batch: PayoutBatch, rows: Sequence[Outlook]) -> None:
    CarriedForward.objects.bulk_create(
        CarriedForward(
            batch=batch,
            partner_id=row.partner_id,
            currency=row.currency,
            payable=row.payable,
            minimum=row.minimum,
            reasons=list(row.reasons),
        )
        for row in rows
    )
