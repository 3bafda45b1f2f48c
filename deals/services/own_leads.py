"""A lead is registered as the lead that it is: not as a find of one's own, which earns another role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from deals.queries.reservations import reserved_for
from prm.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime

    from deals.models import Account, Family
    from prm.actors import Actor


def refuse_own_lead(*, account: Account, family: Family, actor: Actor, now: datetime) -> None:
    """Send a partner that holds a lead on customer and family there; the customer's row is locked.

    Raises ``DomainError``. What our own people and systems bring says for itself where it comes from.
    """
    if not actor.is_partner:
        return
    reserved = reserved_for(account_id=account.pk, family_id=family.pk, now=now)
    if reserved is not None and reserved.partner_id == actor.partner_id:
        sentence = _("We sent you this customer for %(family)s as a lead. Accept it and register it there.")
        raise DomainError("own_lead", sentence % {"family": family.name})
