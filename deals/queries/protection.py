"""Protected registrations by what is left of them: what ends soon, and on which nobody reports."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from deals.models import Registration, RegistrationStatus, Reminder
from deals.models.registrations import EndOfWindow, StartOfWindow
from deals.queries.rules import rules_in_force
from deals.queries.sorting import ordered

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable

    from deals.policy import RuleSettings
    from prm.actors import Actor


def running(found: QuerySet[Registration], *, now: datetime) -> QuerySet[Registration]:
    """Return those of ``found`` that are protected at ``now``, with ``ends`` of their window and ``last_update``."""
    return found.filter(status=RegistrationStatus.APPROVED, protected__endswith__gt=now).annotate(
        ends=EndOfWindow("protected"), last_update=Coalesce("active_at", StartOfWindow("protected"))
    )


SORTS = {
    "customer": "account__name",
    "partner": "holder__name",
    "family": "family__name",
    "expected": "expected_mrr",
    "silent": "last_update",
    "until": "ends",
}


def to_release(
    actor: Actor, *, now: datetime, days: int | None = None, words: str = "", sort: str = "silent"
) -> QuerySet[Any]:
    """Return what a manager may release: protected, and nothing reported for the days of the settings, oldest first.

    Each with ``ends`` and ``last_update``. ``days`` spares the look at the settings to whoever has read them.
    """
    silent = rules_in_force(now=now).inactive_release_days if days is None else days
    found: QuerySet[Any] = (
        running(Registration.objects.visible_to(actor), now=now)
        .filter(last_update__lte=now - timedelta(days=silent))  # type: ignore[misc]  # annotated above
        .select_related("holder", "account", "family")
    )
    if words:
        found = found.filter(
            Q(account__name__icontains=words) | Q(company__icontains=words) | Q(holder__name__icontains=words)
        )
    if sort.removeprefix("-") in SORTS and sort != "silent":
        return ordered(found, sort, SORTS)
    return found.order_by("last_update", "pk")


def last_update(registration: Registration) -> datetime | None:
    """Return the last sign of work on a protected registration: a forward move or a note, else its approval."""
    window = registration.protected
    return registration.active_at or (window.lower if window else None)


def is_inactive(registration: Registration, *, days: int, now: datetime) -> bool:
    """Whether nothing was reported for ``days`` days."""
    last = last_update(registration)
    return last is not None and last <= now - timedelta(days=days)


def to_remind(*, settings: RuleSettings, now: datetime, after: int, limit: int) -> list[int]:
    """Return ids of protected registrations about which a letter may be due that did not go out yet."""
    due: Combinable | Q = Q(pk__in=[])
    sent = Reminder.objects.filter(registration=OuterRef("pk"))
    for days in settings.end_warning_days:
        ends = sent.filter(kind=Reminder.Kind.ENDS, about=OuterRef("ends"), days__lte=days)
        due |= Q(ends__lte=now + timedelta(days=days)) & ~Exists(ends)
    for kinds, days in (
        ((Reminder.Kind.INACTIVE, Reminder.Kind.RELEASE), settings.inactive_warning_days),
        ((Reminder.Kind.RELEASE,), settings.inactive_release_days),
    ):
        told = sent.filter(kind__in=kinds, about=OuterRef("last_update"))
        due |= Q(last_update__lte=now - timedelta(days=days)) & ~Exists(told)
    found = running(Registration.objects.all(), now=now).filter(due, pk__gt=after).order_by("pk")
    return list(found.values_list("pk", flat=True)[:limit])
