"""What the deal would earn, beside the form and as one types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from deals.queries.rules import day_of
from prm import estimates, formats
from prm.doors import actor_of, portal_page
from prm.models import Program
from prm.ui.inputs import LARGEST_AMOUNT

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_POST
@portal_page(registers=True)
def estimate(request: HttpRequest) -> HttpResponse:
    """Answer what the deal would earn as it is typed; nothing is kept."""
    return render(request, "deals/portal/_estimate.html", estimate_values(request, request.POST.dict()))


def estimate_values(request: HttpRequest, typed: Mapping[str, Any]) -> dict[str, object]:
    """Return the estimate and what was asked, nothing of them while no amount can be read."""
    try:
        mrr = formats.parse_number(str(typed.get("expected_mrr") or ""))
    except formats.NumberError:
        return {}
    if not 0 < mrr <= LARGEST_AMOUNT:
        return {}
    today = day_of(timezone.now(), Program.current())
    asked = estimates.Asked(str(typed.get("family", "")), str(typed.get("currency", "")), mrr, today)
    return {"asked": asked, "estimate": estimates.estimate(actor_of(request), asked)}
