"""Which plan and version an address asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from partners.queries.plan_words import period_of
from partners.queries.plans import plan_of_day, plans_of
from prm.doors import actor_of

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest

    from partners.models import PlanVersion
    from partners.queries.plans import PlanPage

LONGEST_NUMBER = 4


def own_plans(request: HttpRequest) -> list[PlanPage]:
    """Return the plans of a partner's person, read once in a request: the counter of home asks for them too."""
    known = getattr(request, "_plans", None)
    if known is None:
        actor = actor_of(request)
        known = plans_of(actor=actor, partner_id=actor.partner_id or 0)
        request._plans = known  # type: ignore[attr-defined]  # noqa: SLF001 - the request is the cache
    return known


def asked_plan(request: HttpRequest, plans: list[PlanPage], *, today: date) -> tuple[PlanPage, PlanVersion] | None:
    """Return the plan and version of the address: without one the plan of the day, and what is open before what holds.

    Nothing where there are no plans; raises ``Http404`` for a plan or version that this person does not see.
    """
    wanted = request.GET.get("plan", "")
    page = next((one for one in plans if str(one.plan.public_id) == wanted), None)
    if wanted and page is None:
        raise Http404
    page = page or plan_of_day(plans, today)
    if page is None:
        return None
    number = request.GET.get("version", "")
    if not number:
        return page, page.open or page.current or page.versions[0]
    readable = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    version = page.version(int(number)) if readable else None
    if version is None:
        raise Http404
    return page, version


def other_plans(plans: list[PlanPage], page: PlanPage | None) -> list[tuple[PlanPage, str]]:
    """Return the plans beside one, with their months."""
    return [(one, period_of(one.plan)) for one in plans if one is not page]
