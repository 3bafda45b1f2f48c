"""Runs before they are calculated: opening one, asking for its calculation, refusing a month that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from commissions.models import Calculation, Run, RunStatus
from commissions.queries.approval import last_approved_run
from prm.calendar_days import program_today
from prm.errors import DomainError, StaleError
from prm.models import NumberSeries
from prm.months import month_start

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.actors import Actor

# SQLSTATE of a lock that somebody else holds, and of a row that changed after the snapshot.
LOCK_NOT_AVAILABLE = "55P03"
SERIALIZATION_FAILURE = "40001"


class RunGoingOnError(DomainError):
    """Another computation is under way."""

    def __init__(self) -> None:
        super().__init__("run_going_on", _("A commission run is being calculated already. Wait until it has ended."))


def open_draft(*, period: date, now: datetime) -> Run:
    """Return the undecided run of ``period``, made if there is none; refuse one not begun or closed."""
    if period > month_start(program_today(now)):
        raise DomainError("bad_month", _("This month has not begun."), field="period")
    refuse_earlier_month(period, last_approved_run())
    with transaction.atomic():
        run = Run.objects.filter(period=period, status__in=[RunStatus.DRAFT, RunStatus.CALCULATED]).first()
        if run is None:
            run = Run(period=period, number=NumberSeries.take("run"), created_at=now)
            # A second caller that lost the race finds the winner's row: the partial unique index keeps it one.
            Run.objects.bulk_create([run], ignore_conflicts=True)
            run = Run.objects.get(period=period, status__in=[RunStatus.DRAFT, RunStatus.CALCULATED])
    return run


def ask_for_run(*, period: date, actor: Actor, now: datetime, full: bool = False) -> Run:
    """Open the run of ``period`` and note who asked for its calculation: it is taken up again if a worker dies."""
    run = open_draft(period=period, now=now)
    Calculation.objects.update_or_create(
        run=run, defaults={"asked_at": now, "asked_by_id": actor.user_id, "failure": "", "is_full": full}
    )
    return run


def note_failure(*, run: Run, sentence: str) -> None:
    """Note why a calculation ended without a result, until somebody asks again."""
    Calculation.objects.filter(run=run).update(failure=sentence)


def refuse_earlier_month(period: date, last: Run | None) -> None:
    """Refuse a month before the last approved one."""
    if last is not None and period < last.period:
        raise DomainError(
            "month_closed",
            _("%(month)s is before the last approved month, %(last)s.")
            % {"month": f"{period:%Y-%m}", "last": f"{last.period:%Y-%m}"},
        )


def lock_undecided(run: Run) -> Run:
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
