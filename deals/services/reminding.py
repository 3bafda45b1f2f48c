"""The daily letters: protection that ends soon, deals on which nothing is reported. Each goes out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from deals.models import Registration, RegistrationStatus, Reminder
from deals.policy import end_warning
from deals.queries.protection import is_inactive, last_update, to_remind
from deals.queries.rules import rules_in_force
from deals.services.holding import lock_registration
from deals.services.telling import remind_manager, remind_partner
from deals.services.trail import Act, write_change
from prm.actors import RULE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from deals.policy import RuleSettings

CHUNK = 500

KINDS = {
    Reminder.Kind.ENDS: "ends_soon",
    Reminder.Kind.INACTIVE: "inactive",
    Reminder.Kind.RELEASE: "release_due",
}
"""The change that history and the outbox name for a letter."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many letters of each kind a run wrote."""

    ends: int = 0
    inactive: int = 0
    release: int = 0


def remind_of_protection(*, now: datetime) -> Reminded:
    """Write every letter that is due at ``now``, one registration a transaction. Safe to run twice, and beside itself.

    14 and 3 days before the end the partner is warned; 30 days without an update both sides are, 45 days put it
    before the manager. A letter is about its cause: after an extension or an update it may be due again.
    """
    settings = rules_in_force(now=now)
    counts = dict.fromkeys(Reminder.Kind, 0)
    after = 0
    while chunk := to_remind(settings=settings, now=now, after=after, limit=CHUNK):
        for registration_id in chunk:
            with transaction.atomic():
                for kind in _remind(registration_id, settings=settings, now=now):
                    counts[kind] += 1
        after = chunk[-1]
    return Reminded(*(counts[kind] for kind in Reminder.Kind))


def _remind(registration_id: int, *, settings: RuleSettings, now: datetime) -> list[Reminder.Kind]:
    """Write what is due about one registration, looked at again under its customer's lock."""
    registration = lock_registration(registration_id=registration_id, actor=RULE, version=None)
    window = registration.protected
    if registration.status != RegistrationStatus.APPROVED or not window or window.upper is None or window.upper <= now:
        return []
    written = []
    for reminder in _due(registration, settings=settings, now=now):
        if _went_out(reminder):
            continue
        reminder.save()
        data = {"days": reminder.days, "about": reminder.about.isoformat()}
        kind = KINDS[Reminder.Kind(reminder.kind)]
        write_change(registration, kind=kind, came_from=registration.status, act=Act(RULE, now, data=data))
        remind_partner(registration, reminder, now=now)
        if reminder.kind != Reminder.Kind.ENDS:
            remind_manager(registration, reminder, now=now)
        written.append(Reminder.Kind(reminder.kind))
    return written


def _due(registration: Registration, *, settings: RuleSettings, now: datetime) -> Iterator[Reminder]:
    """Yield the letters that are due, whether they went out or not."""
    window, last = registration.protected, last_update(registration)
    until = window.upper if window is not None else now
    days = end_warning(until=until, now=now, days=settings.end_warning_days)
    if days is not None:
        yield Reminder(registration=registration, kind=Reminder.Kind.ENDS, days=days, about=until, at=now)
    for kind, limit in (
        (Reminder.Kind.RELEASE, settings.inactive_release_days),
        (Reminder.Kind.INACTIVE, settings.inactive_warning_days),
    ):
        if last is not None and is_inactive(registration, days=limit, now=now):
            yield Reminder(registration=registration, kind=kind, days=limit, about=last, at=now)
            return  # who was not warned in time is not warned twice at once


def _went_out(reminder: Reminder) -> bool:
    sent = Reminder.objects.filter(registration=reminder.registration, kind=reminder.kind, about=reminder.about)
    return sent.filter(days__lte=reminder.days).exists()
