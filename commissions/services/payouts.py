"""Sends payouts and records what became of them; nothing is ever paid twice (commission rules, section 5).

The provider is called between transactions. Before the call the attempt is committed, after it each outcome, so that
whoever dies at any line leaves a payout in one of three states:

- untouched: sent by the next submission;
- attempted, no outcome: the next submission asks the provider first, and sends again, under the same key, only what it
  has never heard of, and only where partner, account and tax form still stand;
- outcome recorded: left alone.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commissions.models import Cause, Payout, PayoutBatch, PayoutContradiction, PayoutStatus
from commissions.policy.payouts import ContradictionError, steps_to
from commissions.providers.interface import Order, Outcome
from commissions.providers.registry import provider as provider_of
from commissions.queries.payouts import reasons_to_hold
from commissions.services.contradictions import forget_agreed, note_contradiction
from commissions.services.payout_batches import check_postings_at_the_end, only_finance, post
from prm import audit, outbox
from prm.calendar_days import program_today
from prm.errors import DomainError
from prm.models import Program

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from commissions.providers.interface import Provider
    from prm.actors import Actor

CONTRADICTION = "payout_contradiction"
SUBMITTING_LOCK = 7_204
"""First half of the advisory lock that a submission holds on its batch for as long as its connection lives."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submission came to: payouts by state, and how many the provider left without an answer.

    ``held`` were not sent, because partner, payout method or tax form are not what they were when the batch was
    prepared; each number with its reasons, codes of ``commissions.queries.payouts.HELD``.
    """

    by_status: dict[str, int]
    unanswered: int
    held: dict[str, tuple[str, ...]]


def submit_batch(*, batch: PayoutBatch, actor: Actor, now: datetime) -> Submission:
    """Send the payouts of a batch that have no outcome yet; safe to run again, and beside itself.

    Raises ``DomainError`` while another submission of the batch is at work, and where a provider is not installed.
    A provider that does not answer is no error: what it left open is counted, and asked about the next time.
    """
    only_finance(actor)
    kept_back: dict[UUID, tuple[str, ...]] = {}
    with _alone_with(batch):
        waiting = Payout.objects.filter(batch=batch, status=PayoutStatus.PREPARED)
        for code in sorted(set(waiting.values_list("provider", flat=True))):
            provider = provider_of(code)
            _refuse_inside_transaction(provider)
            orders, asked, not_to_send = _begin(batch, code, actor, now)
            kept_back |= not_to_send
            for outcome in _answers(provider, orders, asked, not_to_send):
                _hear(outcome, actor, now)
    statuses = Counter(Payout.objects.filter(batch=batch).values_list("status", flat=True))
    still = Payout.objects.filter(batch=batch, status=PayoutStatus.PREPARED).order_by("number")
    held = {str(row): kept_back[row.idempotency_key] for row in still if row.idempotency_key in kept_back}
    unanswered = still.filter(attempts__gt=0).exclude(idempotency_key__in=kept_back)
    return Submission(dict(statuses), unanswered.count(), held)


def record_result(*, outcome: Outcome, actor: Actor, now: datetime) -> bool:
    """Record what a provider says of a payout; return whether it was news.

    Answers may come late, twice and in any order. Raises ``DomainError`` for a key that no payout has, and where the
    answer contradicts what was recorded: then nothing is changed and a person must look.
    """
    only_finance(actor)
    with transaction.atomic():
        check_postings_at_the_end()
        payout = Payout.objects.select_for_update().filter(idempotency_key=outcome.key).first()
        if payout is None:
            raise DomainError("payout_unknown", _("No payout has this key."))
        try:
            steps = steps_to(payout.status, outcome.state.value)
        except ContradictionError as contradiction:
            raise DomainError(
                CONTRADICTION,
                _("Payout %(number)s is recorded as “%(recorded)s”, and the provider says “%(answer)s”. Look into it.")
                % {"number": str(payout), "recorded": payout.status, "answer": outcome.state.value},
            ) from contradiction
        before = payout.status
        for status in steps:
            _move(payout, PayoutStatus(status), outcome, now)
        if steps:
            _tell(payout, before, actor, now)
        if payout.status == outcome.state.value:
            forget_agreed(payout, actor=actor, now=now)
    return bool(steps)


def _hear(outcome: Outcome, actor: Actor, now: datetime) -> tuple[bool, str]:
    """Record what a provider says; return whether it was news, and the sentence of a contradiction, which is kept.

    One that contradicts stops none of the others: a person looks into it on the board.
    """
    try:
        return record_result(outcome=outcome, actor=actor, now=now), ""
    except DomainError as refusal:
        if refusal.code != CONTRADICTION:
            raise
        note_contradiction(outcome=outcome, actor=actor, now=now)
        return False, str(refusal.sentence)


@dataclass(frozen=True, slots=True)
class Check:
    """What asking the providers came to: for how many payouts there was news, and what a person must look into."""

    news: int
    contradictions: tuple[str, ...]


def check_payouts(*, actor: Actor, now: datetime, limit: int = 1000) -> Check:
    """Ask external providers for payouts without a final outcome, and for those that they contradict.

    An answer that contradicts what was recorded changes nothing of its payout and stops none of the others.
    """
    only_finance(actor)
    contradicted = PayoutContradiction.objects.unsettled().values("payout")
    open_ones = Payout.objects.filter(
        Q(status=PayoutStatus.SUBMITTED) | Q(status=PayoutStatus.PREPARED, attempts__gt=0) | Q(pk__in=contradicted)
    )
    news, contradictions = 0, list[str]()
    for code in sorted(set(open_ones.values_list("provider", flat=True))):
        provider = provider_of(code)
        if not provider.is_external:
            continue  # a file's outcome comes with the bank's own file
        _refuse_inside_transaction(provider)
        for key in (
            open_ones.filter(provider=code)
            .order_by("attempted_at", "pk")
            .values_list("idempotency_key", flat=True)[:limit]
        ):
            outcome = provider.lookup(key)
            if outcome is None:
                continue
            is_news, contradiction = _hear(outcome, actor, now)
            news += is_news
            contradictions += [contradiction] if contradiction else []
    return Check(news, tuple(contradictions))


@contextmanager
def _alone_with(batch: PayoutBatch) -> Iterator[None]:
    """Hold the batch for this connection: whoever dies lets go of it, since its connection dies as well."""
    key = [SUBMITTING_LOCK, batch.number]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        if not cursor.fetchone()[0]:
            raise DomainError(
                "submission_going_on", _("This batch is being submitted already. Wait until it has ended.")
            )
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _refuse_inside_transaction(provider: Provider) -> None:
    """Keep the call outside: a transaction that is rolled back afterwards would forget what was paid."""
    if provider.is_external and connection.in_atomic_block:
        raise RuntimeError(f"the provider {provider.code} must not be called inside a transaction")


def _begin(
    batch: PayoutBatch, code: str, actor: Actor, now: datetime
) -> tuple[list[Order], list[Order], dict[UUID, tuple[str, ...]]]:
    """Commit the attempt; return what to send, what to ask about, and which keys must not be sent any more, and why."""
    with transaction.atomic():
        rows = list(
            Payout.objects.select_for_update(of=("self",))
            .filter(batch=batch, provider=code, status=PayoutStatus.PREPARED)
            .select_related("partner")
            .order_by("number")
        )
        pay_on = batch.pay_on(program_today(now))
        holds = reasons_to_hold(rows, on=pay_on)
        vendor = Program.current().vendor_name
        orders: list[Order] = []
        asked: list[Order] = []
        kept_back: dict[UUID, tuple[str, ...]] = {}
        for payout in rows:
            if holds[payout.pk]:
                kept_back[payout.idempotency_key] = holds[payout.pk]
                if not payout.attempts:
                    continue
            order = Order(
                key=payout.idempotency_key,
                number=str(payout),
                batch=str(batch),
                partner_id=payout.partner_id,
                currency=payout.currency,
                amount=payout.net,
                method_id=payout.method_id,
                pay_on=pay_on,
                remittance=f"{vendor} {payout}",
            )
            (asked if payout.attempts else orders).append(order)
            payout.attempts, payout.attempted_at = payout.attempts + 1, now
            payout.save(update_fields=["attempts", "attempted_at"])
        if orders or asked:
            data = {"provider": code, "payouts": len(orders), "again": len(asked)}
            audit.record(action="payouts.submitted", actor=actor, now=now, target=batch, data=data)
    return orders, asked, kept_back


def _answers(
    provider: Provider, orders: Sequence[Order], asked: Sequence[Order], not_to_send: Container[UUID]
) -> Iterator[Outcome]:
    """Yield what the provider says, one by one: what it was asked for before it is asked about first.

    What it has never heard of is sent again, but for ``not_to_send``.
    """
    unheard_of = []
    for order in asked:
        outcome = provider.lookup(order.key)
        if outcome is not None:
            yield outcome
        elif order.key not in not_to_send:
            unheard_of.append(order)
    if to_send := [*unheard_of, *orders]:
        yield from provider.submit(to_send)


def _move(payout: Payout, status: PayoutStatus, outcome: Outcome, now: datetime) -> None:
    """Take one step: state, times and postings together."""
    was_paid = payout.status == PayoutStatus.PAID
    payout.status = status
    payout.provider_reference = outcome.reference[:120] or payout.provider_reference
    causes: list[Cause] = []
    if status == PayoutStatus.SUBMITTED:
        payout.submitted_at = now
    elif status == PayoutStatus.PAID:
        payout.paid_at = now
        causes = [Cause.PAID, Cause.WITHHELD]
    else:
        payout.closed_at, payout.reason = now, outcome.reason[:500]
        causes = [*([Cause.SENT_BACK, Cause.NOT_WITHHELD] if was_paid else []), Cause.OWED_AGAIN]
    payout.save(update_fields=["status", "provider_reference", "submitted_at", "paid_at", "closed_at", "reason"])
    post(payout, causes, now)


def _tell(payout: Payout, before: str, actor: Actor, now: datetime) -> None:
    """Write the trail and tell the outside: a partner wants to know that it was paid, or why not."""
    data = {"from": before, "to": payout.status, "reference": payout.provider_reference}
    audit.record(action=f"payout.{payout.status}", actor=actor, now=now, target=payout, reason=payout.reason, data=data)
    outbox.publish(
        topic=f"commissions.payout_{payout.status}",
        key=f"payout:{payout.public_id}",
        now=now,
        payload={"payout": str(payout.public_id), "number": str(payout), "partner": payout.partner_id, **data},
    )
