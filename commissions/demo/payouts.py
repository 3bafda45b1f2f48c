"""What the demonstration's finance does beside approving: adjustments, and a batch of payouts for each closed month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from commissions.demo.partners import FINANCE, MANAGER
from commissions.demo.people import Cast
from commissions.demo.timeline import MONTHS, Timeline, at
from commissions.models import PayoutBatch, PayoutStatus
from commissions.providers.interface import Outcome, OutcomeState
from commissions.services.adjustments import add_adjustment
from commissions.services.payout_batches import prepare_payouts
from commissions.services.payouts import record_result, submit_batch

PAY_DAY, VALUE_DAY = 10, 12
"""Working days of the next month on which a batch is sent, and on which the bank tells what became of it."""

LAST_PAID = MONTHS - 2


@dataclass(frozen=True, slots=True)
class Extra:
    """An adjustment that joins the run of a month."""

    month: int
    partner: str
    amount: str
    reason: str


EXTRAS = (
    Extra(3, "brenner-netz", "450.00", "Half of the stand at the trade fair in Hanover, as agreed."),
    Extra(6, "kymi-pilvi", "-60.00", "The workshop voucher of March was paid out twice."),
    Extra(9, "aldervik", "80.00", "Thank you for the reference story about Haapala."),
    Extra(MONTHS - 1, "rheinufer", "120.00", "Travel to the partner day, by the programme's rules."),
)

NOT_PAID = {
    (8, "alster-cloud"): (OutcomeState.RETURNED, "The account has been closed."),
    (LAST_PAID, "zugspitz"): (OutcomeState.FAILED, "The bank does not know this account."),
}
"""By month and partner: what the bank says instead of “paid”. The first is paid by the next batch, the second waits."""


def adjust(timeline: Timeline, number: int, cast: Cast) -> None:
    """Enter the adjustments of a month, on its last day but one, as the channel manager."""
    for extra in EXTRAS:
        if extra.month == number:
            add_adjustment(
                partner=cast.partners[extra.partner], currency="EUR", amount=Decimal(extra.amount),
                reason=extra.reason, actor=cast.colleague(MANAGER), now=at(timeline.day(number, 28), 16, 5),
            )  # fmt: skip


def pay(timeline: Timeline, number: int, cast: Cast) -> None:
    """Pay out what a closed month left owed: prepared and sent as finance, told by the bank two working days later."""
    sent_on = timeline.working_day_of(number + 1, PAY_DAY)
    finance = cast.colleague(FINANCE)
    batch = prepare_payouts(as_of=sent_on, actor=finance, now=at(sent_on, 9, 30))
    if batch is None:
        return
    submit_batch(batch=batch, actor=finance, now=at(sent_on, 9, 45))
    _hear_from_the_bank(batch, number, cast, on=timeline.working_day_of(number + 1, VALUE_DAY))


def _hear_from_the_bank(batch: PayoutBatch, number: int, cast: Cast, *, on: date) -> None:
    for payout in batch.payouts.filter(status=PayoutStatus.SUBMITTED).select_related("partner").order_by("number"):
        state, reason = NOT_PAID.get((number, payout.partner.code), (OutcomeState.PAID, ""))
        outcome = Outcome(key=payout.idempotency_key, state=state, reference=f"HB{payout.number:08}", reason=reason)
        record_result(outcome=outcome, actor=cast.colleague(FINANCE), now=at(on, 8, 10))
