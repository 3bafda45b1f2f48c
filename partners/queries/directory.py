"""Partners and tiers as lists and integrators read them."""

from __future__ import annotations

from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery

from partners.models import ParentAssignment, Partner, Tier, TierAssignment
from prm.actors import Actor


def partners_with_place(*, actor: Actor, on: date) -> QuerySet[Partner]:
    """Return visible partners with ``parent_code`` and ``tier_code``, as they hold on the day ``on``."""
    parents = ParentAssignment.objects.filter(partner=OuterRef("pk"), valid__contains=on)
    tiers = TierAssignment.objects.filter(partner=OuterRef("pk"), valid__contains=on)
    visible: QuerySet[Partner] = Partner.objects.visible_to(actor)
    return visible.annotate(
        parent_code=Subquery(parents.values("parent__code")[:1]), tier_code=Subquery(tiers.values("tier__code")[:1])
    )


def tiers_visible_to(actor: Actor) -> QuerySet[Tier]:
    """Return the program's tiers to internal people, to a partner those that it holds, held or will hold."""
    if actor.is_internal:
        return Tier.objects.all()
    if actor.is_partner:
        return Tier.objects.filter(pk__in=TierAssignment.objects.visible_to(actor).values("tier_id"))
    return Tier.objects.none()
