"""Which partners a question about key figures is about: the one place that reads a scope's filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from partners.models import Partner, TierAssignment

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from prm.metrics import Scope


def partners_of(scope: Scope) -> QuerySet[Partner, int]:
    """Return the ids of the partners of a scope, whatever their status, as a query to be used inside another.

    The tier is the one held on the as-of date. Manager, type and country keep no history and are today's.
    """
    ids: QuerySet[Partner, Any] = Partner.objects.filter(_asked(scope, on=scope.as_of)).order_by().values_list("pk")
    return ids


def _asked(scope: Scope, *, on: date) -> Q:
    found = Q()
    if scope.partner_id is not None:
        found &= Q(pk=scope.partner_id)
    if scope.manager:
        found &= Q(manager_email__iexact=scope.manager)
    if scope.type:
        found &= Q(type=scope.type)
    if scope.country:
        found &= Q(country=scope.country)
    if scope.cohort:
        found &= in_cohort(scope.cohort)
    if scope.tier:
        held = TierAssignment.objects.filter(valid__contains=on, tier__code=scope.tier)
        found &= Q(pk__in=held.values("partner_id"))
    return found


def in_cohort(cohort: str) -> Q:
    """Return the condition that a partner was activated in the year ``2026`` or the month ``2026-03``."""
    year, _dash, month = cohort.partition("-")
    began = Q(activated_on__year=int(year))
    return began & Q(activated_on__month=int(month)) if month else began
