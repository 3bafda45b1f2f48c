"""What this app adds to the console: its item on the bar, with the runs that wait, and its part of a partner's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from commissions.manage.adjustments.words import ADJUSTMENT_STATES, DIFFERENCE_STATES
from commissions.manage.payouts.words import UNANSWERED
from commissions.queries.standing import latest_statements_of, plans_of
from commissions.queries.waiting import WaitingForFinance, waiting_for_finance
from prm import navigation, panels
from prm.actors import InternalRole
from prm.doors import actor_of
from prm.ui.states import register_states

if TYPE_CHECKING:
    from django.http import HttpRequest

    from partners.models import Partner

COVERED = ("adjustments", "differences", "leakage", "why", "payment_files", "payouts", "plans")
"""Pages on which “Runs” is marked as current."""


def register() -> None:
    """Add the item and the panel; called when the app is ready."""
    navigation.register(
        navigation.Item(
            area="console",
            label=_("Runs"),
            url_name="commissions_manage:runs",
            position=20,
            visible=lambda actor: actor is not None and actor.is_internal,
            counter=waiting,
            covers=tuple(f"commissions_manage:{name}" for name in COVERED),
        )
    )
    register_states("adjustment", ADJUSTMENT_STATES)
    register_states("difference", DIFFERENCE_STATES)
    navigation.register(
        navigation.Item(
            area="console",
            label=_("Disputes"),
            url_name="commissions_manage:disputes",
            position=25,
            visible=lambda actor: actor is not None and actor.is_internal,
            counter=disputes_waiting,
        )
    )
    register_states("payout", UNANSWERED)
    panels.register(
        panels.Panel(
            place="partner_side",
            name="commission",
            position=20,
            template="commissions/manage/_partner.html",
            context=commission_of_partner,
        )
    )


def commission_of_partner(request: HttpRequest, partner: Partner) -> dict[str, object] | None:
    """Return a partner's plans and latest statements for its page."""
    actor = actor_of(request)
    return {
        "plans": plans_of(actor, partner_id=partner.pk),
        "statements": latest_statements_of(actor, partner_id=partner.pk),
    }


def waiting(request: HttpRequest) -> int:
    """Return how many runs wait for this person's decision: those of finance."""
    return _waiting_for(request).runs


def disputes_waiting(request: HttpRequest) -> int:
    """Return how many disputes wait for an answer, to finance; channel managers may answer, and are not chased."""
    return _waiting_for(request).disputes


def _waiting_for(request: HttpRequest) -> WaitingForFinance:
    """Return what waits for the person of this request, asked for once."""
    known: WaitingForFinance | None = getattr(request, "finance_waiting", None)
    if known is None:
        is_finance = actor_of(request).has_role(InternalRole.FINANCE)
        known = waiting_for_finance() if is_finance else WaitingForFinance(0, 0)
        request.finance_waiting = known  # type: ignore[attr-defined]
    return known
