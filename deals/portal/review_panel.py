"""The open deals of a partner on the page of its business review, in the portal and in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deals.kpis.outcomes import open_on
from deals.models import Registration
from prm.doors import actor_of
from prm.metrics import Scope

if TYPE_CHECKING:
    from django.http import HttpRequest

MOST = 50


def open_deals(request: HttpRequest, review: Any) -> dict[str, object] | None:
    """Return the registrations that were approved by the review's day and not closed by it. One query and a count."""
    actor = actor_of(request)
    found = open_on(Scope(as_of=review.as_of, partner_id=review.partner_id))
    rows = Registration.objects.visible_to(actor).filter(pk__in=found.values("pk")).select_related("account", "family")
    listed = list(rows.order_by("-expected_mrr", "number")[: MOST + 1])
    place = "deals_manage:registration" if actor.is_internal else "deals_portal:deal"
    return {"deals": listed[:MOST], "more": len(listed) > MOST, "place": place}
