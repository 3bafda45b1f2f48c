"""Carries out what a person answers through the link in a reminder, by the services that portal and API call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.services.mail_links import open_link
from deals.services.progress import add_note, set_stage, withdraw_registration
from prm import audit
from prm.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime

    from deals.models import Registration


def answer_link(token: str, *, act: str, text: str, stage: str, version: int, now: datetime) -> Registration:
    """Do what was asked through the link: still at work, a note, another stage, or withdrawn.

    Raises ``LinkError``, and what the services of the portal raise.
    """
    opened = open_link(token, now=now)
    actor, pk = opened.actor, opened.registration.pk
    with transaction.atomic():
        if act == "alive":
            said = text or _("Still working on it.")
            done = add_note(registration_id=pk, actor=actor, now=now, version=version, text=said)
        elif act == "note":
            done = add_note(registration_id=pk, actor=actor, now=now, version=version, text=text)
        elif act == "stage":
            done = set_stage(registration_id=pk, actor=actor, now=now, version=version, stage=stage)
        elif act == "withdraw":
            done = withdraw_registration(registration_id=pk, actor=actor, now=now, version=version, reason=text)
        else:
            raise DomainError("unknown_act", _("Choose one of the actions on the page."))
        audit.record(action="mail_link.used", actor=actor, now=now, target=done, data={"act": act})
    return done
