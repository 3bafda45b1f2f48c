"""The only way to the outside world: a row in the caller's transaction, relayed by a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prm.models import OutboxMessage

if TYPE_CHECKING:
    from datetime import datetime


def publish(*, topic: str, payload: dict[str, Any], now: datetime, key: str = "") -> OutboxMessage:
    """Write a message for the relay; ``key`` keeps messages about one object in order."""
    return OutboxMessage.objects.create(topic=topic, key=key, payload=payload, created_at=now, available_at=now)
