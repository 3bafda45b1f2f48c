"""Writes down a lead's change, and tells whoever has to act next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from partners.models import Membership, MembershipRole
from prm import audit, formats, mail, outbox
from prm.actors import InternalRole
from prm.models import Program, User

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from deals.models import Lead, LeadOffer
    from prm.actors import Actor


def write_change(
    lead: Lead, *, kind: str, actor: Actor, now: datetime, reason: str = "", data: Mapping[str, Any] | None = None
) -> None:
    """Write what happened into the audit trail and the outbox, in the transaction of the change."""
    details = {"status": lead.status, "partner": lead.partner_id, **(data or {})}
    audit.record(action=f"lead.{kind}", actor=actor, now=now, target=lead, reason=reason, data=details)
    outbox.publish(
        topic=f"lead.{kind}",
        key=f"lead:{lead.public_id}",
        payload={"lead": str(lead.public_id), "at": now.isoformat(), **details},
        now=now,
    )


def tell_of_offer(lead: Lead, offer: LeadOffer, *, now: datetime) -> None:
    """Write to the partner's owners and sellers: who the customer is, and until when an answer is expected."""
    values = {
        "vendor": Program.current().vendor_name,
        "customer": lead.account.name,
        "family": lead.family.name,
        "due": formats.moment(offer.due_at, style="long"),
    }
    sellers = Membership.objects.filter(
        partner_id=offer.partner_id,
        role__in=(MembershipRole.OWNER, MembershipRole.SELLER),
        is_active=True,
        user__is_active=True,
    )
    text = "\n\n".join(
        (
            _("%(vendor)s has a lead for you: %(customer)s, interested in %(family)s.") % values,
            _("The customer is reserved for you until you answer. Accept or decline by %(due)s, in the portal "
              "under Leads; after that it goes to somebody else.") % values,
        )
    )  # fmt: skip
    mail.send_later(
        to=sellers.values_list("user__email", flat=True),
        subject=_("A lead for you: %(customer)s, answer by %(due)s") % values,
        text=text,
        now=now,
        key=f"lead:{lead.public_id}",
    )


def tell_of_return(lead: Lead, *, now: datetime) -> None:
    """Write to who answers for the lead that nobody has it, and why."""
    values = {"customer": lead.account.name, "family": lead.family.name}
    mail.send_later(
        to=_managers(lead),
        subject=_("The lead %(customer)s is back with us") % values,
        text="\n\n".join(
            (
                _("Nobody has the lead %(customer)s for %(family)s.") % values,
                lead.reason,
                _("Hand it to a partner, offer it again or close it, in the console under Leads."),
            )
        ),
        now=now,
        key=f"lead:{lead.public_id}",
    )


def _managers(lead: Lead) -> set[str]:
    if lead.manager_email:
        return {lead.manager_email}
    managers = User.objects.filter(is_active=True, roles__contains=[InternalRole.CHANNEL_MANAGER])
    return set(managers.values_list("email", flat=True))
