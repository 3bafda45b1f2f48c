"""Versions of the rules of engagement: planned, changed until they are in force, and kept for good from then on."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import RulesOfEngagement
from deals.policy import RuleSettings, SettingError
from deals.services.accounts import lock_identities
from prm import audit, outbox
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from prm.actors import Actor

EDITORS = (InternalRole.ADMIN,)
"""Who changes the rules of the program: settings and rules are the administrators' (channel operations)."""

ONE_AT_A_TIME = "rules-of-engagement"
MAX_AHEAD = timedelta(days=730)
LONGEST_REASON = 500


def plan_rules(
    *, settings: Mapping[str, Any], effective_from: datetime | None, reason: str, actor: Actor, now: datetime
) -> RulesOfEngagement:
    """Make the next version, in force from ``effective_from`` (``None``: at once) until the one after it.

    Raises ``NotAllowedError``, and ``DomainError`` for a setting that cannot be, for a beginning in the past or
    beyond two years, and where a version begins at that very moment already.
    """
    _require_editor(actor)
    checked = _checked(settings)
    begins = effective_from or now
    if begins < now:
        raise DomainError("in_the_past", _("Rules begin now or later, never in the past."), field="effective_from")
    if begins > now + MAX_AHEAD:
        raise DomainError("too_far", _("Plan at most two years ahead."), field="effective_from")
    with transaction.atomic():
        lock_identities([ONE_AT_A_TIME])
        before = RulesOfEngagement.objects.filter(in_force__contains=begins).first()
        if before is not None and before.effective_from == begins:
            sentence = _("Version %(version)s begins at that moment. Change it instead.")
            raise DomainError("begins_already", sentence % {"version": before.version}, field="effective_from")
        ends = before.effective_until if before else _next_beginning(begins)
        if before is not None:
            before.effective_until = begins
            before.save(update_fields=["effective_until"])
        last = RulesOfEngagement.objects.order_by("-version").values_list("version", flat=True).first()
        row = RulesOfEngagement.objects.create(
            version=(last or 0) + 1,
            effective_from=begins,
            effective_until=ends,
            settings=checked,
            reason=_reason(reason),
            created_by_id=actor.user_id,
        )
        _note(row, "planned", actor=actor, now=now)
    return row


def change_rules(
    *, version: int, settings: Mapping[str, Any], reason: str, seen: str, actor: Actor, now: datetime
) -> RulesOfEngagement:
    """Change a version that is not in force yet; ``seen`` is the ``mark_of`` the one that the person looked at."""
    _require_editor(actor)
    checked = _checked(settings)
    with transaction.atomic():
        row = _future(version, seen=seen, now=now)
        before, row.settings, row.reason = row.settings, checked, _reason(reason)
        row.save(update_fields=["settings", "reason"])
        changed = {name: [before.get(name), value] for name, value in checked.items() if before.get(name) != value}
        _note(row, "changed", actor=actor, now=now, data={"changed": changed})
    return row


def withdraw_rules(*, version: int, seen: str, actor: Actor, now: datetime) -> None:
    """Take back a version that is not in force yet; the one before it then holds until the one after it."""
    _require_editor(actor)
    with transaction.atomic():
        row = _future(version, seen=seen, now=now)
        begins, ends = row.effective_from, row.effective_until
        _note(row, "withdrawn", actor=actor, now=now)
        row.delete()
        RulesOfEngagement.objects.filter(effective_until=begins).update(effective_until=ends)


def mark_of(row: RulesOfEngagement) -> str:
    """Return what changes with every change of a version, for a form to carry along."""
    content = json.dumps([row.settings, row.reason, row.effective_from.isoformat()], sort_keys=True)
    return blake2b(content.encode(), digest_size=12).hexdigest()


def _future(version: int, *, seen: str, now: datetime) -> RulesOfEngagement:
    """Return the locked version, if it is not in force yet."""
    lock_identities([ONE_AT_A_TIME])
    row = RulesOfEngagement.objects.filter(version=version).first()
    if row is None or mark_of(row) != seen:
        raise StaleError(_("Somebody else changed this version. Look at it again."))
    if row.effective_from <= now:
        raise DomainError("rules_version_is_kept", _("It is in force. Make a new version instead."))
    return row


def _next_beginning(begins: datetime) -> datetime | None:
    later = RulesOfEngagement.objects.filter(effective_from__gt=begins).order_by("effective_from")
    return later.values_list("effective_from", flat=True).first()


def _checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings in full; what they do not name is as delivered."""
    try:
        return RuleSettings.from_json(0, settings).to_json()
    except SettingError as error:
        sentence = _("This value is not possible here: %(why)s.") % {"why": error}
        raise DomainError("invalid", sentence, field=error.setting) from error
    except ValueError as error:
        raise DomainError("invalid", str(error)) from error


def _reason(reason: str) -> str:
    if not reason.strip():
        raise DomainError("reason_needed", _("Say why: whoever reads a past decision reads it here."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError("too_long", _("Say it in at most 500 characters."), field="reason")
    return reason.strip()


def _require_editor(actor: Actor) -> None:
    if not actor.has_role(*EDITORS):
        raise NotAllowedError(_("Administrators change the rules of engagement."))


def _note(
    row: RulesOfEngagement, what: str, *, actor: Actor, now: datetime, data: Mapping[str, Any] | None = None
) -> None:
    """Write the act for the trail, and tell those who listen that other rules will hold."""
    begins = row.effective_from.isoformat()
    audit.record(
        action=f"rules_of_engagement.{what}",
        actor=actor,
        now=now,
        target=row,
        reason=row.reason,
        data={"version": row.version, "effective_from": begins, **(data or {})},
    )
    outbox.publish(
        topic=f"rules_of_engagement.{what}",
        key="rules_of_engagement",
        payload={"version": row.version, "effective_from": begins, "at": now.isoformat()},
        now=now,
    )
