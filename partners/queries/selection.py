"""Which partners a question about key figures is about: the one place that reads a scope's filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, Value

from partners.models import Partner, ProfilePeriod, TierAssignment
from prm.metrics.at_once import rows_of_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from prm.metrics import Scope


def partners_of(scope: Scope) -> QuerySet[Partner, int]:
    """Return the ids of the partners of a scope, whatever their status, as a query to be used inside another.

    Tier, manager and type are those of the as-of date; the country keeps no history and is today's.
    """
    return _ids(scope, Value(scope.as_of))


def partners_by_their_beginning(scope: Scope) -> QuerySet[Partner, int]:
    """Return the same by tier, manager and type on the day of activation.

    For figures that wait for something to happen: today's tier would select those to whom it has happened.
    """
    return _ids(scope, OuterRef("activated_on"))


def ids_of_each(scopes: Sequence[Scope]) -> list[tuple[int, ...] | None]:
    """Return the partners of each scope for statements of our own, nothing where it is about everybody. One query."""
    narrowed = [scope for scope in dict.fromkeys(scopes) if not scope.is_everyone]
    rows = rows_of_each([partners_of(scope).values_list("pk") for scope in narrowed])
    found = {scope: tuple(sorted(pk for (pk,) in pks)) for scope, pks in zip(narrowed, rows, strict=True)}
    return [found.get(scope) for scope in scopes]


def _ids(scope: Scope, on: Value | OuterRef) -> QuerySet[Partner, int]:
    asked = _asked(scope) & _held_profile(scope, on) & _held_tier(scope, on)
    ids: QuerySet[Partner, Any] = Partner.objects.filter(asked).order_by().values_list("pk", flat=True)
    return ids


def _asked(scope: Scope) -> Q:
    found = Q()
    if scope.partner_id is not None:
        found &= Q(pk=scope.partner_id)
    if scope.country:
        found &= Q(country=scope.country)
    if scope.cohort:
        found &= in_cohort(scope.cohort)
    return found


def _held_profile(scope: Scope, on: Value | OuterRef) -> Q:
    if not scope.manager and not scope.type:
        return Q()
    held = ProfilePeriod.objects.filter(_holds(on), partner=OuterRef("pk"))
    if scope.manager:
        held = held.filter(manager_email__iexact=scope.manager)
    return Q(Exists(held.filter(type=scope.type) if scope.type else held))


def _held_tier(scope: Scope, on: Value | OuterRef) -> Q:
    if not scope.tier:
        return Q()
    return Q(Exists(TierAssignment.objects.filter(_holds(on), partner=OuterRef("pk"), tier__code=scope.tier)))


def _holds(on: Value | OuterRef) -> Q:
    """Return the condition that a row holds on a day; an empty end is open."""
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    return begun & (Q(valid_until__isnull=True) | Q(valid_until__gt=on))


def in_cohort(cohort: str) -> Q:
    """Return the condition that a partner was activated in the year ``2026`` or the month ``2026-03``."""
    year, _dash, month = cohort.partition("-")
    began = Q(activated_on__year=int(year))
    return began & Q(activated_on__month=int(month)) if month else began
