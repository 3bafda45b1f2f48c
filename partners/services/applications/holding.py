"""What every act on an application does: lock it, go one step, write the note, the audit trail and the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from partners.models import Application, ApplicationNote, ApplicationStatus, PartnerSettings
from partners.policy.applications import OPEN, may_go
from partners.services.applications.links import link_for
from prm import audit, mail
from prm.errors import StaleError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


def lock_application(application_id: int) -> Application:
    """Return the application, locked until the end of the transaction."""
    return Application.objects.select_for_update(no_key=True).get(pk=application_id)


def go(application: Application, to: ApplicationStatus) -> None:
    """Take one step; raises ``StaleError`` where the table has none: somebody else was first."""
    if not may_go(application.status, to):
        raise _in_another_state(application)
    application.status = to


def require_open(application: Application) -> None:
    """Raise ``StaleError`` for an application that is decided, or nobody's to see yet."""
    if application.status not in OPEN:
        raise _in_another_state(application)


def _in_another_state(application: Application) -> StaleError:
    return StaleError(
        _("The application of %(company)s is in another state by now: %(status)s.")
        % {"company": application.company, "status": application.get_status_display()}
    )


def note(application: Application, kind: str, *, actor: Actor, now: datetime, text: str = "") -> None:
    """Write a line of the application's history and of the audit trail."""
    label = actor.label or (application.contact_name if actor.user_id is None else actor.kind.value)
    ApplicationNote.objects.create(application=application, at=now, actor=label, kind=kind, text=text)
    audit.record(action=f"application.{kind}", actor=actor, now=now, target=application, reason=text)


def tell_applicant(application: Application, name: str, *, now: datetime, text: str = "") -> None:
    """Write the mail ``application_<name>`` to the applicant, in the language of the form that was filled in."""
    mail.send_written(
        f"application_{name}",
        to=application.contact_email,
        language=application.language,
        values={"application": application, "text": text, "link": link_for(application)},
        now=now,
        key=f"application:{application.pk}",
    )


def due_at(*, now: datetime) -> datetime:
    """Return by when an application that reached us now is decided."""
    hours = Program.current().business_hours
    return hours.add_days(now, PartnerSettings.current().application_business_days)
