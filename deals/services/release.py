"""Ends what a partner holds without its doing: released for want of progress, revoked with the partnership."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import LIVE_STATUSES, Registration, RegistrationStatus
from deals.queries.protection import is_inactive
from deals.queries.rules import rules_in_force
from deals.services.decisions import require_decider, require_reason
from deals.services.holding import lock_registration
from deals.services.progress import close
from deals.services.trail import Act
from partners.models import PartnerStatus
from prm.actors import RULE
from prm.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor

CHUNK = 500


def release_registration(
    *, registration_id: int, actor: Actor, now: datetime, version: int | None, reason: str
) -> Registration:
    """Release a protected customer on whom nothing was reported for long; the next in line may be decided.

    Raises ``DomainError`` when it is not protected, or was worked on within the days of the settings.
    """
    require_decider(actor)
    require_reason(reason)
    with transaction.atomic():
        registration = lock_registration(registration_id=registration_id, actor=actor, version=version)
        if registration.status != RegistrationStatus.APPROVED:
            raise DomainError("wrong_state", _("Only a protected customer can be released."))
        days = rules_in_force(now=now).inactive_release_days
        if not is_inactive(registration, days=days, now=now):
            raise DomainError("still_active", _("It was worked on within the last %(days)s days.") % {"days": days})
        close(registration, to=RegistrationStatus.REVOKED, kind="released", act=Act(actor, now, reason=reason.strip()))
    return registration


def revoke_of_terminated(*, now: datetime) -> int:
    """Revoke the live registrations of partners whose partnership ended; return how many.

    One registration a transaction, looked at again under its customer's lock: safe to run twice, and beside itself.
    """
    revoked = after = 0
    while chunk := _of_terminated(after):
        for registration_id in chunk:
            with transaction.atomic():
                revoked += _revoke(registration_id, now=now)
        after = chunk[-1]
    return revoked


def _of_terminated(after: int) -> list[int]:
    return list(
        Registration.objects.filter(status__in=LIVE_STATUSES, holder__status=PartnerStatus.TERMINATED, pk__gt=after)
        .order_by("pk")
        .values_list("pk", flat=True)[:CHUNK]
    )


def _revoke(registration_id: int, *, now: datetime) -> bool:
    registration = lock_registration(registration_id=registration_id, actor=RULE, version=None)
    if registration.status not in LIVE_STATUSES or registration.holder.status != PartnerStatus.TERMINATED:
        return False
    act = Act(RULE, now, reason=_("The partnership has ended."))
    close(registration, to=RegistrationStatus.REVOKED, kind="revoked", act=act)
    return True
