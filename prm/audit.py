"""Writes the audit trail, in the transaction of the act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prm.models import AuditEvent

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from prm.actors import Actor


def record(
    *,
    action: str,
    actor: Actor,
    now: datetime,
    target: Model | None = None,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write that ``actor`` did ``action`` to ``target`` at ``now``, and why."""
    return AuditEvent.objects.create(
        at=now,
        user_id=actor.user_id,
        actor=actor.label or actor.kind.value,
        channel=actor.channel.value,
        action=action,
        object_type=target._meta.label_lower if target is not None else "",  # noqa: SLF001 - Django's own documented API
        object_id=target.pk if target is not None else None,
        reason=reason,
        data=data or {},
    )
