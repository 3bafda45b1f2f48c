"""Leads as people read them: who comes next, the partner's inbox, the manager's list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Prefetch, Q

from deals.models import Lead, LeadOffer, LeadSkip, LeadStatus
from deals.policy.rotation import Candidate
from deals.queries.sorting import ordered

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from django.db.models import QuerySet

    from prm.actors import Actor

CANDIDATES = """
-- Active partners whose territory takes in the customer, and what the rotation compares of them. Those who had this
-- lead before are left out. How exactly a territory names the customer: the country counts 2, the segment 1.
SELECT p.id, coalesce(t.fit, 0), coalesce(tier.rank, 0), EXISTS (
        SELECT FROM partners_membership m JOIN partners_certification c ON c.user_id = m.user_id
        WHERE m.partner_id = p.id AND m.is_active AND c.valid @> %(today)s),
    (SELECT count(*) FROM deals_leadoffer o WHERE o.partner_id = p.id AND o.released_at IS NULL),
    coalesce((SELECT o.id FROM deals_leadoffer o WHERE o.partner_id = p.id ORDER BY o.id DESC LIMIT 1), 0)
FROM partners_partner p
LEFT JOIN partners_tierassignment held ON held.partner_id = p.id AND held.valid @> %(today)s
LEFT JOIN partners_tier tier ON tier.id = held.tier_id
LEFT JOIN LATERAL (
    SELECT count(*) AS all_of_them,
        max((x.country <> '')::int * 2 + (x.segment <> '')::int)
            FILTER (WHERE x.country IN ('', %(country)s) AND x.segment IN ('', %(segment)s)) AS fit
    FROM partners_territory x WHERE x.partner_id = p.id
) t ON true
WHERE p.status = 'active' AND (t.all_of_them = 0 OR t.fit IS NOT NULL OR %(country)s = '')
    AND NOT EXISTS (SELECT FROM deals_leadoffer o WHERE o.lead_id = %(lead)s AND o.partner_id = p.id)
ORDER BY p.id
"""

UNHELD = (LeadStatus.NEW, LeadStatus.RETURNED, LeadStatus.DECLINED)
"""Leads that nobody has: a person may give them to somebody."""

TO_OFFER = "to_offer"
"""The state by which a list asks for those."""

SORTS = {
    "customer": "account__name",
    "family": "family__name",
    "state": "status",
    "partner": "partner__name",
    "source": "source",
    "expected": "expected_mrr",
    "arrived": "created_at",
}

LONGEST_INBOX = 200
"""Leads that a partner's inbox lists; its limit of open ones is far below."""


def candidates_for(lead: Lead, *, today: date) -> list[Candidate]:
    """Return whom ``lead`` could be offered to on ``today``, in no order that matters."""
    values: dict[str, Any] = {
        "lead": lead.pk,
        # As the rule of territories reads them, which is asked next.
        "country": lead.account.country or lead.country,
        "segment": lead.account.segment,
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, values)
        return [Candidate(*row) for row in cursor.fetchall()]


def inbox_of(actor: Actor) -> list[Lead]:
    """Return the leads that a partner holds, each with its ``current`` offers, what is due first on top."""
    found = _with_current(Lead.objects.visible_to(actor)).filter(status__in=("offered", "accepted"))
    return sorted(found[:LONGEST_INBOX], key=lambda lead: (lead.status != LeadStatus.OFFERED, _due(lead), lead.pk))


def registered_of(actor: Actor) -> QuerySet[Lead]:
    """Return the leads that a partner has registered, the last one on top."""
    found = Lead.objects.visible_to(actor).filter(status=LeadStatus.CONVERTED)
    return found.select_related("account", "family", "registration").order_by("-updated_at", "-pk")


def held_lead(actor: Actor, public_id: UUID) -> Lead | None:
    """Return one lead that ``actor`` may see, with its ``current`` offers."""
    return _with_current(Lead.objects.visible_to(actor)).filter(public_id=public_id).first()


def leads_for(actor: Actor, *, state: str = "open", words: str = "", sort: str = "") -> QuerySet[Lead]:
    """Return what our own people look through: by state, or by customer and partner; what came last on top."""
    found = _with_current(Lead.objects.visible_to(actor))
    if state in LeadStatus.values:
        found = found.filter(status=state)
    elif state == TO_OFFER:
        found = found.filter(status__in=UNHELD)
    elif state != "all":
        found = found.exclude(status__in=(LeadStatus.CONVERTED, LeadStatus.CLOSED))
    if words:
        found = found.filter(
            Q(account__name__icontains=words) | Q(partner__name__icontains=words) | Q(source__icontains=words)
        )
    return ordered(found, sort, SORTS, "-created_at", "-pk")


def lead_case(actor: Actor, public_id: UUID) -> Lead | None:
    """Return one lead with every offer and everybody who was passed over."""
    return (
        Lead.objects.visible_to(actor)
        .filter(public_id=public_id)
        .select_related("account", "family", "partner", "registration")
        .prefetch_related(
            Prefetch(
                "offers", LeadOffer.objects.select_related("partner", "offered_by", "answered_by").order_by("-pk")
            ),
            Prefetch("skips", LeadSkip.objects.select_related("partner").order_by("partner__name", "pk")),
        )
        .first()
    )


def current_offer(lead: Lead) -> LeadOffer | None:
    """Return the offer under which a partner holds the lead, read with it."""
    known: list[LeadOffer] | None = getattr(lead, "current", None)
    if known is None:
        return lead.offers.filter(released_at__isnull=True).select_related("partner").first()
    return known[0] if known else None


def _with_current(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    held = LeadOffer.objects.filter(released_at__isnull=True).select_related("partner")
    return leads.select_related("account", "family", "partner").prefetch_related(
        Prefetch("offers", held, to_attr="current")
    )


def _due(lead: Lead) -> float:
    offer = current_offer(lead)
    if offer is None:
        return float("inf")
    return (offer.register_by or offer.due_at).timestamp()


def leads_to_read(actor: Actor) -> QuerySet[Any]:
    """Return visible leads with everything that an answer of the API shows."""
    found: QuerySet[Any] = _with_current(Lead.objects.visible_to(actor)).select_related(
        "account", "family", "partner", "registration"
    )
    return found
