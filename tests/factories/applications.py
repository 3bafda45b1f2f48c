"""Applications to become a partner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from partners.models import Application, ScreeningQuestion
from partners.services.applications.links import link_for
from partners.services.applications.submitting import Sent, confirm_application, submit_application

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
BEST = {"cloud_experience": 3, "customer_base": 3, "fit": 2, "willingness": 2}


def choices(points: dict[str, int]) -> dict[str, int]:
    """Return ids of the answers with these points, by question."""
    return {
        question.code: question.choices.get(points=points[question.code]).pk
        for question in ScreeningQuestion.objects.filter(valid__contains=NOW.date())
    }


def token_of(application: Application) -> str:
    """Return the token of an application's link."""
    return link_for(application).rstrip("/").rsplit("/", 1)[-1]


def make_application(
    *, confirmed: bool = True, points: dict[str, int] | None = None, now: datetime = NOW, **fields: Any
) -> Application:
    """Send in an application as the public form would, and confirm its address."""
    values = {
        "company": "Aurora Cloud Oy",
        "website": "www.aurora.example",
        "country": "FI",
        "type": "msp",
        "contact_name": "Aino Virta",
        "contact_email": "aino@aurora.example",
        "language": "en",
        **fields,
    }
    application = submit_application(sent=Sent(**values), answers=choices(points or BEST), now=now)
    if confirmed:
        application = confirm_application(token=token_of(application), now=now)
    return application
