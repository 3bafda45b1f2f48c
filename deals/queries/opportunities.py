"""Reads of what direct sales works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deals.models import Opportunity

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor


def opportunities_to_read(actor: Actor) -> QuerySet[Opportunity]:
    """Return the opportunities; nothing of the CRM's pipeline is ever a partner's to read."""
    found = Opportunity.objects.select_related("account", "family")
    return found if actor.is_internal else found.none()
