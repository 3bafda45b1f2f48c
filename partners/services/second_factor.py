"""Takes somebody's second factor away: of a person who has lost the phone and the recovery codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Membership
from partners.services.activity import record_activity
from prm import audit, mail
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import User
from prm.sessions import end_sessions

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


def reset_second_factor(*, user_id: int, reason: str, actor: Actor, now: datetime) -> User:
    """Remove app, passkeys and recovery codes of a person and end every session; the person and its partners are told.

    Whoever needs a second factor sets up a new one at the next sign-in: the grace of the first time does not begin
    anew. An administrator does it for somebody else, and says how the person was recognized. Raises
    ``NotAllowedError``, ``DomainError`` (``own_factor``, ``reason_missing``) and ``StaleError`` where there is none.
    """
    if not actor.has_role(InternalRole.ADMIN):
        raise NotAllowedError(_("Administrators reset second factors."))
    if actor.user_id == user_id:
        raise DomainError(
            "own_factor", _("Your own you change under Sign-in and security; another administrator resets it.")
        )
    said = reason.strip()
    if not said:
        raise DomainError("reason_missing", _("Say how you made sure who asks for it."), field="reason")
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        rows = Authenticator.objects.filter(user=user)
        kinds = sorted(rows.values_list("type", flat=True))
        if not kinds:
            raise StaleError(_("This person has no second factor."))
        rows.delete()
        end_sessions(user_id=user.pk)
        seats = Membership.objects.filter(user=user, is_active=True).order_by("pk")
        for partner_id in seats.values_list("partner_id", flat=True):
            record_activity(
                partner_id=partner_id, kind="second_factor_reset", at=now, object_name=str(user), user_id=actor.user_id
            )
        audit.record(
            action="people.second_factor_reset", actor=actor, now=now, target=user, reason=said, data={"kinds": kinds}
        )
        values = {"person": user, "by": actor.label}
        key = f"second-factor:{user.pk}"
        mail.send_written("second_factor_reset", to=user.email, language=user.language, values=values, now=now, key=key)
    return user
