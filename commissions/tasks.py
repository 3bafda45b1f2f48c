"""What runs in the worker for commission."""

from __future__ import annotations

from datetime import date

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from commissions.models import PayoutBatch, Run
from commissions.queries.due import due_month
from commissions.services.payout_batches import prepare_payouts
from commissions.services.payouts import check_payouts, submit_batch
from commissions.services.progress import forget_progress, note_progress
from commissions.services.runs import calculate_run
from partners.models import ApiKey
from partners.services.api_keys import actor_of_key
from prm.actors import ANONYMOUS, RULE, Actor, ActorKind, Channel
from prm.celery import app
from prm.errors import DomainError
from prm.models import User

log = structlog.get_logger(__name__)

MONTHLY = Actor(kind=ActorKind.RULE, channel=Channel.RULE, label="monthly calculation")


@app.task(name="commissions.calculate_run")
def calculate(*, number: int, period: str, user_id: int | None = None, key_id: int | None = None) -> None:
    """Calculate the run of ``period`` (ISO date of a month's first day) for the person or key that asked.

    Safe to run twice.

    A refusal is noted for the page that waits; anything else is noted too, and raised for the log.
    """
    run = Run.objects.filter(number=number).first()
    if run is None or run.decided_at is not None:
        return  # decided in the meantime: nothing to calculate
    note_progress(number=number, state="running", now=timezone.now())
    try:
        calculate_run(period=date.fromisoformat(period), actor=_asker(user_id, key_id), now=timezone.now())
    except DomainError as refusal:
        note_progress(number=number, state="failed", now=timezone.now(), sentence=str(refusal.sentence))
    except Exception:
        sentence = _("The calculation stopped with an error. Nothing was changed; the log says more.")
        note_progress(number=number, state="failed", now=timezone.now(), sentence=sentence)
        raise
    else:
        forget_progress(number=number)


@app.task(name="commissions.prepare_payouts")
def prepare(*, as_of: str, user_id: int) -> None:
    """Prepare the payouts of a day (ISO) for the person who asked; run twice, the second finds nothing to pay."""
    try:
        prepare_payouts(as_of=date.fromisoformat(as_of), actor=_person(user_id), now=timezone.now())
    except DomainError as refusal:
        log.warning("payouts_not_prepared", as_of=as_of, refusal=refusal.code)


@app.task(name="commissions.submit_payouts")
def submit(*, number: int, user_id: int) -> None:
    """Submit the batch for the person who asked; run twice, or beside itself, it pays nothing twice."""
    batch = PayoutBatch.objects.get(number=number)
    try:
        submit_batch(batch=batch, actor=_person(user_id), now=timezone.now())
    except DomainError as refusal:
        log.warning("payouts_not_submitted", batch=number, refusal=refusal.code)


@app.task(name="commissions.check_payouts")
def check() -> None:
    """Ask the providers what became of payouts that are under way."""
    check_payouts(actor=RULE, now=timezone.now())


@app.task(name="commissions.calculate_due_month")
def calculate_due_month() -> None:
    """Calculate the month that is due by the program's calendar, if nobody has; safe to run twice.

    A refusal (somebody calculates or decides at this moment) is no error: the next hour looks again.
    """
    now = timezone.now()
    period = due_month(now)
    if period is None:
        return
    try:
        calculate_run(period=period, actor=MONTHLY, now=now)
    except DomainError as refusal:
        log.warning("month_not_calculated", period=period.isoformat(), refusal=refusal.code)


def _asker(user_id: int | None, key_id: int | None) -> Actor:
    """Return who asked, as they are now: a key that was revoked in the meantime does nothing."""
    if user_id is not None:
        return _person(user_id)
    key = ApiKey.objects.select_related("partner").filter(pk=key_id or 0).first()
    return actor_of_key(key) if key is not None and key.is_usable(now=timezone.now()) else ANONYMOUS


def _person(user_id: int) -> Actor:
    """Return the person as they are now: roles taken away in the meantime do not count."""
    user = User.objects.get(pk=user_id, is_active=True)
    return Actor(
        kind=ActorKind.INTERNAL,
        channel=Channel.CONSOLE,
        user_id=user.pk,
        label=str(user),
        internal_roles=frozenset(user.roles),
    )
