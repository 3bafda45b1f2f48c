"""Ends an onboarding that leads nowhere, and opens it again.

The life of a partner knows one way out of onboarding, to active (partner rules, section 1): a partner that never was
active is neither terminated nor counted as one that was. So the onboarding is closed and the status stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Onboarding
from partners.services.activity import record_activity
from partners.services.onboarding import refresh_onboarding, tell_owners
from partners.services.status import require_manager
from prm import audit
from prm.errors import DomainError, StaleError

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


def close_onboarding(*, partner_id: int, reason: str, actor: Actor, now: datetime) -> Onboarding:
    """Close a running onboarding: no step moves, nobody is reminded, and it leaves the list; owners read why.

    Raises ``NotAllowedError`` for all but channel managers and administrators, ``DomainError`` without a reason, and
    ``StaleError`` where it is over already.
    """
    require_manager(actor)
    said = reason.strip()
    if not said:
        raise DomainError("reason_missing", _("Say why. The partner's people read it."), field="reason")
    with transaction.atomic():
        row = _lock(partner_id)
        if row.ended_on is not None or row.closed_at is not None:
            raise StaleError(_("This onboarding is over already."))
        row.closed_at, row.closed_by, row.closed_reason = now, actor.label or actor.kind.value, said
        row.save(update_fields=["closed_at", "closed_by", "closed_reason"])
        _write(row, "onboarding_closed", reason=said, actor=actor, now=now)
        tell_owners(row.partner, "onboarding_closed", now=now, values={"reason": said})
    return row


def reopen_onboarding(*, partner_id: int, actor: Actor, now: datetime) -> Onboarding:
    """Open a closed onboarding again, as it was; steps whose facts hold by now complete themselves."""
    require_manager(actor)
    with transaction.atomic():
        row = _lock(partner_id)
        if row.closed_at is None:
            raise StaleError(_("This onboarding goes on already."))
        row.closed_at, row.closed_by, row.closed_reason = None, "", ""
        row.save(update_fields=["closed_at", "closed_by", "closed_reason"])
        _write(row, "onboarding_reopened", reason="", actor=actor, now=now)
    refresh_onboarding(partner_id=partner_id, now=now)
    return row


def _lock(partner_id: int) -> Onboarding:
    rows = Onboarding.objects.select_for_update(no_key=True, of=("self",)).select_related("partner")
    return rows.get(partner_id=partner_id)


def _write(row: Onboarding, action: str, *, reason: str, actor: Actor, now: datetime) -> None:
    record_activity(partner_id=row.partner_id, kind=action, at=now, object_name=reason, user_id=actor.user_id)
    audit.record(action=action, actor=actor, now=now, target=row.partner, reason=reason)
