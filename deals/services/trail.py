"""Writes down a registration's change: its history, the audit trail, the outbox, the partner's log and its mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from deals.models import Registration, RegistrationEvent
from deals.services.telling import tell_partner
from partners.services import record_activity
from prm import audit, outbox
from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from prm.actors import Actor

ACTIVITY_OF = {
    "submitted": "registration_submitted",
    "approved": "registration_approved",
    "stage_moved_forward": "stage_moved_forward",
    "won": "deal_won",
}
"""Changes that the partner's activity log keeps (partner rules, section 3)."""

LONGEST_REASON = 5000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who changes something, when, and why."""

    actor: Actor
    now: datetime
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def write_change(registration: Registration, *, kind: str, came_from: str, act: Act, went_to: str = "") -> None:
    """Write that ``registration`` changed by ``kind`` from the state ``came_from`` to its present one.

    ``went_to`` names the state where the change was one of several in the same moment.
    Runs in the transaction of the change. Nothing of another partner may stand in ``act.reason``: the
    registration's own partner reads it. Raises ``DomainError`` where it is longer than anybody reads.
    """
    if len(act.reason) > LONGEST_REASON:
        raise DomainError("too_long", _("Say it in at most 5,000 characters."), field="reason")
    actor, status = act.actor, went_to or registration.status
    RegistrationEvent.objects.create(
        registration=registration,
        at=act.now,
        kind=kind,
        from_status=came_from,
        to_status=status,
        user_id=actor.user_id,
        actor=actor.label or actor.kind.value,
        by_partner=actor.is_partner and actor.partner_id == registration.holder_id,
        channel=actor.channel.value,
        reason=act.reason,
        data=dict(act.data),
    )
    audit.record(
        action=f"registration.{kind}",
        actor=actor,
        now=act.now,
        target=registration,
        reason=act.reason,
        data={"from": came_from, "to": status, **act.data},
    )
    outbox.publish(
        topic=f"registration.{kind}",
        key=f"registration:{registration.public_id}",
        payload={
            "registration": str(registration.public_id),
            "reference": registration.reference,
            "partner": registration.holder_id,
            "from": came_from,
            "to": status,
            "at": act.now.isoformat(),
        },
        now=act.now,
    )
    if actor.partner_id != registration.holder_id:
        tell_partner(registration, kind=kind, reason=act.reason, now=act.now)
    if activity := ACTIVITY_OF.get(kind):
        record_activity(
            partner_id=registration.holder_id,
            kind=activity,
            at=act.now,
            object_name=registration.customer_name,
            user_id=actor.user_id,
        )
