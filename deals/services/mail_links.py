"""The link in a reminder: its one person answers for its one deal without signing in.

Nothing is stored for it: the link is signed, names registration and person, and ends by itself. Whoever left the
partner, or may not register deals any more, holds a link that opens nothing; what the link may do is what the person
may do on a protected deal, and each act writes the audit trail as any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from deals.models import Registration
from partners.models import Membership, MembershipRole, PartnerStatus
from prm.actors import Actor, ActorKind, Channel
from prm.errors import DomainError

if TYPE_CHECKING:
    from prm.models import User

PURPOSE = "deals.reminder-link"
"""Signed with every link: one that was made for anything else opens nothing here, nor does this one elsewhere."""

VALID = timedelta(days=21)
"""Longer than the time between the first reminder and the end of most protections; the next reminder has a new one."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens: the deal, and its person as the actor."""

    registration: Registration
    actor: Actor


class LinkError(DomainError):
    """Not one of ours, over, or its person has left: one sentence for all, so that nobody learns which."""

    def __init__(self) -> None:
        super().__init__("link_over", _("This link has ended. Sign in to the portal to report on the deal."))


def link_for(registration: Registration, user: User, *, now: datetime) -> str:
    """Return the address that lets ``user`` answer for ``registration`` until ``VALID`` has passed."""
    ends = int((now + VALID).timestamp())
    token = signing.dumps([str(registration.public_id), user.pk, ends], salt=PURPOSE)
    return f"{settings.SITE_URL}{reverse('deals_reply:reply', args=[token])}"


def open_link(token: str, *, now: datetime) -> Opened:
    """Return what the link opens; changes nothing. Raises ``LinkError``."""
    try:
        public_id, user_id, ends = signing.loads(token, salt=PURPOSE)
        key = UUID(public_id)
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkError from None
    if datetime.fromtimestamp(ends, UTC) <= now:
        raise LinkError
    found = Registration.objects.filter(public_id=key).select_related("holder", "family", "account").first()
    membership = found and _membership(found, user_id)
    if not found or not membership:
        raise LinkError
    actor = Actor(
        kind=ActorKind.PARTNER,
        channel=Channel.MAIL,
        user_id=membership.user_id,
        label=str(membership.user),
        partner_id=membership.partner_id,
        partner_role=membership.role,
    )
    return Opened(found, actor)


def _membership(registration: Registration, user_id: int) -> Membership | None:
    """Return the seat from which the person may act today, if there is one."""
    seats = Membership.objects.filter(
        user_id=user_id,
        partner_id=registration.holder_id,
        is_active=True,
        user__is_active=True,
        role__in=[MembershipRole.OWNER, MembershipRole.SELLER],
    ).exclude(partner__status=PartnerStatus.TERMINATED)
    return seats.select_related("user").first()
