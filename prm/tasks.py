"""The kernel's tasks."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from prm import outbox, rates_file
from prm.actors import OPERATOR
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


@shared_task(name="prm.fetch_rates", autoretry_for=(OSError,), retry_backoff=60, retry_kwargs={"max_retries": 5})
def fetch_rates() -> int:
    """Load the day's exchange rates where an address of them is set; safe to run twice."""
    if not settings.RATES_URL:
        return 0
    return rates_file.load(rates_file.fetch(settings.RATES_URL), actor=OPERATOR, now=timezone.now())
