"""Changes of a partner's status: today's value and the history that “active on a past date” needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, PartnerStatus, StatusPeriod
from partners.services.activity import record_activity
from prm import audit
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import date, datetime

    from prm.actors import Actor


def begin_history(*, partner: Partner, on: date) -> StatusPeriod:
    """Write the first status period of a partner that was just made."""
    return StatusPeriod.objects.create(partner=partner, status=partner.status, valid_from=on)


def suspend_partner(*, partner_id: int, reason: str, actor: Actor, now: datetime) -> Partner:
    """Suspend an active partner: it sees everything, submits nothing, is paid nothing; money accrues.

    Raises ``StaleError`` when it is not active any more, ``DomainError`` without a reason and
    ``NotAllowedError`` for anybody but channel managers and administrators (partner rules, section 1).
    """
    return _change(
        partner_id=partner_id,
        change=(PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED),
        action="partner_suspended",
        reason=reason,
        actor=actor,
        now=now,
    )


def lift_suspension(*, partner_id: int, reason: str, actor: Actor, now: datetime) -> Partner:
    """Make a suspended partner active again; raises as ``suspend_partner`` does."""
    return _change(
        partner_id=partner_id,
        change=(PartnerStatus.SUSPENDED, PartnerStatus.ACTIVE),
        action="suspension_lifted",
        reason=reason,
        actor=actor,
        now=now,
    )


def _change(
    *,
    partner_id: int,
    change: tuple[PartnerStatus, PartnerStatus],
    action: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Partner:
    """Move a partner from one status to another, today in the program's time zone."""
    if not actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN):
        raise NotAllowedError
    reason = reason.strip()
    if not reason:
        raise DomainError("reason_missing", _("Say why. The partner's people read it."), field="reason")
    was, becomes = change
    with transaction.atomic():
        partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
        if partner.status != was:
            raise StaleError(
                _("%(partner)s is %(status)s by now.")
                % {"partner": partner.name, "status": partner.get_status_display().lower()}
            )
        partner.status = becomes
        partner.save(update_fields=["status"])
        _turn_page(partner, on=Program.current().day_of(now))
        record_activity(partner_id=partner.pk, kind=action, at=now, object_name=reason, user_id=actor.user_id)
        audit.record(action=action, actor=actor, now=now, target=partner, reason=reason)
    return partner


def _turn_page(partner: Partner, *, on: date) -> None:
    """Close the open status period on ``on`` and begin the next; one that began that day is voided."""
    periods = StatusPeriod.objects.filter(partner=partner)
    current = periods.filter(valid__contains=on).first()
    ends = current.valid_until if current is not None else None
    if current is not None and current.valid_from == on:
        current.status = partner.status
        current.save(update_fields=["status"])
        return
    if current is not None:
        current.valid_until = on
        current.save(update_fields=["valid_until"])
    StatusPeriod.objects.create(partner=partner, status=partner.status, valid_from=on, valid_until=ends)
