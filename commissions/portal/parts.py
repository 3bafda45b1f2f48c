"""What this app adds to pages of others: its item on the bar, its panel on the home page."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commissions.models import DisputeStatus
from commissions.queries.disputes import disputes_to_read, title_of
from commissions.queries.earnings import pending_for_partner
from commissions.queries.statements import latest_balances
from prm import navigation, needs, panels
from prm.doors import actor_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.http import HttpRequest

    from commissions.queries.earnings import KindSum


def register() -> None:
    """Add the item and the panel; called when the app is ready."""
    navigation.register(
        navigation.Item(
            area="portal",
            label=_("Earnings"),
            url_name="commissions_portal:earnings",
            position=30,
            after_termination="commissions_portal:statements",
            visible=lambda actor: actor is not None and actor.is_partner and actor.sees_money,
            covers=("commissions_portal:statements", "commissions_portal:disputes", "commissions_portal:payouts"),
        )
    )
    needs.register("disputes", asked_back)
    panels.register(
        panels.Panel(
            place="portal_home_side",
            name="money",
            position=10,
            template="commissions/portal/_money.html",
            context=money,
        )
    )


def asked_back(request: HttpRequest) -> Iterable[needs.Need]:
    """Return the questions on which finance waits for the partner."""
    actor = actor_of(request)
    if not (actor.is_partner and actor.sees_money):
        return []
    waiting = disputes_to_read(actor).filter(status=DisputeStatus.WAITING_FOR_PARTNER).order_by("pk")
    return [
        needs.Need(
            title=_("Reply to finance: %(about)s") % {"about": title_of(one, one.subscription)},
            text=_("Finance asked something about your question %(number)s.") % {"number": one.number},
            icon="question",
            url=reverse("commissions_portal:dispute", args=[one.number]),
            action=_("Reply"),
        )
        for one in waiting
    ]


def money(request: HttpRequest, _subject: Any) -> dict[str, object] | None:
    """Return what is approved and what waits, per currency; nothing for people who see no money."""
    actor = actor_of(request)
    if not (actor.is_partner and actor.sees_money):
        return None
    return {"balances": latest_balances(actor), "pending": sums_by_currency(pending_for_partner(actor))}


def sums_by_currency(sums: list[KindSum]) -> list[tuple[date, str, Decimal]]:
    """Return (month, currency, amount) of sums by kind."""
    found: dict[tuple[date, str], Decimal] = {}
    for one in sums:
        found[one.month, one.currency] = found.get((one.month, one.currency), Decimal(0)) + one.amount
    return [(month, currency, amount) for (month, currency), amount in sorted(found.items())]
