"""Business reviews as the partner's owners see them, once they were shared or held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from partners.models import BusinessReview
from partners.planning.review_values import review_values, state_of
from partners.queries.reviews import reviews_of
from prm.doors import actor_of, denied, portal_page, program_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_GET
@portal_page
def reviews(request: HttpRequest) -> HttpResponse:
    """List the company's reviews."""
    actor = actor_of(request)
    if not actor.owns_portal:
        return denied(request, _("Owners of your company read business reviews."))
    rows = reviews_of(actor=actor, partner_id=actor.partner_id or 0)
    return render(request, "partners/reviews_portal.html", {"reviews": [(one, state_of(one)) for one in rows]})


@require_GET
@portal_page
def review(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show a review."""
    actor, program = actor_of(request), program_of(request)
    if not actor.owns_portal:
        return denied(request, _("Owners of your company read business reviews."))
    rows = BusinessReview.objects.visible_to(actor).select_related("partner")
    found = rows.filter(public_id=public_id, partner_id=actor.partner_id or 0).first()
    if found is None:
        raise Http404
    values = review_values(found, actor=actor, program=program, today=program.day_of(timezone.now()))
    return render(request, "partners/review_portal.html", values | {"mark_url": "partners_portal:action_mark"})
