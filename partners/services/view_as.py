"""View as: a channel manager looks at the portal through somebody's seat, for a while and without changing anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Membership
from partners.queries.people import LET_IN
from partners.services.activity import record_activity
from prm import audit
from prm.actors import ActorKind, InternalRole
from prm.errors import DomainError, NotAllowedError
from prm.models import User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prm.actors import Actor

LASTS = timedelta(minutes=30)
MAY_VIEW = (InternalRole.CHANNEL_MANAGER, InternalRole.ADMIN)


@dataclass(frozen=True, slots=True)
class Viewing:
    """Through whose seat somebody looks, and until when."""

    membership: Membership
    until: datetime


def begin_view_as(*, membership_id: int, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return what the session keeps of a look; it is audited and told in the partner's activity.

    Raises ``NotAllowedError`` for everybody but channel managers and administrators, and ``DomainError`` for a seat
    without access and for people of the vendor, whose rights are nobody's to borrow.
    """
    if actor.kind is not ActorKind.INTERNAL or not actor.has_role(*MAY_VIEW):
        raise NotAllowedError(_("Channel managers and administrators look at the portal as somebody else."))
    with transaction.atomic():
        row = _seat(membership_id)
        if row is None:
            raise DomainError("no_seat", _("This person has no access to the portal, or works for the program."))
        words = f"{row.user}, {actor.label}"
        record_activity(
            partner_id=row.partner_id, kind="viewed_as", at=now, object_name=words, user_id=actor.user_id
        )  # fmt: skip
        data = {"person": row.user.email, "partner": row.partner.code, "until": f"{now + LASTS:%Y-%m-%dT%H:%M:%SZ}"}
        audit.record(action="view_as.begun", actor=actor, now=now, target=row.user, data=data)
    return {"membership": row.pk, "by": actor.user_id, "until": (now + LASTS).timestamp()}


def end_view_as(*, kept: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Note that somebody ended a look before its time."""
    row = Membership.objects.select_related("user", "partner").filter(pk=int(kept.get("membership") or 0)).first()
    if row is not None:
        data = {"person": row.user.email, "partner": row.partner.code}
        audit.record(action="view_as.ended", actor=actor, now=now, target=row.user, data=data)


def viewing_of(kept: object, *, user: User, now: datetime) -> Viewing | None:
    """Return the look that a session holds, while it lasts and both sides may; looked up anew in every request."""
    if not isinstance(kept, dict) or kept.get("by") != user.pk or not set(user.roles) & set(MAY_VIEW):
        return None
    until = datetime.fromtimestamp(float(kept.get("until", 0)), UTC)
    row = _seat(int(kept.get("membership", 0))) if until > now else None
    return Viewing(row, until) if row is not None else None


def _seat(membership_id: int) -> Membership | None:
    """Return a seat that gives access today, of nobody who works for the vendor."""
    seats = Membership.objects.select_related("user", "partner").filter(
        pk=membership_id, is_active=True, user__is_active=True, user__roles=[], partner__status__in=LET_IN
    )
    return seats.first()
