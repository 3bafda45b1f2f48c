"""The partner's progress towards its tiers, as a page and as a part of home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from partners.queries.progress import progress_of
from partners.queries.tier_lines import criterion_lines
from prm import formats
from prm.doors import portal_page, program_of, seat_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from partners.queries.progress import Progress


@require_GET
@portal_page
def progress(request: HttpRequest) -> HttpResponse:
    """Show each criterion of the tier and of the next one; home asks for the list alone."""
    seat, program = seat_of(request), program_of(request)
    if seat is None:
        raise Http404
    today = program.day_of(timezone.now())
    found = progress_of(partner_id=seat.partner_id, on=today, review_month=program.tier_review_month)
    values = {
        "today": today,
        "it": found,
        "state": state_sentence(found),
        "held_lines": criterion_lines(found.held_checks, program),
        "next_lines": criterion_lines(found.next_checks, program),
    }
    is_part = getattr(request, "htmx", False) and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    response = render(request, "partners/_progress.html" if is_part else "partners/progress.html", values)
    response["Vary"] = "HX-Request"
    return response


def state_sentence(found: Progress) -> str:
    """Return the sentence under the heading: the tier, and until when where it was set by hand."""
    if found.held is None:
        return _("Your company holds no tier yet.")
    if found.by_hand_until is not None:
        values = {"tier": found.held.name, "day": formats.day(found.by_hand_until)}
        return _("%(tier)s, set by hand until %(day)s.") % values
    if found.next is None:
        return _("%(tier)s, the highest tier.") % {"tier": found.held.name}
    return _("%(tier)s. The next tier is %(next)s.") % {"tier": found.held.name, "next": found.next.name}
