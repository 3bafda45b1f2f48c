"""What this app adds to pages of others: its item on the bar, its panel on the home page."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commissions.models import DisputeStatus
from commissions.queries.disputes import disputes_to_read, title_of
from commissions.queries.earnings import pending_for_partner
from commissions.queries.statements import latest_balances
from partners.queries.payees import missing_and
from prm import navigation, needs, panels
from prm.doors import actor_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from commissions.models import Dispute
    from commissions.queries.earnings import KindSum
    from prm.ui.states import Words


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
    needs.register("commissions", open_needs)
    panels.register(
        panels.Panel(
            place="portal_home_side",
            name="money",
            position=10,
            template="commissions/portal/_money.html",
            context=money,
        )
    )


OF_DETAILS: dict[str, tuple[Words, Words, Words, str]] = {
    "no_payout_method": (
        _("Add your payout account"),
        _("Commission is carried forward until there is one."),
        _("Add account"),
        "partners_portal:payout_account",
    ),
    "no_tax_form": (
        _("Hand in your tax form"),
        _("Commission is carried forward until finance has verified it."),
        _("Add tax form"),
        "partners_portal:tax_form",
    ),
    "tax_form_expired": (
        _("Renew your tax form"),
        _("It has expired: commission is carried forward until there is a new one."),
        _("Add tax form"),
        "partners_portal:tax_form",
    ),
}
"""What is missing before a payout that the partner itself can bring: title, text, button, address.

What waits for finance needs nobody here.
"""


def open_needs(request: HttpRequest) -> Iterable[needs.Need]:
    """Return what keeps the partner from being paid, and the questions on which finance waits for it.

    One query as a rule, two with such a question.
    """
    actor = actor_of(request)
    if not (actor.is_partner and actor.sees_money) or actor.partner_id is None:
        return []
    waiting = disputes_to_read(actor).filter(status=DisputeStatus.WAITING_FOR_PARTNER).order_by("pk")
    missing, is_asked = missing_and(actor.partner_id, on=timezone.localdate(), question=Exists(waiting))
    return [*_missing_details(missing), *(_asked_back(waiting) if is_asked else [])]


def _missing_details(reasons: Iterable[str]) -> list[needs.Need]:
    return [
        needs.Need(title=title, text=text, icon="money", url=reverse(address), action=action)
        for title, text, action, address in (OF_DETAILS[code] for code in reasons if code in OF_DETAILS)
    ]


def _asked_back(waiting: QuerySet[Dispute]) -> list[needs.Need]:
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
