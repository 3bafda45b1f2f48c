"""Reads of tenders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from deals.models import Registration, RegistrationStatus, Tender
from deals.queries.sorting import ordered
from deals.queries.together import Read

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from prm.actors import Actor


SORTS = {
    "customer": "account__name",
    "family": "family__name",
    "opened": "opened_at",
    "closed": "closed_at",
    "bidders": "bidders",
}
TENDERED = "SELECT FROM deals_tender WHERE account_id = %(account)s AND family_id = %(family)s AND closed_at IS NULL"


def tendered(*, account_id: int, family_id: int) -> Read[bool]:
    """Read whether a tender is open on this customer and family."""
    return Read(TENDERED, {"account": account_id, "family": family_id}, bool)


def is_tendered(*, account_id: int, family_id: int) -> bool:
    """Whether a tender is open on this customer and family."""
    return tendered(account_id=account_id, family_id=family_id).ask()


def open_tender_on(*, account_id: int, family_id: int) -> Tender | None:
    """Return the tender that is open on this customer and family."""
    return Tender.objects.open().filter(account_id=account_id, family_id=family_id).first()


def tenders_for(actor: Actor, *, state: str = "all", words: str = "", sort: str = "") -> QuerySet[Any]:
    """Return the tenders that ``actor`` may see, with the number of ``bidders``; running and latest ones first."""
    bids = (
        Registration.objects.filter(account=OuterRef("account"), family=OuterRef("family"), exclusive=False)
        .exclude(status=RegistrationStatus.DRAFT)
        .order_by()
        .values("account")
        .annotate(count=Count("pk"))
    )
    found: QuerySet[Any] = (
        Tender.objects.visible_to(actor)
        .select_related("account", "family", "winner__holder", "opened_by")
        .annotate(bidders=Coalesce(Subquery(bids.values("count")), 0, output_field=IntegerField()))
    )
    if state in {"open", "closed"}:
        found = found.filter(closed_at__isnull=state == "open")
    if words:
        found = found.filter(
            Q(account__name__icontains=words) | Q(reason__icontains=words) | Q(winner__holder__name__icontains=words)
        )
    return ordered(found, sort, SORTS, F("closed_at").desc(nulls_first=True), "-opened_at", "-pk")


def tender_of(actor: Actor, public_id: UUID) -> Tender | None:
    """Return one tender that ``actor`` may see."""
    found: Tender | None = tenders_for(actor).filter(public_id=public_id).first()
    return found


def bidders_of(tender: Tender) -> QuerySet[Registration]:
    """Return the registrations that bid: approved beside others on the customer and family."""
    return (
        Registration.objects.filter(account_id=tender.account_id, family_id=tender.family_id, exclusive=False)
        .exclude(status=RegistrationStatus.DRAFT)
        .select_related("holder", "account", "family")
        .order_by("place", "pk")
    )
