"""What deals add to every console page: counters of what waits, the lists beside the queue, hits of the search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from deals.queries.customers import CustomerFilter, customers_in
from deals.queries.deals import deal_row, registrations_for
from deals.queries.waiting import Waiting, waiting_for, waiting_in_bar
from deals.services.decisions import DECIDERS
from prm.doors import actor_of
from prm.search import Hit
from prm.ui.states import state_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpRequest

    from deals.policy import RuleSettings
    from partners.models import Partner
    from prm.actors import Actor

SHOWN = 15
"""Open registrations on a partner's page; the list of registrations has the others."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the lists beside the queue of decisions."""

    word: str
    url: str
    count: int
    is_current: bool


def waiting(request: HttpRequest) -> int:
    """Count the decisions that wait for this person; those who decide nothing have none."""
    return _counted(request).decisions


def leads_to_offer(request: HttpRequest) -> int:
    """Count the leads that nobody has: whoever decides gives them to a partner."""
    return _counted(request).leads


def _counted(request: HttpRequest) -> Waiting:
    known: Waiting | None = getattr(request, "deals_waiting", None)
    if known is None:
        actor = actor_of(request)
        known = waiting_in_bar(actor) if actor.has_role(*DECIDERS) else Waiting()
        request.deals_waiting = known  # type: ignore[attr-defined]
    return known


def count_waiting(request: HttpRequest, *, now: datetime, settings: RuleSettings) -> Waiting | None:
    """Count what waits for this person, once for the whole page and its bar; ``None`` for who decides nothing."""
    actor, counted = actor_of(request), None
    if actor.has_role(*DECIDERS):
        counted = waiting_for(actor, now=now, release_days=settings.inactive_release_days)
    request.deals_waiting = counted or Waiting()  # type: ignore[attr-defined]
    return counted


def beside(request: HttpRequest, *, now: datetime, settings: RuleSettings) -> list[Tab]:
    """Return the lists beside the queue, each with what waits in it."""
    if getattr(request, "deals_waiting", None) is None:
        count_waiting(request, now=now, settings=settings)
    counted = _counted(request)
    places = (
        (_("Registrations"), "registrations", "", 0),
        (_("Late wins"), "late_wins", "", counted.late_wins),
        (_("Letters"), "letters", "?state=waiting", counted.letters),
        (_("Silent deals"), "silent", "", counted.silent),
        (_("Tenders"), "tenders", "", 0),
    )
    return [_tab(request, word, name, query, count) for word, name, query, count in places]


def _tab(request: HttpRequest, word: str, name: str, query: str, count: int) -> Tab:
    url = reverse(f"deals_manage:{name}")
    return Tab(word, url + query if count else url, count, is_current=request.path == url)


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
