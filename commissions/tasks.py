"""What runs in the worker for commission."""

from __future__ import annotations

from datetime import date

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from commissions.batch.steps import nothing
from commissions.models import PayoutBatch, Run
from commissions.queries.due import due_month
from commissions.services.payout_batches import prepare_payouts
from commissions.services.payouts import check_payouts, submit_batch
from commissions.services.progress import forget_progress, note_progress
from commissions.services.runs import RunGoingOnError, ask_for_run, calculate_run, note_failure
from commissions.services.runs.chunks import SnapshotGoneError, work_on
from commissions.services.runs.resuming import calculations_to_resume
from partners.models import ApiKey
from partners.services.api_keys import actor_of_key
from prm.actors import ANONYMOUS, RULE, Actor, ActorKind, Channel
from prm.celery import app
from prm.errors import DomainError
from prm.models import User

log = structlog.get_logger(__name__)

MONTHLY = Actor(kind=ActorKind.RULE, channel=Channel.RULE, label="monthly calculation")
HELPERS = 3
"""How many further processes are called to a calculation; one that finds nothing to do ends at once."""

HELP_EXPIRES_SECONDS = 600


@app.task(name="commissions.calculate_run")
def calculate(
    *,
    number: int,
    period: str,
    user_id: int | None = None,
    key_id: int | None = None,
    full: bool = False,
    is_resumed: bool = False,
) -> None:
    """Calculate the run of ``period`` (ISO date of a month's first day) for the person or key that asked.

    Safe to run twice. What is resumed without a person, as a key or the calendar had asked, is the rule's own act.

    A refusal is noted for the page that waits; anything else is noted too, and raised for the log.
    """
    run = Run.objects.filter(number=number).first()
    if run is None or run.decided_at is not None:
        return  # decided in the meantime: nothing to calculate
    note_progress(number=number, state="running", now=timezone.now())
    try:
        calculate_run(
            period=date.fromisoformat(period),
            actor=RULE if is_resumed and user_id is None else _asker(user_id, key_id),
            now=timezone.now(),
            full=full,
            on_chunks=_call_helpers,
        )
    except RunGoingOnError:
        pass  # another worker is at it: whoever asked twice gets one run
    except DomainError as refusal:
        _give_up(run, str(refusal.sentence))
    except Exception:
        _give_up(run, _("The calculation stopped with an error. Nothing was changed; the log says more."))
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
    for sentence in check_payouts(actor=RULE, now=timezone.now()).contradictions:
        log.error("payout_contradiction", sentence=sentence)


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
        ask_for_run(period=period, actor=MONTHLY, now=now)
        calculate_run(period=period, actor=MONTHLY, now=now, on_chunks=_call_helpers)
    except DomainError as refusal:
        log.warning("month_not_calculated", period=period.isoformat(), refusal=refusal.code)


def _give_up(run: Run, sentence: str) -> None:
    """Say on the page that waits why there is no result; nobody takes the calculation up again unasked."""
    note_failure(run=run, sentence=sentence)
    note_progress(number=run.number, state="failed", now=timezone.now(), sentence=sentence)


def _call_helpers(run_id: int) -> None:
    """Let every other worker process take ranges of the calculation, if it is free."""
    for _helper in range(HELPERS):
        app.send_task("commissions.help_to_calculate", kwargs={"run_id": run_id}, expires=HELP_EXPIRES_SECONDS)


@app.task(name="commissions.help_to_calculate")
def help_to_calculate(*, run_id: int) -> None:
    """Compute ranges of a run that another process calculates, until none is left; safe to run at any time."""
    try:
        work_on(run_id=run_id, waits=False, on_step=nothing)
    except SnapshotGoneError:
        return  # the calculation has ended, or its process has: whoever takes it up calls for help again


@app.task(name="commissions.resume_runs")
def resume_runs() -> None:
    """Ask anew for calculations that were asked for and whose worker died."""
    for found in calculations_to_resume(now=timezone.now()):
        app.send_task(
            "commissions.calculate_run",
            kwargs={
                "number": found.run.number,
                "period": found.run.period.isoformat(),
                "user_id": found.asked_by_id,
                "full": found.is_full,
                "is_resumed": True,
            },
        )


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
