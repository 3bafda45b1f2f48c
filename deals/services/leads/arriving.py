"""Leads arrive: from the console's form, another system's key, or a folder of files (by its own loader)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import Account, Family, Lead, LeadStatus
from deals.services.accounts import resolve_account
from deals.services.decisions import DECIDERS
from deals.services.holding import lock_account
from deals.services.leads.holding import store_lead
from deals.services.leads.offering import offer_next
from deals.services.leads.telling import write_change
from prm.actors import ActorKind
from prm.errors import DomainError, NotAllowedError

if TYPE_CHECKING:
    from datetime import datetime

    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class NewLead:
    """What is known of somebody who may buy. The customer is ``account``, else found by website or name.

    ``expected_mrr`` is per month, in ``currency``.
    """

    family: Family
    account: Account | None = None
    website: str = ""
    company: str = ""
    country: str = ""
    segment: str = ""
    source: str = ""
    expected_mrr: Decimal | None = None
    currency: str = ""
    contact: str = ""
    note: str = ""
    manager_email: str = ""


def add_lead(
    *,
    new: NewLead,
    actor: Actor,
    now: datetime,
    source_system: str = "",
    external_id: str | None = None,
    offer: bool = True,
) -> Lead:
    """Write a new lead and, unless told not to, offer it to the partner whose turn it is, in one transaction."""
    require_manager(actor)
    if new.account is None and not (new.website.strip() or new.company.strip()):
        raise DomainError("required", _("Say who the customer is: a website or a name."), field="website")
    if new.expected_mrr is not None and not new.currency:
        raise DomainError("required", _("An amount needs its currency."), field="currency")
    with transaction.atomic():
        account = lock_account((new.account or _found(new, actor=actor, now=now)).pk)
        _complete(account, new)
        lead = Lead(
            source_system=source_system,
            external_id=external_id,
            account=account,
            family=new.family,
            status=LeadStatus.NEW,
            source=new.source.strip(),
            country=new.country.upper() or account.country,
            segment=new.segment.strip() or account.segment,
            expected_mrr=new.expected_mrr,
            currency=new.currency,
            contact=new.contact.strip(),
            note=new.note.strip(),
            manager_email=new.manager_email.strip(),
            created_at=now,
        )
        store_lead(lead)
        lead.refresh_from_db(fields=["public_id"])
        write_change(lead, kind="added", actor=actor, now=now)
        if offer:
            offer_next(lead, now=now)
    return lead


def require_manager(actor: Actor) -> None:
    """Let in channel managers, administrators and systems."""
    if not (actor.has_role(*DECIDERS) or actor.kind is ActorKind.SYSTEM_KEY):
        raise NotAllowedError(_("Channel managers give leads to partners."))


def _complete(account: Account, new: NewLead) -> None:
    """Fill in what a prospect of our own lacks: the rule of territories reads the customer."""
    if not account.is_prospect:
        return
    learned = {
        name: value.strip()
        for name, value in {"country": new.country.upper(), "segment": new.segment}.items()
        if value.strip() and not getattr(account, name)
    }
    for name, value in learned.items():
        setattr(account, name, value)
    if learned:
        account.version += 1
        account.save(update_fields=[*learned, "version", "updated_at"])


def _found(new: NewLead, *, actor: Actor, now: datetime) -> Account:
    return resolve_account(
        website=new.website,
        name=new.company,
        country=new.country,
        actor=actor,
        now=now,
    ).account
