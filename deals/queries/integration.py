"""What integrators read, with everything that an answer shows already joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from deals.models import Account, AccountDomain, Registration

if TYPE_CHECKING:
    from prm.actors import Actor


def accounts_to_read(actor: Actor) -> QuerySet[Any]:
    """Return visible customers with ``shown_name``: a partner reads a customer's name as it typed it itself."""
    accounts: QuerySet[Any] = Account.objects.visible_to(actor).select_related("parent")
    if actor.is_internal:
        return accounts.prefetch_related(Prefetch("domains", AccountDomain.objects.order_by("domain")))
    typed = (
        Registration.objects.visible_to(actor)
        .filter(account=OuterRef("pk"))
        .exclude(company="")
        .order_by("-pk")
        .values("company")[:1]
    )
    shown: QuerySet[Any] = accounts.annotate(shown_name=Coalesce(Subquery(typed), "name"))
    return shown
