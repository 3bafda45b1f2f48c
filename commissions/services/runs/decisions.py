"""Approves and rejects commission runs (commission rules, section 5)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from commissions.batch.digest import digest_of
from commissions.batch.parking import keep_parked_marked
from commissions.batch.self_billing import issue_self_billing
from commissions.batch.standing import merge_open_items
from commissions.batch.statements import clear_marks, issue_statements
from commissions.models import Run, RunStatus
from commissions.queries.approval import is_by_key, keys_made_by, last_approved_run, rule_changes_by
from commissions.services.adjustments import adjustments_digest, release_adjustments
from prm import audit, outbox
from prm.actors import Actor, ActorKind, InternalRole
from prm.calendar_days import program_today
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import date, datetime

APPROVING_LOCK = 7_202
"""Advisory lock, program-wide: one approval at a time."""


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
        keep_parked_marked(run_id=run.pk)
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


def refuse_second_eyes(run: Run, actor: Actor, *, four_eyes: bool | None = None) -> None:
    """Four eyes: refuse an approver who calculated the run or changed what it is computed from.

    The shell stands outside; switching the program's setting off is shown on the run. ``four_eyes`` is the setting,
    for a page that has read it.
    """
    wanted = Program.current().four_eyes if four_eyes is None else four_eyes
    if actor.kind is ActorKind.OPERATOR or not wanted:
        return
    keys = keys_made_by(actor.user_id)
    if run.calculated_by_id == actor.user_id or is_by_key(run.calculated_label, keys):
        raise DomainError("four_eyes", _("You calculated this run. A second person must approve it."))
    changed = rule_changes_by(user_id=actor.user_id, since=run.based_on.decided_at if run.based_on else None, keys=keys)
    if changed:
        raise DomainError(
            "four_eyes",
            _("You changed rules, credits or adjustments since the last approval. Somebody else must approve."),
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
    current = with_adjustments(digest_of(run.pk).digest, run_id=run.pk)
    if current != run.digest or (expected_digest is not None and expected_digest != run.digest):
        raise StaleError(_("The entries are not the ones that you reviewed. Look at the run again."))
