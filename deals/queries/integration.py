"""What integrators read, with everything that an answer shows already joined."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from deals.models import (
    Account,
    AccountDomain,
    Collection,
    Credit,
    MrrChange,
    Registration,
    RegistrationFinding,
    RegistrationStatus,
    Subscription,
)

if TYPE_CHECKING:
    from prm.actors import Actor


def accounts_to_read(actor: Actor) -> QuerySet[Any]:
    """Return visible customers with ``shown_name``: a partner reads a customer's name as it typed it itself."""
    accounts: QuerySet[Any] = Account.objects.visible_to(actor).current().select_related("parent")
    if actor.is_internal:
        return accounts.prefetch_related(
            Prefetch("domains", AccountDomain.objects.order_by("domain")),
            Prefetch("merged_accounts", Account.objects.order_by("pk")),
        )
    typed = (
        Registration.objects.visible_to(actor)
        .filter(account=OuterRef("pk"))
        .exclude(company="")
        .order_by("-pk")
        .values("company")[:1]
    )
    shown: QuerySet[Any] = accounts.annotate(shown_name=Coalesce(Subquery(typed), "name"))
    return shown


def registrations_to_read(actor: Actor) -> QuerySet[Any]:
    """Return visible registrations with what the rules found; drafts are their partner's own business."""
    registrations = Registration.objects.visible_to(actor)
    if actor.is_internal:
        registrations = registrations.exclude(status=RegistrationStatus.DRAFT)
    joined: QuerySet[Any] = registrations.select_related("holder", "distributor", "account", "family")
    return joined.prefetch_related(Prefetch("findings", RegistrationFinding.objects.order_by("pk")))


def subscriptions_to_read(actor: Actor, *, on: date) -> QuerySet[Any]:
    """Return visible subscriptions with ``mrr_today``, and the registration where the actor may see it.

    A partner whose credit has ended reads the last MRR of its own time: what came after is a rival's business.
    """
    level = (
        _changes_to_read(actor)
        .filter(subscription=OuterRef("pk"), effective_on__lte=on)
        .order_by("-effective_on")
        .values("mrr")[:1]
    )
    visible = Registration.objects.visible_to(actor).filter(pk=OuterRef("registration_id")).values("public_id")
    subscriptions: QuerySet[Any] = Subscription.objects.visible_to(actor).select_related("account", "product")
    shown: QuerySet[Any] = subscriptions.annotate(
        mrr_today=Coalesce(Subquery(level), Decimal(0)), shown_registration=Subquery(visible[:1])
    )
    return shown


def mrr_changes_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the MRR changes of visible subscriptions; to a partner those that held on days of its credits."""
    return _changes_to_read(actor).select_related("subscription")


def _changes_to_read(actor: Actor) -> QuerySet[Any]:
    changes: QuerySet[Any] = MrrChange.objects.filter(subscription__in=Subscription.objects.visible_to(actor))
    if actor.is_internal:
        return changes
    following = MrrChange.objects.filter(
        subscription=OuterRef("subscription"), effective_on__gt=OuterRef("effective_on")
    ).order_by("effective_on")
    credited = Credit.objects.visible_to(actor).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=OuterRef("effective_on")),
        Q(valid_from__isnull=True) | Q(valid_from__lt=OuterRef("until")),
        subscription=OuterRef("subscription"),
        share__gt=0,
        valid__isempty=False,
    )
    until = Coalesce(Subquery(following.values("effective_on")[:1]), Value(date.max))
    shown: QuerySet[Any] = changes.annotate(until=until).filter(Exists(credited))
    return shown


def credits_to_read(actor: Actor) -> QuerySet[Any]:
    """Return visible deal credits: a partner's own."""
    visible: QuerySet[Any] = Credit.objects.visible_to(actor)
    return visible.select_related("subscription", "partner")


def collections_to_read(actor: Actor) -> QuerySet[Any]:
    """Return the collections of visible subscriptions, to internal readers alone."""
    if not actor.is_internal:
        return Collection.objects.none()
    return Collection.objects.select_related("subscription")
