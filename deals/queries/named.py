"""Reads of named accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q

from deals.models import NamedAccount, NamedAccountList

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from prm.actors import Actor


def named_to_read(actor: Actor) -> QuerySet[NamedAccount]:
    """Return the named accounts; partners are never told who is on a list."""
    found = NamedAccount.objects.select_related("account", "named_list").order_by("account__name", "pk")
    return found if actor.is_internal else found.none()


def named_on(actor: Actor, *, day: date, words: str) -> QuerySet[NamedAccount]:
    """Return who is or will be on a list from ``day``, by the customer's name or the owner's address."""
    found = named_to_read(actor).filter(Q(valid__endswith__gt=day) | Q(valid_until__isnull=True))
    if words:
        found = found.filter(Q(account__name__icontains=words) | Q(owner_email__icontains=words))
    return found


def lists_with_counts(actor: Actor, *, day: date) -> QuerySet[NamedAccountList]:
    """Return the lists with how many customers are on each today."""
    found = NamedAccountList.objects.annotate(
        customers=Count("entries", filter=Q(entries__valid__contains=day))
    ).order_by("name", "pk")
    return found if actor.is_internal else found.none()
