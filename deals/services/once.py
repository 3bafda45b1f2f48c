"""A form that is sent twice is one deal: a double click must not make a second one that blocks itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from deals.models import Registration, RegistrationStatus
from deals.services.accounts import lock_identities
from deals.services.submission import submit_registration

if TYPE_CHECKING:
    from deals.services.submission import Deal
    from prm.actors import Actor

SAME_PRESS = timedelta(minutes=1)
"""The same words of the same person within this time are the same press of the button."""


def one_form_at_a_time(actor: Actor) -> None:
    """Let a person's forms save and submit one after the other, until this transaction ends.

    What saves itself while the button is pressed waits here, and then finds what the button made of it.
    """
    lock_identities([f"form:{actor.user_id}"])


def submit_once(*, deal: Deal, actor: Actor, now: datetime, wait: bool = False) -> Registration:
    """Submit what a person typed, or return what the first press made of the very same words.

    Raises as ``submit_registration``. Who now chooses to ``wait`` after a refusal has asked for something new.
    """
    with transaction.atomic():
        one_form_at_a_time(actor)
        made = just_made(deal, actor=actor, now=now, wait=wait)
        return made or submit_registration(deal=deal, actor=actor, now=now, wait=wait)


def just_made(deal: Deal, *, actor: Actor, now: datetime, wait: bool) -> Registration | None:
    """Return what the same person submitted in the same words a moment ago, if anything."""
    made = Registration.objects.visible_to(actor).filter(
        holder_id=actor.partner_id,
        submitted_by_id=actor.user_id,
        submitted_at__gt=now - SAME_PRESS,
        website=deal.website.strip(),
        company=deal.company.strip(),
        country=deal.country.upper(),
        family=deal.family,
        expected_mrr=deal.expected_mrr,
        currency=deal.currency,
        expected_close_on=deal.expected_close_on,
        contact=deal.contact.strip(),
    )
    if wait:
        made = made.exclude(status=RegistrationStatus.REJECTED)
    return made.exclude(status=RegistrationStatus.WITHDRAWN).order_by("pk").last()
