"""The console's scorecard of one partner, and the cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from deals.kpis.scorecard import card_of, cohorts_of
from deals.kpis.scorecard_words import card_values, cohort_tables
from partners.models import Partner
from partners.queries.selection import partners_of
from prm import formats
from prm.calendar_days import zone_kept
from prm.doors import actor_of, console_page, program_of, today_of
from prm.metrics import Scope
from prm.metrics.asking import QuestionError, parameters_of, scope_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@console_page
def scorecard(request: HttpRequest, code: str) -> HttpResponse:
    """Show where one partner stands: figures, the year's months, families."""
    actor = actor_of(request)
    partner = Partner.objects.visible_to(actor).filter(code=code).first()
    if partner is None:
        raise Http404
    scope = Scope(as_of=_asked(request).as_of, partner_id=partner.pk)
    with zone_kept(program_of(request).timezone):
        values = card_values(card_of(scope, actor))
    values |= {"partner": partner, "address": "?" + urlencode(parameters_of(scope) | {"partner": partner.code})}
    return render(request, "deals/scorecard/console.html", values)


@require_safe
@console_page
def cohorts(request: HttpRequest) -> HttpResponse:
    """Show partners by when they were activated: what became of each cohort, month by month."""
    actor, scope = actor_of(request), _asked(request)
    by_year = request.GET.get("by", "year") != "month"
    chosen = Partner.objects.visible_to(actor).filter(
        pk__in=partners_of(scope), activated_on__isnull=False, activated_on__lte=scope.as_of
    )
    partners = [(pk, began) for pk, began in chosen.values_list("pk", "activated_on") if began is not None]
    days, found = cohorts_of(scope, partners, by_year=by_year)
    values = {
        "tables": cohort_tables(found, currency=program_of(request).base_currency),
        "months": [formats.month(day, style="short") for day in days],
        "as_of": scope.as_of,
        "by_year": by_year,
        "other": "?" + urlencode(parameters_of(scope) | {"by": "month" if by_year else "year"}),
        "count": len(partners),
    }
    return render(request, "deals/scorecard/cohorts.html", values)


def _asked(request: HttpRequest) -> Scope:
    """Return the question of the address; one that nobody can mean is no page."""
    try:
        return scope_of(request.GET.dict(), today=today_of(request))
    except QuestionError as error:
        raise Http404 from error
