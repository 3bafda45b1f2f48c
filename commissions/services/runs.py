"""Calculates, approves and rejects commission runs (commission rules, sections 4 and 5)."""

from __future__ import annotations

from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import OperationalError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from commissions.batch.compute import compute, digest_of
from commissions.batch.self_billing import issue_self_billing
from commissions.batch.standing import merge_open_items
from commissions.batch.statements import clear_marks, issue_statements
from commissions.batch.verify import differences_from_full
from commissions.batch.window import window_of
from commissions.models import Plan, Run, RunStatus
from commissions.queries.approval import by_key_of, last_approved_run, rule_changes_by
from commissions.services.adjustments import adjustments_digest, attach_pending, release_adjustments
from prm import audit, outbox
from prm.actors import Actor, ActorKind, InternalRole
from prm.calendar_days import program_today
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import NumberSeries, Program
from prm.months import month_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from commissions.batch.window import Window

# Advisory locks, program-wide: one computation at a time, one approval at a time.
COMPUTING_LOCK = 7_201
APPROVING_LOCK = 7_202

TRUE_UP_MONTHS_DEFAULT = 12

# SQLSTATE of a lock that somebody else holds, and of a row that changed after the snapshot.
LOCK_NOT_AVAILABLE = "55P03"
SERIALIZATION_FAILURE = "40001"


class RunGoingOnError(DomainError):
    """Another computation is under way."""

    def __init__(self) -> None:
        super().__init__("run_going_on", _("A commission run is being calculated already. Wait until it has ended."))


def calculate_run(
    *,
    period: date,
    actor: Actor,
    now: datetime,
    on_step: Callable[[str], None] = lambda _: None,
) -> Run:
    """Compute the run of ``period`` (first day of a month) and leave it waiting for approval.

    An undecided run of the same period is computed anew under its number. Raises :class:`DomainError` for a
    month before the last approved one, :class:`RunGoingOnError` while another computation is under way and
    :class:`StaleError` when the run is decided meanwhile.
    """
    if actor.kind is not ActorKind.SYSTEM_KEY and not actor.has_role(
        InternalRole.CHANNEL_MANAGER, InternalRole.FINANCE
    ):
        raise NotAllowedError
    run = open_draft(period=period, now=now)
    with _one_snapshot():
        _claim_or_refuse()
        run = _lock_undecided(run)
        last = last_approved_run()
        _refuse_earlier_month(period, last)
        window = current_window(period=period, last=last)
        attach_pending(run.pk)
        done = compute(run_id=run.pk, run_number=run.number, window=window, on_step=on_step)
        run.status = RunStatus.CALCULATED
        run.based_on = last
        run.window_from = window.opens
        run.snapshot = done.snapshot
        run.entry_count, run.partner_count = done.entries, done.partners
        run.digest = with_adjustments(done.digest, run_id=run.pk)
        run.calculated_at, run.calculated_by_id, run.calculated_label = now, actor.user_id, actor.label
        run.four_eyes = Program.current().four_eyes
        run.save()
        audit.record(action="run.calculated", actor=actor, now=now, target=run, data={"period": f"{period:%Y-%m}"})
    return run


def current_window(*, period: date, last: Run | None) -> Window:
    """Return the months that a run for ``period`` looks at, ``last`` being the last approved run."""
    months = Plan.objects.aggregate(most=Max("true_up_months"))["most"]
    return window_of(
        period=period,
        last_approved=last.period if last else None,
        first_period=Program.current().first_period,
        true_up_months=TRUE_UP_MONTHS_DEFAULT if months is None else months,
    )


def verify_run(run: Run) -> list[str]:
    """Return the differences between a calculated run and a full recompute, one line each; none is well."""
    with _one_snapshot():
        return differences_from_full(run_id=run.pk, window=current_window(period=run.period, last=run.based_on))


def open_draft(*, period: date, now: datetime) -> Run:
    """Return the undecided run of ``period``, made if there is none; refuse one not begun or closed."""
    if period > month_start(program_today(now)):
        raise DomainError("bad_month", _("This month has not begun."), field="period")
    _refuse_earlier_month(period, last_approved_run())
    with transaction.atomic():
        run = Run.objects.filter(period=period, status__in=[RunStatus.DRAFT, RunStatus.CALCULATED]).first()
        if run is None:
            run = Run(period=period, number=NumberSeries.take("run"), created_at=now)
            # A second caller that lost the race finds the winner's row: the partial unique index keeps it one.
            Run.objects.bulk_create([run], ignore_conflicts=True)
            run = Run.objects.get(period=period, status__in=[RunStatus.DRAFT, RunStatus.CALCULATED])
    return run


def approve_run(*, run: Run, actor: Actor, now: datetime, expected_digest: str | None = None) -> Run:
    """Approve a calculated run: post its entries, issue its statements, clear the change marks it dealt with.

    ``expected_digest`` is the fingerprint that the approver saw; it must be that of the entries as they stand.
    Raises :class:`DomainError` (not calculated, unfinished month, own work) or :class:`StaleError` (recalculate).
    """
    if not actor.has_role(InternalRole.FINANCE):
        raise NotAllowedError(_("Only finance approves commission runs."))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPROVING_LOCK])
        run = Run.objects.select_for_update().get(pk=run.pk)
        _refuse_unapprovable(run, expected_digest, today=program_today(now))
        refuse_second_eyes(run, actor)
        run.status = RunStatus.APPROVED
        run.decided_at, run.decided_by_id, run.decided_label = now, actor.user_id, actor.label
        run.four_eyes = Program.current().four_eyes  # as it is at the decision, not as it was at the calculation
        run.save()
        statements = issue_statements(run_id=run.pk, now=now)
        issue_self_billing(run_id=run.pk, on=program_today(now), now=now)
        merge_open_items(run.pk)
        clear_marks(snapshot=run.snapshot, period=run.period)
        data = {"period": f"{run.period:%Y-%m}", "entries": run.entry_count, "statements": statements}
        audit.record(
            action="run.approved", actor=actor, now=now, target=run,
            data={**data, "digest": run.digest, "four_eyes": run.four_eyes and actor.kind is ActorKind.INTERNAL},
        )  # fmt: skip
        outbox.publish(topic="commissions.run_approved", key=f"run:{run.public_id}", now=now, payload=data)
    return run


def with_adjustments(entries_digest: str, *, run_id: int) -> str:
    """Return the fingerprint of what is reviewed: the run's entries and the adjustments that joined it."""
    adjustments = adjustments_digest(run_id)
    return sha256(f"{entries_digest}{adjustments}".encode()).hexdigest() if adjustments else entries_digest


def reject_run(*, run: Run, actor: Actor, now: datetime, reason: str) -> Run:
    """Reject a calculated run with a reason; its entries stay readable and never count as posted."""
    if not actor.has_role(InternalRole.FINANCE):
        raise NotAllowedError(_("Only finance rejects commission runs."))
    if not reason.strip():
        raise DomainError("reason_required", _("Say why the run is rejected."), field="reason")
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run.pk)
        if run.status != RunStatus.CALCULATED:
            raise StaleError(_("This run is not waiting for a decision any more."))
        run.status = RunStatus.REJECTED
        run.decided_at, run.decided_by_id, run.decided_label = now, actor.user_id, actor.label
        run.decision_reason = reason.strip()
        run.save()
        release_adjustments(run.pk)
        audit.record(action="run.rejected", actor=actor, now=now, target=run, reason=run.decision_reason)
    return run


def refuse_second_eyes(run: Run, actor: Actor) -> None:
    """Four eyes: refuse an approver who calculated the run or changed what it is computed from.

    The shell stands outside; switching the program's setting off is shown on the run.
    """
    if actor.kind is ActorKind.OPERATOR or not Program.current().four_eyes:
        return
    if run.calculated_by_id == actor.user_id or by_key_of(actor.user_id, run.calculated_label):
        raise DomainError("four_eyes", _("You calculated this run. A second person must approve it."))
    changed = rule_changes_by(user_id=actor.user_id, since=run.based_on.decided_at if run.based_on else None)
    if changed:
        raise DomainError(
            "four_eyes",
            _("You changed rules, credits or adjustments since the last approval. Somebody else must approve."),
        )


def _refuse_earlier_month(period: date, last: Run | None) -> None:
    if last is not None and period < last.period:
        raise DomainError(
            "month_closed",
            _("%(month)s is before the last approved month, %(last)s.")
            % {"month": f"{period:%Y-%m}", "last": f"{last.period:%Y-%m}"},
        )


def _refuse_unapprovable(run: Run, expected_digest: str | None, *, today: date) -> None:
    """Refuse what is not waiting, not finished, stale, or not what was reviewed."""
    if run.status != RunStatus.CALCULATED:
        raise StaleError(_("This run is not waiting for a decision any more."))
    if (today.year, today.month) <= (run.period.year, run.period.month):
        raise DomainError("month_unfinished", _("A month can be approved only after its last day."))
    last = last_approved_run()
    if run.based_on_id != (last.pk if last else None):
        raise StaleError(_("Another run has been approved since this one was calculated. Recalculate it."))
    current = with_adjustments(digest_of(run.pk), run_id=run.pk)
    if current != run.digest or (expected_digest is not None and expected_digest != run.digest):
        raise StaleError(_("The entries are not the ones that you reviewed. Look at the run again."))


def _claim_or_refuse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [COMPUTING_LOCK])
        if not cursor.fetchone()[0]:
            raise RunGoingOnError


def _lock_undecided(run: Run) -> Run:
    """Lock a run that is about to be computed; refuse one that is decided, or is being decided at this moment.

    Not waiting is the point: after a decision the snapshot of this transaction is too old to go on with.
    """
    try:
        with transaction.atomic():
            run = Run.objects.select_for_update(nowait=True).get(pk=run.pk)
    except OperationalError as lost:
        if getattr(lost.__cause__, "sqlstate", None) not in {LOCK_NOT_AVAILABLE, SERIALIZATION_FAILURE}:
            raise
        raise StaleError(_("Somebody decides about this run at this moment. Look at it again.")) from lost
    if run.status not in {RunStatus.DRAFT, RunStatus.CALCULATED}:
        raise StaleError(_("This run has been decided meanwhile. Look at it again."))
    return run


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """Open the transaction of a computation: every statement in it reads the same state of the facts.

    Inside a caller's transaction (a test's) the caller's isolation stands.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
