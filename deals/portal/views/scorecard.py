"""A partner's own scorecard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from deals.kpis.scorecard import card_of
from deals.kpis.scorecard_words import card_values
from prm.calendar_days import zone_kept
from prm.doors import actor_of, portal_page, program_of, today_of
from prm.metrics import Scope

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@portal_page
def scorecard(request: HttpRequest) -> HttpResponse:
    """Show where the partner stands today: its own figures, the year's months, families."""
    actor = actor_of(request)
    if actor.partner_scope is None:
        raise Http404
    scope = Scope(as_of=today_of(request), partner_id=actor.partner_scope)
    with zone_kept(program_of(request).timezone):
        values = card_values(card_of(scope, actor))
    return render(request, "deals/scorecard/portal.html", values)
