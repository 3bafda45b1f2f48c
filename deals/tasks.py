"""What runs by itself for deals."""

from django.utils import timezone

from deals.services.expiry import expire_registrations
from prm.celery import app


@app.task(name="deals.expire_registrations")
def expire_registrations_daily() -> None:
    """End what is over; safe to run twice."""
    expire_registrations(now=timezone.now())
