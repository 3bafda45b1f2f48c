"""People of a partner: their role, and leaving, which takes effect at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Invitation, Membership, MembershipRole, Partner
from partners.services.activity import record_activity
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.sessions import end_sessions

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor

PEOPLE_SCOPE = "people:write"


def may_manage_people(actor: Actor, partner_id: int) -> bool:
    """Whether ``actor`` manages this partner's people: its owners, channel managers, administrators, systems do."""
    if actor.kind is ActorKind.PARTNER:
        return actor.partner_scope == partner_id and actor.partner_role == MembershipRole.OWNER
    if actor.kind is ActorKind.SYSTEM_KEY:
        return PEOPLE_SCOPE in actor.scopes
    return actor.has_role(InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)


def require_people_manager(actor: Actor, partner_id: int) -> None:
    """Raise ``NotAllowedError`` for everybody else."""
    if not may_manage_people(actor, partner_id):
        raise NotAllowedError(_("Owners of the company, channel managers and administrators manage its people."))


def change_role(*, membership_id: int, role: str, actor: Actor, now: datetime) -> Membership:
    """Give a person another role at the partner, from now on; the same role changes nothing.

    Raises ``DomainError`` (``unknown_role``, ``last_owner``) and ``NotAllowedError``.
    """
    if role not in MembershipRole.values:
        raise DomainError("unknown_role", _("This role is not known."), field="role")
    with transaction.atomic():
        row = lock_membership(membership_id, actor)
        if row.role == role:
            return row
        if role != MembershipRole.OWNER:
            _keep_an_owner(row)
        was, row.role = row.role, role
        row.save(update_fields=["role"])
        end_invitations(email=row.user.email, now=now, partner_id=row.partner_id)
        _tell(row, "person_role_changed", f"{row.user}: {row.get_role_display()}", actor=actor, now=now,
              data={"from": was, "to": role})  # fmt: skip
    return row


def deactivate_person(*, membership_id: int, actor: Actor, now: datetime, reason: str = "") -> Membership:
    """Take a person's access to the partner away, at once; who belongs nowhere else is signed out everywhere.

    Deactivating twice changes nothing. Raises ``DomainError`` (``last_owner``) and ``NotAllowedError``.
    """
    with transaction.atomic():
        row = lock_membership(membership_id, actor, may_switch_off=True)
        if not row.is_active:
            return row
        _keep_an_owner(row)
        row.is_active = False
        row.save(update_fields=["is_active"])
        end_invitations(email=row.user.email, now=now, partner_id=row.partner_id)
        others = Membership.objects.filter(user_id=row.user_id, is_active=True).exclude(pk=row.pk)
        if not row.user.roles and not others.exists():
            end_sessions(user_id=row.user_id)
        _tell(row, "person_left", str(row.user), actor=actor, now=now, data={"role": row.role}, reason=reason)
    return row


def reactivate_person(*, membership_id: int, actor: Actor, now: datetime) -> Membership:
    """Give a person who left the access back, with the role of before."""
    with transaction.atomic():
        row = lock_membership(membership_id, actor)
        if row.is_active:
            return row
        row.is_active = True
        row.save(update_fields=["is_active"])
        _tell(row, "person_returned", str(row.user), actor=actor, now=now, data={"role": row.role})
    return row


def lock_membership(membership_id: int, actor: Actor, *, may_switch_off: bool = False) -> Membership:
    """Lock the partner first, so that two owners who remove each other at once do not leave it without any.

    A partner's key may switch people off (``may_switch_off``), and nothing else.
    """
    partner_id = Membership.objects.values_list("partner_id", flat=True).get(pk=membership_id)
    key = actor.kind is ActorKind.PARTNER_KEY and actor.partner_scope == partner_id and PEOPLE_SCOPE in actor.scopes
    if not (may_switch_off and key):
        require_people_manager(actor, partner_id)
    Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
    return Membership.objects.select_related("user").get(pk=membership_id)


def end_invitations(*, email: str, now: datetime, **of: int | None) -> None:
    """Let no link that still waits in a mail give back what was just taken away."""
    waiting = Invitation.objects.filter(email=email, accepted_at__isnull=True, revoked_at__isnull=True, **of)
    waiting.update(revoked_at=now)


def has_other_owner(*, partner_id: int, user_id: int) -> bool:
    """Whether somebody else than this person owns the partner's portal today."""
    owners = Membership.objects.filter(
        partner_id=partner_id, role=MembershipRole.OWNER, is_active=True, user__is_active=True
    )
    return owners.exclude(user_id=user_id).exists()


def _keep_an_owner(row: Membership) -> None:
    """Raise where the row is the last owner's."""
    if row.role != MembershipRole.OWNER or not row.is_active or not row.user.is_active:
        return
    if not has_other_owner(partner_id=row.partner_id, user_id=row.user_id):
        raise DomainError("last_owner", _("A company keeps at least one owner: make somebody else one first."))


def _tell(
    row: Membership,
    kind: str,
    words: str,
    *,
    actor: Actor,
    now: datetime,
    data: dict[str, str],
    reason: str = "",
) -> None:
    record_activity(partner_id=row.partner_id, kind=kind, at=now, object_name=words, user_id=actor.user_id)
    data = {"person": row.user.email, "partner_id": str(row.partner_id), **data}
    audit.record(action=f"people.{kind}", actor=actor, now=now, target=row.user, reason=reason.strip(), data=data)
