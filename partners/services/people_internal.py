"""Accounts as a whole: roles of the vendor's own people, and switching anybody's account off and on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Membership, MembershipRole
from partners.services.activity import record_activity
from partners.services.people import PEOPLE_SCOPE, end_invitations, has_other_owner
from partners.services.people_invitations import checked_roles
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.models import User
from prm.sessions import end_sessions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from prm.actors import Actor


def change_roles(*, user_id: int, roles: Iterable[str], actor: Actor, now: datetime) -> User:
    """Let a person hold exactly these internal roles; none at all takes the console away.

    Raises ``DomainError`` (``unknown_role``, ``last_admin``), ``NotAllowedError`` for anybody but administrators.
    """
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError(_("Administrators manage the program's own people."))
    wanted = checked_roles(roles)
    with transaction.atomic():
        user = _lock(user_id)
        was = sorted(user.roles)
        if was == wanted:
            return user
        if InternalRole.ADMIN not in wanted:
            _keep_an_administrator(user)
        user.roles, user.is_staff = wanted, InternalRole.ADMIN in wanted
        user.save(update_fields=["roles", "is_staff"])
        if not set(was) <= set(wanted):
            end_invitations(email=user.email, now=now, partner_id=None)
        data = {"from": was, "to": wanted}
        audit.record(action="people.roles_changed", actor=actor, now=now, target=user, data=data)
    return user


def switch_account_off(*, user_id: int, actor: Actor, now: datetime, reason: str = "") -> User:
    """Switch an account off: no sign-in and no session any more, at any partner and at the vendor, at once.

    For administrators and for a system that knows who has left, so it does not stop at the last owner of a partner:
    that partner is told in its activity. It does stop at the last administrator (``last_admin``).
    """
    _require_switcher(actor)
    with transaction.atomic():
        user = _lock(user_id)
        if not user.is_active:
            return user
        _keep_an_administrator(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_sessions(user_id=user.pk)
        end_invitations(email=user.email, now=now)
        left = _tell_partners(user, "person_left", actor=actor, now=now)
        audit.record(
            action="people.switched_off", actor=actor, now=now, target=user, reason=reason.strip(),
            data={"without_owner": left},
        )  # fmt: skip
    return user


def switch_account_on(*, user_id: int, actor: Actor, now: datetime) -> User:
    """Switch an account on again, with the roles of before."""
    _require_switcher(actor)
    with transaction.atomic():
        user = _lock(user_id)
        if user.is_active:
            return user
        user.is_active = True
        user.save(update_fields=["is_active"])
        _tell_partners(user, "person_returned", actor=actor, now=now)
        audit.record(action="people.switched_on", actor=actor, now=now, target=user)
    return user


def _require_switcher(actor: Actor) -> None:
    if actor.kind is ActorKind.SYSTEM_KEY and PEOPLE_SCOPE in actor.scopes:
        return
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError(_("Administrators switch accounts off and on."))


def _lock(user_id: int) -> User:
    """Lock the person and all administrators, in order, so that two who remove each other do not leave none."""
    ids = set(User.objects.filter(roles__contains=[InternalRole.ADMIN]).values_list("pk", flat=True)) | {user_id}
    rows = {row.pk: row for row in User.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    return rows[user_id]


def _keep_an_administrator(user: User) -> None:
    if InternalRole.ADMIN not in user.roles or not user.is_active:
        return
    others = User.objects.filter(roles__contains=[InternalRole.ADMIN], is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise DomainError("last_admin", _("The program keeps at least one administrator."))


def _tell_partners(user: User, kind: str, *, actor: Actor, now: datetime) -> list[str]:
    """Report to every partner of the person; return the codes of those that have no owner left."""
    left = []
    for seat in Membership.objects.filter(user=user, is_active=True).select_related("partner").order_by("pk"):
        record_activity(
            partner_id=seat.partner_id, kind=kind, at=now, object_name=str(user), user_id=actor.user_id
        )  # fmt: skip
        owner = seat.role == MembershipRole.OWNER
        if owner and not user.is_active and not has_other_owner(partner_id=seat.partner_id, user_id=user.pk):
            left.append(seat.partner.code)
    return left
