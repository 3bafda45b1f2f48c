"""The kernel's tasks."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from prm import outbox
from prm.api import idempotency


@shared_task(name="prm.relay_outbox")
def relay_outbox() -> int:
    """Deliver what waits in the outbox."""
    return outbox.relay(now=timezone.now())


@shared_task(name="prm.purge_outbox")
def purge_outbox() -> int:
    """Forget messages delivered long ago."""
    return outbox.purge(now=timezone.now())


@shared_task(name="prm.forget_idempotency_keys")
def forget_idempotency_keys() -> int:
    """Forget answers that no repeated request will ask for any more."""
    return idempotency.forget(now=timezone.now())
