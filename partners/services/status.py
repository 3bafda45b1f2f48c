"""What channel managers do about a partner's status, each act with its reason (partner rules, section 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, PartnerStatus
from partners.services.activity import record_activity
from partners.services.history import begin_history, step
from prm import audit
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.actors import Actor

__all__ = ["begin_history", "lift_suspension", "require_manager", "suspend_partner", "terminate_partner"]


def suspend_partner(*, partner_id: int, reason: str, actor: Actor, now: datetime) -> Partner:
    """Suspend an active partner: it sees everything, submits nothing, is paid nothing; money accrues.

    Raises ``StaleError`` when it is not active any more, ``DomainError`` without a reason and
    ``NotAllowedError`` for anybody but channel managers and administrators (partner rules, section 1).
    """
    said = _reason(reason, actor)
    with transaction.atomic():
        partner = lock_partner(partner_id)
        step(partner, to=PartnerStatus.SUSPENDED, on=Program.current().day_of(now))
        _write(partner, action="partner_suspended", reason=said, actor=actor, now=now)
    return partner


def lift_suspension(*, partner_id: int, reason: str, actor: Actor, now: datetime) -> Partner:
    """Make a suspended partner active again; raises as ``suspend_partner`` does."""
    said = _reason(reason, actor)
    with transaction.atomic():
        partner = lock_partner(partner_id)
        today = Program.current().day_of(now)
        step(partner, to=PartnerStatus.ACTIVE, on=today, came_from=PartnerStatus.SUSPENDED)
        _write(partner, action="suspension_lifted", reason=said, actor=actor, now=now)
    return partner


def terminate_partner(*, partner_id: int, credits_end_on: date, reason: str, actor: Actor, now: datetime) -> Partner:
    """End a partnership today; its deal credits end on ``credits_end_on``, the first day without commission.

    Statements alone stay open to the partner. An active partner is suspended in the same moment, since the table of
    steps knows no shorter way. Raises as ``suspend_partner`` does, and ``DomainError`` for a day that is past: what was
    earned before today was earned.
    """
    said = _reason(reason, actor)
    today = Program.current().day_of(now)
    if credits_end_on < today:
        raise DomainError("day_past", _("Credits can end today or later, not in the past."), field="credits_end_on")
    with transaction.atomic():
        partner = lock_partner(partner_id)
        if partner.status == PartnerStatus.ACTIVE:
            step(partner, to=PartnerStatus.SUSPENDED, on=today)
        step(partner, to=PartnerStatus.TERMINATED, on=today)
        partner.credits_end_on = credits_end_on
        partner.save(update_fields=["credits_end_on"])
        _write(partner, action="partner_terminated", reason=said, actor=actor, now=now)
    return partner


def lock_partner(partner_id: int) -> Partner:
    """Return the partner, locked until the end of the transaction."""
    return Partner.objects.select_for_update(no_key=True).get(pk=partner_id)


def require_manager(actor: Actor) -> None:
    """Refuse anybody but channel managers and administrators."""
    if not actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN):
        raise NotAllowedError


def _reason(reason: str, actor: Actor) -> str:
    require_manager(actor)
    said = reason.strip()
    if not said:
        raise DomainError("reason_missing", _("Say why. The partner's people read it."), field="reason")
    return said


def _write(partner: Partner, *, action: str, reason: str, actor: Actor, now: datetime) -> None:
    record_activity(partner_id=partner.pk, kind=action, at=now, object_name=reason, user_id=actor.user_id)
    data = {"credits_end_on": str(partner.credits_end_on)} if partner.credits_end_on else {}
    audit.record(action=action, actor=actor, now=now, target=partner, reason=reason, data=data)
