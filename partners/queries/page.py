"""The console's page about one partner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Value

from partners.models import Membership, OnboardingPaper, ParentAssignment, StatusPeriod, TierAssignment
from partners.queries.news import News, timeline_of
from partners.queries.people import colleagues
from partners.queries.standing import companies

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor


@dataclass(frozen=True, slots=True)
class Held:
    """What held on the days from ``valid_from`` until before ``valid_until``: a status, a tier, a parent, a child."""

    what: str
    value: str
    code: str
    valid_from: date | None
    valid_until: date | None

    def holds(self, on: date) -> bool:
        """Whether it holds on a day; an empty end is open."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """Everything that this app knows of a partner; ``history`` newest first."""

    partner: Any
    on: date
    history: list[Held]
    people: list[Membership]
    activity: list[News]

    @property
    def parent(self) -> Held | None:
        """Return the partner above it today."""
        return next((held for held in self.history if held.what == "parent" and held.holds(self.on)), None)

    @property
    def below(self) -> list[Held]:
        """Return the partners below it today, by name."""
        found = [held for held in self.history if held.what == "child" and held.holds(self.on)]
        return sorted(found, key=lambda held: held.value)


def partner_page(*, actor: Actor, code: str, on: date) -> PartnerPage | None:
    """Return the page of a partner as of a day, or nothing where ``actor`` sees no such partner. Four queries."""
    sent = OnboardingPaper.objects.filter(step__onboarding__partner=OuterRef("pk"))
    partner = companies(actor=actor, on=on).filter(code=code).annotate(has_papers=Exists(sent)).first()
    if partner is None:
        return None
    return PartnerPage(
        partner=partner,
        on=on,
        history=_history(actor, partner.pk),
        people=colleagues(actor=actor, partner_id=partner.pk),
        activity=timeline_of(actor=actor, partner_id=partner.pk),
    )


def _history(actor: Actor, partner_id: int) -> list[Held]:
    """Return everything effective-dated, newest first; voided rows held on no day and are left out. One query."""
    statuses = StatusPeriod.objects.visible_to(actor).filter(partner_id=partner_id)
    tiers = TierAssignment.objects.visible_to(actor).filter(partner_id=partner_id)
    parents = ParentAssignment.objects.visible_to(actor).filter(partner_id=partner_id)
    children = ParentAssignment.objects.visible_to(actor).filter(parent_id=partner_id)
    rows = _held(statuses, "status", "status", "status").union(
        _held(tiers, "tier", "tier__name", "tier__code"),
        _held(parents, "parent", "parent__name", "parent__code"),
        _held(children, "child", "partner__name", "partner__code"),
        all=True,
    )
    found = [Held(*row) for row in rows]
    return sorted(found, key=lambda held: (held.valid_from or date.min, held.what), reverse=True)


def _held(rows: QuerySet[Any], what: str, value: str, code: str) -> QuerySet[Any, Any]:
    named = rows.exclude(valid__isempty=True).annotate(what=Value(what), named=F(value), known=F(code))
    told: QuerySet[Any, Any] = named.order_by().values_list("what", "named", "known", "valid_from", "valid_until")
    return told
