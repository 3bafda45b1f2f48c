"""Locks a lead the one way that every write does it: its customer first, like a registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from deals.models import Lead, LeadOffer
from deals.services.holding import lock_account
from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from prm.actors import Actor


def lock_lead(*, lead_id: int, actor: Actor, version: int | None) -> Lead:
    """Return the lead, its customer's row locked, as it is after everybody before us.

    Raises ``NotAllowedError`` for what ``actor`` may not see, ``StaleError`` when somebody else was first.
    """
    seen = Lead.objects.visible_to(actor).filter(pk=lead_id).only("account_id").first()
    if seen is None:
        raise NotAllowedError
    lock_account(seen.account_id)
    lead = Lead.objects.select_for_update(no_key=True, of=("self",)).select_related("account", "family").get(pk=lead_id)
    is_gone = not Lead.objects.visible_to(actor).filter(pk=lead_id).exists()
    if is_gone or lead.account_id != seen.account_id or version not in {None, lead.version}:
        raise StaleError(_("Somebody else changed this lead. Look at it again."))
    return lead


def held_offer(lead: Lead) -> LeadOffer | None:
    """Return the offer under which a partner holds ``lead``; the caller has locked the lead."""
    return lead.offers.filter(released_at__isnull=True).select_related("partner").first()


def require_status(lead: Lead, *allowed: str) -> None:
    """Refuse a step that the lead's state does not have."""
    if lead.status not in allowed:
        sentence = _("This lead is “%(state)s”; that step is not possible from there.")
        raise DomainError("wrong_state", sentence % {"state": lead.status_word})


def release(offer: LeadOffer, *, now: datetime, answer: str = "", reason: str = "", user_id: int | None = None) -> None:
    """End a reservation; an offer that was not answered yet gets ``answer``."""
    if not offer.answer:
        offer.answer, offer.answered_at, offer.answered_by_id, offer.reason = answer, now, user_id, reason
    offer.released_at = max(now, offer.answered_at or now)
    write(offer)


def store_lead(lead: Lead) -> None:
    """Write ``lead`` as its next version."""
    if lead.pk:
        lead.version += 1
    write(lead)


def write(row: Model) -> None:
    """Save ``row``; a broken promise of the database becomes a sentence."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise as_domain_error(error) from error
