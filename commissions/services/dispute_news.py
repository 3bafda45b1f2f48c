"""Who is told of a dispute's messages: finance and the partner's manager, or those who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from commissions.models import DisputeAct
from partners.models import Membership, MembershipRole
from prm import mail, outbox
from prm.actors import InternalRole
from prm.models import Program, User

if TYPE_CHECKING:
    from datetime import datetime

    from commissions.models import Dispute, DisputeMessage


def tell(dispute: Dispute, message: DisputeMessage, *, now: datetime) -> None:
    """Publish the event and write the mails, in the transaction of the message; nobody is told of their own words."""
    key = f"dispute:{dispute.public_id}"
    outbox.publish(
        topic=f"commissions.dispute_{message.act}",
        key=key,
        now=now,
        payload={
            "dispute": str(dispute.public_id),
            "number": dispute.number,
            "partner": dispute.partner.code,
            "status": dispute.status,
            "outcome": dispute.outcome,
        },
    )
    to = _colleagues(dispute) if message.from_partner else _askers(dispute)
    if message.author is not None:
        to.discard(message.author.email)
    mail.send_later(to=to, subject=_subject(dispute, message), text=_text(dispute, message), now=now, key=key)


def _colleagues(dispute: Dispute) -> set[str]:
    people = User.objects.filter(is_active=True, roles__contains=[InternalRole.FINANCE])
    return {*people.values_list("email", flat=True), dispute.partner.manager_email}


def _askers(dispute: Dispute) -> set[str]:
    """Return those of the partner who wrote in the thread and still see its money; all who do, where none has."""
    sees_money = Membership.objects.filter(
        partner_id=dispute.partner_id,
        role__in=[MembershipRole.OWNER, MembershipRole.FINANCE],
        is_active=True,
        user__is_active=True,
    )
    wrote = dispute.messages.filter(from_partner=True).values("author_id")
    emails = set(sees_money.filter(user_id__in=wrote).values_list("user__email", flat=True))
    return emails or set(sees_money.values_list("user__email", flat=True))


def _subject(dispute: Dispute, message: DisputeMessage) -> str:
    values = {"number": dispute.number, "partner": dispute.partner.name}
    if message.from_partner:
        return _("%(number)s: %(partner)s about its commission") % values
    if message.act == DisputeAct.ASKED:
        return _("%(number)s: we need to know more") % values
    return _("%(number)s: your question is answered") % values


def _text(dispute: Dispute, message: DisputeMessage) -> str:
    where = _("Answer in the console, under Disputes.") if message.from_partner else _("Read it in the portal.")
    return "\n\n".join(
        part
        for part in (
            f"{message.author_label} {message.get_act_display()}:",
            message.text,
            where,
            f"{Program.current().name} · {dispute.number}",
        )
        if part
    )
