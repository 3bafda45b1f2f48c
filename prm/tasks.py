"""The kernel's tasks."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from prm import outbox


@shared_task(name="prm.relay_outbox")
def relay_outbox() -> int:
    """Deliver what waits in the outbox."""
    return outbox.relay(now=timezone.now())


@shared_task(name="prm.purge_outbox")
def purge_outbox() -> int:
    """Forget messages delivered long ago."""
    return outbox.purge(now=timezone.now())
