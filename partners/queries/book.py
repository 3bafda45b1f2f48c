"""The console's list of partners: filters, order, and the choices that the filters offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, Max, OuterRef, Q, Subquery

from partners.models import Activity, Partner, PartnerStatus, PartnerType, Tier, TierAssignment
from partners.queries.standing import manager_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from django.db.models import QuerySet
    from django.db.models.expressions import OrderBy

    from prm.actors import Actor
    from prm.ui.states import Words

MINE, EVERYBODY = "mine", "all"
ORDERS = {
    "name": F("name"),
    "type": F("type"),
    "tier": F("tier_rank"),
    "status": F("status"),
    "country": F("country"),
    "manager": F("manager_email"),
    "since": F("activated_on"),
    "activity": F("last_activity_at"),
}


@dataclass(frozen=True, slots=True)
class BookFilter:
    """What a person asks the list for; empty means any."""

    words: str = ""
    status: str = ""
    tier: str = ""
    type: str = ""
    country: str = ""
    manager: str = ""
    sort: str = "name"

    @classmethod
    def of(cls, asked: Mapping[str, str], *, has_book: bool) -> BookFilter:
        """Read the filter from an address; who has a book of partners begins with it."""
        return cls(
            words=asked.get("q", "").strip(),
            status=asked.get("status", ""),
            tier=asked.get("tier", ""),
            type=asked.get("type", ""),
            country=asked.get("country", ""),
            manager=asked.get("manager", MINE if has_book else EVERYBODY),
            sort=asked.get("sort", "name"),
        )

    @property
    def narrows(self) -> bool:
        """Whether anything but the book is chosen."""
        return any((self.words, self.status, self.tier, self.type, self.country))


def has_book(*, email: str) -> bool:
    """Whether partners are assigned to the person of this address."""
    return Partner.objects.filter(manager_email__iexact=email).exists()


def partners_in(*, actor: Actor, choice: BookFilter, email: str, on: date) -> QuerySet[Partner]:
    """Return the partners of a filter with manager and tier names, ``tier_rank``, ``last_activity_at``. One query."""
    held = TierAssignment.objects.filter(partner=OuterRef("pk"), valid__contains=on)
    rows = (
        Partner.objects.visible_to(actor)
        .annotate(
            manager_name=manager_name(),
            tier_name=Subquery(held.values("tier__name")[:1]),
            tier_rank=Subquery(held.values("tier__rank")[:1]),
            last_activity_at=Subquery(
                Activity.objects.filter(partner=OuterRef("pk"))
                .order_by()
                .values("partner")
                .annotate(latest=Max("occurred_at"))
                .values("latest")
            ),
        )
        .filter(_asked(choice, email=email, on=on))
    )
    return rows.order_by(_order(choice.sort), "name", "pk")


def _asked(choice: BookFilter, *, email: str, on: date) -> Q:
    found = Q()
    if choice.words:
        found &= Q(name__icontains=choice.words) | Q(code__icontains=choice.words) | Q(website__icontains=choice.words)
    for field in ("status", "type", "country"):
        if value := getattr(choice, field):
            found &= Q(**{field: value})
    if choice.tier:
        held = TierAssignment.objects.filter(valid__contains=on, tier__code=choice.tier)
        found &= Q(pk__in=held.values("partner_id"))
    if choice.manager == MINE:
        found &= Q(manager_email__iexact=email)
    elif choice.manager and choice.manager != EVERYBODY:
        found &= Q(manager_email=choice.manager)
    return found


def _order(sort: str) -> OrderBy:
    """Return the order of an address; unknown ones are by name, and empty values stand last in both directions."""
    column = ORDERS.get(sort.removeprefix("-"), F("name"))
    return column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)


@dataclass(frozen=True, slots=True)
class BookChoices:
    """What the filters offer."""

    statuses: list[tuple[str, Words]]
    tiers: list[tuple[str, Words]]
    types: list[tuple[str, Words]]
    countries: list[str]
    managers: list[str]


def choices_for(*, actor: Actor) -> BookChoices:
    """Return the filters' choices: what there is, not what there could be. Three queries."""
    rows = Partner.objects.visible_to(actor).order_by()
    return BookChoices(
        statuses=list(PartnerStatus.choices),
        tiers=list(Tier.objects.values_list("code", "name")),
        types=list(PartnerType.choices),
        countries=sorted(rows.exclude(country="").values_list("country", flat=True).distinct()),
        managers=sorted(rows.exclude(manager_email="").values_list("manager_email", flat=True).distinct()),
    )
