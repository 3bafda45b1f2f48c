"""Which partners a question about key figures is about: the one place that reads a scope's filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, Value

from partners.models import Partner, TierAssignment

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.metrics import Scope


def partners_of(scope: Scope) -> QuerySet[Partner, int]:
    """Return the ids of the partners of a scope, whatever their status, as a query to be used inside another.

    The tier is the one held on the as-of date. Manager, type and country keep no history and are today's.
    """
    return _ids(_asked(scope) & _held_tier(scope, Value(scope.as_of)))


def partners_by_their_beginning(scope: Scope) -> QuerySet[Partner, int]:
    """Return the same by the tier held on the day of activation.

    For figures that wait for something to happen: today's tier would select those to whom it has happened.
    """
    return _ids(_asked(scope) & _held_tier(scope, OuterRef("activated_on")))


def ids_of(scope: Scope) -> list[int] | None:
    """Return the partners of a scope for a statement of our own; nothing when it is about everybody."""
    return None if scope.is_everyone else list(partners_of(scope))


def _ids(asked: Q) -> QuerySet[Partner, int]:
    ids: QuerySet[Partner, Any] = Partner.objects.filter(asked).order_by().values_list("pk", flat=True)
    return ids


def _asked(scope: Scope) -> Q:
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
    return found


def _held_tier(scope: Scope, on: Value | OuterRef) -> Q:
    if not scope.tier:
        return Q()
    held = TierAssignment.objects.filter(partner=OuterRef("pk"), tier__code=scope.tier)
    return Q(Exists(held.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=on), _lasts(on))))


def _lasts(on: Value | OuterRef) -> Q:
    return Q(valid_until__isnull=True) | Q(valid_until__gt=on)


def in_cohort(cohort: str) -> Q:
    """Return the condition that a partner was activated in the year ``2026`` or the month ``2026-03``."""
    year, _dash, month = cohort.partition("-")
    began = Q(activated_on__year=int(year))
    return began & Q(activated_on__month=int(month)) if month else began
