"""Who reads by mail what happened to a registration: the partner's people, and where the rules say so its manager.

Written in the transaction of the change, sent by the relay. No mail names another partner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from deals.models import Registration, Reminder
from deals.services.mail_links import link_for
from partners.models import Membership, MembershipRole
from prm import formats, mail
from prm.actors import InternalRole
from prm.models import Program, User

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from deals.policy import Decision


def _news() -> dict[str, str]:
    """Return the sentence for each change of which the partner is told."""
    return {
        "approved": _("Your registration was approved. You are protected on this customer."),
        "rejected": _("Your registration was rejected."),
        "rejection_reversed": _("The rejection was taken back. Your registration is looked at again."),
        "returned": _("We need to know more before we can decide. Your queue position is kept."),
        "waiting": _("Your registration waits in line. Your queue position is kept, and our clock is stopped."),
        "next_in_line": _("You are next in line: your registration is being decided now."),
        "tender_opened": _("A tender is open on this customer: your registration is being decided now."),
        "tender_closed": _("The tender on this customer is over."),
        "expired": _("The protection is over."),
        "withdrawn": _("The registration was withdrawn."),
        "lost": _("The deal was marked as lost."),
        "won": _("The deal was closed as won. Congratulations."),
        "released": _("The protection was released: nothing was reported on this deal for a long time."),
        "revoked": _("The registration was revoked."),
        "superseded": _("Another registration took the place of this one."),
        "extended": _("The protection was extended."),
        "handed_over": _("The registration was handed over to you."),
        "claim_changed": _("The customer or the product family of the registration was corrected."),
    }


def tell_partner(registration: Registration, *, kind: str, reason: str, now: datetime) -> None:
    """Write the mail about a change that others made; changes without a sentence are told to nobody."""
    sentence = _news().get(kind)
    if sentence is None:
        return
    send(registration, to=people_of(registration), paragraphs=(sentence, reason), now=now)


def remind_partner(registration: Registration, reminder: Reminder, *, now: datetime) -> None:
    """Write the reminder to the partner."""
    until = registration.protected.upper if registration.protected else now
    sentences = {
        Reminder.Kind.ENDS: _(
            "The protection ends on %(day)s. Report where the deal stands, or ask for an extension while it runs."
        )
        % {"day": formats.day(until)},
        Reminder.Kind.INACTIVE: _(
            "Nothing was reported for %(days)s days. Move the stage forward or write a note; "
            "otherwise your channel manager may release the customer."
        )
        % {"days": reminder.days},
        Reminder.Kind.RELEASE: _(
            "Nothing was reported for %(days)s days. Your channel manager now decides whether to release the customer."
        )
        % {"days": reminder.days},
    }
    sentence = sentences[Reminder.Kind(reminder.kind)]
    for person in User.objects.filter(email__in=people_of(registration)).order_by("email"):
        way = _("Answer with one click, without signing in. The link is yours alone: %(link)s") % {
            "link": link_for(registration, person, now=now)
        }
        send(registration, to=[person.email], paragraphs=(sentence, way), now=now)


def remind_manager(registration: Registration, reminder: Reminder, *, now: datetime) -> None:
    """Write to the partner's channel manager that nothing was reported."""
    sentence = _("%(partner)s reported nothing for %(days)s days.") % {
        "partner": registration.holder.name,
        "days": reminder.days,
    }
    ask = _("Release the customer, or talk to the partner.") if reminder.kind == Reminder.Kind.RELEASE else ""
    send(registration, to=managers_of(registration), paragraphs=(sentence, ask), now=now)


def ask_owner(registration: Registration, decision: Decision, *, now: datetime) -> None:
    """Write to the owner of a named account that a partner has registered it: the owner decides how to go on."""
    named = decision.finding("named_account")
    if named is None or not named.evidence.get("owner"):
        return
    asked = _("%(partner)s registered a named account of yours. Tell the channel manager how partners take part.") % {
        "partner": registration.holder.name
    }
    case = settings.SITE_URL + reverse("deals_manage:decision", args=[registration.public_id])
    send(registration, to=[str(named.evidence["owner"])], paragraphs=(asked, case), now=now)


def send(registration: Registration, *, to: Iterable[str], paragraphs: Iterable[str], now: datetime) -> None:
    """Write one mail about ``registration`` to each address."""
    subject = _("%(reference)s %(customer)s, %(family)s") % {
        "reference": registration.reference,
        "customer": registration.customer_name,
        "family": registration.family.name,
    }
    foot = f"{Program.current().name} · {registration.reference}"
    text = "\n\n".join(filter(None, (*paragraphs, foot)))
    key = f"registration:{registration.public_id}"
    mail.send_later(to=to, subject=subject, text=text, now=now, key=key)


def people_of(registration: Registration) -> set[str]:
    """Return the addresses of the partner: who submitted it, while a colleague, and the owners."""
    members = Membership.objects.filter(partner_id=registration.holder_id, is_active=True, user__is_active=True)
    owners = members.filter(role=MembershipRole.OWNER)
    sellers = members.filter(user_id=registration.submitted_by_id or 0, role=MembershipRole.SELLER)
    return set((owners | sellers).values_list("user__email", flat=True))


def owners_and_sellers(partner_id: int) -> set[str]:
    """Return the addresses of everybody at a partner who registers deals."""
    members = Membership.objects.filter(partner_id=partner_id, is_active=True, user__is_active=True)
    roles = (MembershipRole.OWNER, MembershipRole.SELLER)
    return set(members.filter(role__in=roles).values_list("user__email", flat=True))


def managers_of(registration: Registration) -> set[str]:
    """Return the address of the partner's channel manager; without one, of all who are."""
    if registration.holder.manager_email:
        return {registration.holder.manager_email}
    return set(
        User.objects.filter(is_active=True, roles__contains=[InternalRole.CHANNEL_MANAGER]).values_list(
            "email", flat=True
        )
    )
