"""The only way to the outside world: a row in the caller's transaction, relayed by a task.

A message is delivered at least once and, among messages of one key, in the order in which they were written; one
that keeps failing holds back its own key only, is tried with growing pauses and is given up after
``MAX_ATTEMPTS``, visibly (``failed_at``, ``last_error``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from prm.models import OutboxMessage

if TYPE_CHECKING:
    from datetime import datetime

Handler = Callable[[OutboxMessage], None]

MAX_ATTEMPTS = 12
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=12)
KEPT_FOR = timedelta(days=90)

_HANDLERS: dict[str, list[Handler]] = {}


def publish(*, topic: str, payload: dict[str, Any], now: datetime, key: str = "") -> OutboxMessage:
    """Write a message for the relay; ``key`` keeps messages about one object in order."""
    return OutboxMessage.objects.create(topic=topic, key=key, payload=payload, created_at=now, available_at=now)


def subscribe(topic: str, handler: Handler) -> None:
    """Have ``handler`` called with every message of ``topic``; filled in ``AppConfig.ready``.

    A handler may be called again for the same message after a crash; ``public_id`` lets the receiver tell.
    """
    _HANDLERS.setdefault(topic, []).append(handler)


def relay(*, now: datetime, limit: int = 500) -> int:
    """Deliver up to ``limit`` waiting messages and return how many were; safe to run beside itself."""
    delivered = 0
    for _turn in range(limit):
        outcome = _relay_next(now)
        if outcome is None:
            break
        delivered += outcome
    return delivered


def purge(*, now: datetime) -> int:
    """Delete messages that were delivered more than ``KEPT_FOR`` ago; return how many."""
    return OutboxMessage.objects.filter(sent_at__lt=now - KEPT_FOR).delete()[0]


def _relay_next(now: datetime) -> bool | None:
    """Deliver the next waiting message: whether it went out, or None where none waits."""
    with transaction.atomic():
        earlier = OutboxMessage.objects.filter(
            key=OuterRef("key"), pk__lt=OuterRef("pk"), sent_at__isnull=True, failed_at__isnull=True
        ).exclude(key="")
        message = (
            OutboxMessage.objects.filter(
                ~Exists(earlier), sent_at__isnull=True, failed_at__isnull=True, available_at__lte=now
            )
            .order_by("pk")
            .select_for_update(skip_locked=True)
            .first()
        )
        if message is None:
            return None
        message.attempts += 1
        error = _deliver(message)
        if error is None:
            message.sent_at, message.last_error = now, ""
        else:
            message.last_error = error
            if message.attempts >= MAX_ATTEMPTS:
                message.failed_at = now
            else:
                pause = min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
                message.available_at = now + pause
        message.save(update_fields=["attempts", "sent_at", "failed_at", "last_error", "available_at"])
        return error is None


def _deliver(message: OutboxMessage) -> str | None:
    """Call the handlers of the message's topic; return what went wrong, or None. Nobody listening is no fault."""
    try:
        with transaction.atomic():
            for handler in _HANDLERS.get(message.topic, ()):
                handler(message)
    except Exception as error:  # noqa: BLE001 - whatever a receiver does, the row remembers it and the relay goes on
        return f"{type(error).__name__}: {error}"[:2000]
    return None
