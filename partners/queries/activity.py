"""What counts as activity of a partner, and its timeline by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partners.models import Activity, PartnerSettings
from prm.activities import money_kinds, qualifying_codes

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor


def qualifying_kinds() -> list[str]:
    """Return the kinds of activity that make a partner an active one (partner rules, section 3).

    Those that administrators have set, else those of the rules.
    """
    chosen = PartnerSettings.current().qualifying_kinds
    return sorted(chosen) if chosen else qualifying_codes()


def timeline(*, actor: Actor, partner_id: int, kind: str = "") -> QuerySet[Activity]:
    """Return what happened at a partner, newest first; money only to those who see it. One query."""
    rows = Activity.objects.visible_to(actor).filter(partner_id=partner_id).select_related("user")
    if not actor.sees_money:
        rows = rows.exclude(kind__in=money_kinds())
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by("-occurred_at", "-pk")


def kinds_at(*, actor: Actor, partner_id: int) -> list[str]:
    """Return the kinds that occur in a partner's timeline. One query."""
    rows = timeline(actor=actor, partner_id=partner_id).order_by().values_list("kind", flat=True).distinct()
    return sorted(rows)
