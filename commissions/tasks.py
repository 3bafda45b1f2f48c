"""What runs in the worker for commission."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from commissions.models import Run
from commissions.services.progress import forget_progress, note_progress
from commissions.services.runs import calculate_run
from prm.actors import Actor, ActorKind, Channel
from prm.celery import app
from prm.errors import DomainError
from prm.models import User


@app.task(name="commissions.calculate_run")
def calculate(*, number: int, period: str, user_id: int) -> None:
    """Calculate the run of ``period`` (ISO date of a month's first day) for the person who asked; safe to run twice.

    A refusal is noted for the page that waits; anything else is noted too, and raised for the log.
    """
    run = Run.objects.filter(number=number).first()
    if run is None or run.decided_at is not None:
        return  # decided in the meantime: nothing to calculate
    note_progress(number=number, state="running", now=timezone.now())
    try:
        calculate_run(period=date.fromisoformat(period), actor=_person(user_id), now=timezone.now())
    except DomainError as refusal:
        note_progress(number=number, state="failed", now=timezone.now(), sentence=str(refusal.sentence))
    except Exception:
        sentence = _("The calculation stopped with an error. Nothing was changed; the log says more.")
        note_progress(number=number, state="failed", now=timezone.now(), sentence=sentence)
        raise
    else:
        forget_progress(number=number)


def _person(user_id: int) -> Actor:
    """Return the person as they are now: roles taken away in the meantime do not count."""
    user = User.objects.get(pk=user_id, is_active=True)
    return Actor(
        kind=ActorKind.INTERNAL,
        channel=Channel.CONSOLE,
        user_id=user.pk,
        label=str(user),
        internal_roles=frozenset(user.roles),
    )
