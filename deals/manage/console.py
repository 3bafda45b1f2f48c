"""What deals add to every console page: the counter of decisions, and hits of the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.queries.customers import CustomerFilter, customers_in
from deals.queries.deals import deal_row, registrations_for
from deals.queries.decisions import waiting_for_decision
from deals.services.decisions import DECIDERS
from prm.doors import actor_of
from prm.search import Hit
from prm.ui.states import state_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from partners.models import Partner
    from prm.actors import Actor

SHOWN = 15
"""Open registrations on a partner's page; the list of registrations has the others."""


def waiting(request: HttpRequest) -> int:
    """Count the decisions that wait for this person; those who decide nothing have none."""
    actor = actor_of(request)
    if not actor.has_role(*DECIDERS):
        return 0
    known: int | None = getattr(request, "deals_waiting", None)
    return waiting_for_decision(actor).count() if known is None else known


def remember_waiting(request: HttpRequest, count: int) -> None:
    """Keep what the page has counted already, so that bar and list agree and nobody counts twice."""
    request.deals_waiting = count  # type: ignore[attr-defined]


def open_of_partner(request: HttpRequest, partner: Partner) -> dict[str, object] | None:
    """Return a partner's open registrations for its page, those that end or are due first on top."""
    actor, now = actor_of(request), timezone.now()
    rows = [deal_row(found, now=now) for found in registrations_for(actor, sort="state").filter(holder=partner)]
    return {"rows": rows[:SHOWN], "count": len(rows), "partner": partner, "now": now}


def find_customers(actor: Actor, words: str, limit: int) -> Sequence[Hit]:
    """Find customers by name, domain or external id."""
    if not actor.is_internal:
        return []
    found = customers_in(actor, CustomerFilter(words=words))[:limit]
    return [
        Hit(
            title=account.name,
            url=reverse("deals_manage:customer", args=[account.public_id]),
            text=", ".join(filter(None, [account.country, *(held.domain for held in account.domains.all())])),
            exact=words.strip() == account.external_id,
        )
        for account in found
    ]


def find_registrations(actor: Actor, words: str, limit: int) -> Sequence[Hit]:
    """Find registrations by number, customer, website or partner."""
    found = registrations_for(actor, state="all", words=words)[:limit]
    return [
        Hit(
            title=registration.account.name if registration.account else registration.company,
            url=reverse("deals_manage:registration", args=[registration.public_id]),
            text=_("%(reference)s, %(family)s, %(partner)s: %(state)s")
            % {
                "reference": registration.reference,
                "family": registration.family.name,
                "partner": registration.holder.name,
                "state": state_of("registration", registration.status).word,
            },
            exact=words.strip().upper() == registration.reference,
        )
        for registration in found
    ]
