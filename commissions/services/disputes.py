"""Disputes (commission rules, section 5): asked within the days of a statement, answered by money or a reason.

Whose turn it is stands in the status; while the partner is asked something the clock of the answer stands still.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commissions.models import Dispute, DisputeAct, DisputeMessage, DisputeOutcome, DisputeStatus
from commissions.services.adjustments import About, add_adjustment
from commissions.services.dispute_news import tell
from prm import audit, formats
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error
from prm.models import NumberSeries, Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from decimal import Decimal

    from commissions.models import Adjustment
    from commissions.queries.subjects import Subject
    from prm.actors import Actor

LONGEST_TEXT = 5000
"""Characters."""

ANSWERERS = (InternalRole.FINANCE, InternalRole.CHANNEL_MANAGER)


def last_day(subject: Subject | Dispute, program: Program) -> date:
    """Return the last day on which it may be asked: counted from the statement, else from the run's approval."""
    run, statement = subject.run, subject.statement
    since = statement.issued_at if statement is not None else run.decided_at or run.created_at
    return program.day_of(since) + timedelta(days=program.dispute_cutoff_days)


def open_dispute(*, subject: Subject, text: str, actor: Actor, now: datetime) -> Dispute:
    """Ask about ``subject`` for the actor's partner; the answer is due in the program's business days.

    Raises :class:`DomainError` after the last day, and where the same is asked about and not closed.
    """
    if actor.partner_id is None or not (actor.is_partner and actor.sees_money):
        raise NotAllowedError(_("Only owners and finance of a partner ask about its commission."))
    said = _said(text)
    program = Program.current()
    _refuse_late(subject, program, now)
    with transaction.atomic(), _constraints():
        dispute = Dispute.objects.create(
            number=f"D-{NumberSeries.take('dispute'):06}",
            partner_id=actor.partner_id,
            run=subject.run,
            statement=subject.statement,
            subscription_id=subject.subscription_id,
            kind=subject.kind,
            currency=subject.currency,
            earned_period=subject.earned_period,
            amount=subject.amount,
            opened_at=now,
            opened_by_id=actor.user_id,
            opened_label=actor.label,
            due_at=_due(program, now),
        )
        _write(dispute, DisputeAct.OPENED, said, actor=actor, now=now)
    return dispute


def reply(*, dispute_id: int, text: str, actor: Actor, now: datetime, version: int | None = None) -> Dispute:
    """Add to the thread. The partner's word starts the clock again where it had been asked; ours asks the partner."""
    said = _said(text)
    with transaction.atomic():
        dispute = _lock(dispute_id, actor, version)
        _refuse_closed(dispute)
        hours = Program.current().business_hours
        if actor.is_partner:
            act = DisputeAct.REPLIED
            if dispute.status == DisputeStatus.WAITING_FOR_PARTNER and dispute.time_left is not None:
                dispute.due_at, dispute.time_left = hours.add(now, dispute.time_left), None
            dispute.status = DisputeStatus.OPEN
        else:
            _refuse_strangers(actor)
            act = DisputeAct.ASKED
            if dispute.due_at is not None:
                dispute.time_left = hours.between(now, dispute.due_at)
                dispute.due_at = None
            dispute.status = DisputeStatus.WAITING_FOR_PARTNER
        _write(dispute, act, said, actor=actor, now=now)
    return dispute


def explain_dispute(
    *, dispute_id: int, reason: str, actor: Actor, now: datetime, version: int | None = None
) -> Dispute:
    """Answer with a reason: nothing is posted."""
    said = _said(reason)
    with transaction.atomic():
        dispute = _lock(dispute_id, actor, version)
        _refuse_closed(dispute)
        _refuse_strangers(actor)
        _close(dispute, DisputeStatus.ANSWERED, DisputeOutcome.EXPLAINED, actor=actor, now=now)
        _write(dispute, DisputeAct.ANSWERED, said, actor=actor, now=now)
    return dispute


def adjust_dispute(
    *,
    dispute_id: int,
    amount: Decimal,
    reason: str,
    settles: bool = False,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Dispute:
    """Answer with money: an adjustment in the dispute's currency that joins the next run, and needs its approval.

    With ``settles`` it counts as posted for the key in question, so that no run posts the same once more.
    """
    said = _said(reason)
    with transaction.atomic():
        dispute = _lock(dispute_id, actor, version)
        _refuse_closed(dispute)
        _refuse_strangers(actor)
        adjustment = add_adjustment(
            partner=dispute.partner,
            currency=dispute.currency,
            amount=amount,
            reason=f"{dispute.number}: {said}",
            about=About(subscription=dispute.subscription, kind=dispute.kind, earned_period=dispute.earned_period),
            settles=settles,
            actor=actor,
            now=now,
        )
        _close(dispute, DisputeStatus.ANSWERED, DisputeOutcome.ADJUSTED, actor=actor, now=now)
        _write(dispute, DisputeAct.ANSWERED, said, actor=actor, now=now, adjustment=adjustment)
    return dispute


def withdraw_dispute(
    *, dispute_id: int, text: str = "", actor: Actor, now: datetime, version: int | None = None
) -> Dispute:
    """Take the question back; the thread stays."""
    with transaction.atomic():
        dispute = _lock(dispute_id, actor, version)
        _refuse_closed(dispute)
        if not actor.is_partner:
            raise NotAllowedError(_("Only the partner takes its question back."))
        _close(dispute, DisputeStatus.WITHDRAWN, "", actor=actor, now=now)
        _write(dispute, DisputeAct.WITHDREW, _said(text, may_be_empty=True), actor=actor, now=now)
    return dispute


def reopen_dispute(*, dispute_id: int, text: str, actor: Actor, now: datetime, version: int | None = None) -> Dispute:
    """Ask again about what was answered or withdrawn, within the days of the statement; the clock begins anew."""
    said = _said(text)
    program = Program.current()
    with transaction.atomic(), _constraints():
        dispute = _lock(dispute_id, actor, version)
        if not actor.is_partner:
            raise NotAllowedError(_("Only the partner asks again."))
        if dispute.is_going_on:
            raise StaleError(_("This question is open already."))
        _refuse_late(dispute, program, now)
        dispute.status, dispute.outcome = DisputeStatus.OPEN, ""
        dispute.closed_at, dispute.closed_label = None, ""
        dispute.due_at = _due(program, now)
        _write(dispute, DisputeAct.REOPENED, said, actor=actor, now=now)
    return dispute


def _due(program: Program, now: datetime) -> datetime:
    return program.business_hours.add_days(now, program.dispute_sla_business_days)


def _said(text: str, *, may_be_empty: bool = False) -> str:
    said = text.strip()
    if not said and not may_be_empty:
        raise DomainError("text_required", _("Write what you want to say."), field="text")
    if len(said) > LONGEST_TEXT:
        raise DomainError("too_long", _("Say it in at most 5,000 characters."), field="text")
    return said


def _lock(dispute_id: int, actor: Actor, version: int | None) -> Dispute:
    """Lock the dispute if the actor may see it and it is as the actor saw it."""
    visible = Dispute.objects.visible_to(actor).select_for_update(of=("self",))
    dispute = visible.select_related("run", "statement", "partner", "subscription").filter(pk=dispute_id).first()
    if dispute is None:
        raise NotAllowedError
    if version is not None and dispute.version != version:
        raise StaleError(_("Somebody has written in the meantime. Read it first."))
    return dispute


def _refuse_closed(dispute: Dispute) -> None:
    if not dispute.is_going_on:
        raise StaleError(_("This question is closed."))


def _refuse_strangers(actor: Actor) -> None:
    if not actor.has_role(*ANSWERERS):
        raise NotAllowedError(_("Finance and channel managers answer disputes."))


def _refuse_late(subject: Subject | Dispute, program: Program, now: datetime) -> None:
    last = last_day(subject, program)
    if program.day_of(now) > last:
        raise DomainError(
            "too_late",
            _("A statement may be questioned for %(days)s days. The last was %(day)s; write to your channel manager.")
            % {"days": program.dispute_cutoff_days, "day": formats.day(last)},
        )


def _close(dispute: Dispute, status: str, outcome: str, *, actor: Actor, now: datetime) -> None:
    dispute.status, dispute.outcome = status, outcome
    dispute.closed_at, dispute.closed_label = now, actor.label
    dispute.due_at = dispute.time_left = None


def _write(
    dispute: Dispute,
    act: DisputeAct,
    text: str,
    *,
    actor: Actor,
    now: datetime,
    adjustment: Adjustment | None = None,
) -> None:
    """Save the change with its message, its place in the audit trail, and the news of it."""
    if act != DisputeAct.OPENED:
        dispute.version += 1
        dispute.save()
    message = DisputeMessage.objects.create(
        dispute=dispute,
        at=now,
        act=act,
        from_partner=actor.is_partner,
        author_id=actor.user_id,
        author_label=actor.label or actor.kind.value,
        text=text,
        adjustment=adjustment,
    )
    audit.record(action=f"dispute.{act}", actor=actor, now=now, target=dispute, data={"number": dispute.number})
    tell(dispute, message, now=now)


@contextmanager
def _constraints() -> Iterator[None]:
    """Say in words what the database refuses: the same is asked about already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise as_domain_error(error) from error
