"""The daily sweep: what is over expires, what waited or stayed unanswered too long is withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from deals.models import Registration, RegistrationStatus
from deals.services.holding import lock_registration
from deals.services.line import expire_overdue
from deals.services.progress import close
from deals.services.trail import Act
from prm.actors import RULE

if TYPE_CHECKING:
    from datetime import datetime

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How many registrations a sweep ended."""

    expired: int
    withdrawn: int


def expire_registrations(*, now: datetime) -> Swept:
    """End what is over at ``now``, one customer a transaction. Safe to run twice, and beside itself.

    Each is looked at again under its customer's lock: one that somebody extended, answered or won in
    the meantime is left alone.
    """
    expired = withdrawn = 0
    after = 0
    while chunk := _over(now=now, after=after):
        for registration_id in chunk:
            with transaction.atomic():
                ended = _end(registration_id, now=now)
            expired += ended.expired
            withdrawn += ended.withdrawn
        after = chunk[-1]
    return Swept(expired, withdrawn)


def _over(*, now: datetime, after: int) -> list[int]:
    protection_ended = Q(status=RegistrationStatus.APPROVED, protected__endswith__lte=now)
    unanswered = Q(status__in=(RegistrationStatus.RETURNED, RegistrationStatus.WAITING), due_at__lte=now)
    return list(
        Registration.objects.filter(protection_ended | unanswered, pk__gt=after)
        .order_by("pk")
        .values_list("pk", flat=True)[:CHUNK]
    )


def _end(registration_id: int, *, now: datetime) -> Swept:
    registration = lock_registration(registration_id=registration_id, actor=RULE, version=None)
    if registration.status == RegistrationStatus.APPROVED and registration.account_id is not None:
        over = expire_overdue(account_id=registration.account_id, family_id=registration.family_id, now=now)
        return Swept(len(over), 0)
    is_over = registration.due_at is not None and registration.due_at <= now
    reasons = {
        RegistrationStatus.RETURNED: _("Our question was not answered in time."),
        RegistrationStatus.WAITING: _("It waited in line as long as the program allows."),
    }
    reason = reasons.get(RegistrationStatus(registration.status))
    if not is_over or reason is None:
        return Swept(0, 0)
    close(
        registration,
        to=RegistrationStatus.WITHDRAWN,
        kind="withdrawn",
        act=Act(RULE, now, reason=reason),
    )
    return Swept(0, 1)
