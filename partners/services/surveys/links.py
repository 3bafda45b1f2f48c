"""The link in a survey's mail: its one person answers its one invitation without signing in.

Nothing is stored for it: the link is signed and names the invitation and its person. It needs no end of its own, since
after the survey has closed it only says so. Whoever has left the partner holds a link that opens nothing, and so do the
people of a partner that has ended, to whom its statements alone stay open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.models import Membership, PartnerStatus, PsatInvitation
from prm.errors import DomainError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

PURPOSE = "partners.survey-link"
"""Signed with every link: one that was made for anything else opens nothing here, nor does this one elsewhere."""


class LinkError(DomainError):
    """Not one of ours, or its person has left: one sentence for both, so that nobody learns which."""

    def __init__(self) -> None:
        super().__init__("link_unknown", _("This link opens no survey. Use the link in the newest mail about it."))


class ClosedError(DomainError):
    """The survey takes no more answers."""

    def __init__(self) -> None:
        super().__init__("survey_closed", _("This survey has closed. Thank you for wanting to answer."))


def link_for(invitation: PsatInvitation, *, score: int | None = None) -> str:
    """Return the address at which the person of an invitation answers it, with a score to begin with."""
    token = signing.dumps([invitation.pk, invitation.user_id], salt=PURPOSE)
    chosen = f"?score={score}" if score else ""
    return f"{settings.SITE_URL}{reverse('partners_survey:answer', args=[token])}{chosen}"


def open_link(token: str, *, now: datetime) -> PsatInvitation:
    """Return the invitation of a link; changes nothing. Raises ``LinkError``, and ``ClosedError`` after the close."""
    try:
        invitation_id, user_id = signing.loads(token, salt=PURPOSE)
        found = _invitation(int(invitation_id), int(user_id))
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkError from None
    if found is None or found.wave.opened_at is None:
        raise LinkError
    if found.wave.is_closed(Program.current().day_of(now)):
        raise ClosedError
    return found


def _invitation(invitation_id: int, user_id: int) -> PsatInvitation | None:
    rows = PsatInvitation.objects.select_related("wave", "partner", "user")
    found = rows.filter(pk=invitation_id, user_id=user_id, user__is_active=True).first()
    if found is None or found.partner.status == PartnerStatus.TERMINATED:
        return None
    seat = Membership.objects.filter(user_id=user_id, partner_id=found.partner_id, is_active=True)
    return found if seat.exists() else None
