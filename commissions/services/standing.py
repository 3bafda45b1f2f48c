"""Differences outside the correction window wait until someone decides: settle them, or leave them as posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commissions.models import Adjustment, Decision, StandingDifference
from commissions.queries.differences import unposted_settlement
from commissions.services.adjustments import About, add_adjustment
from prm import audit
from prm.actors import InternalRole
from prm.errors import DomainError, NotAllowedError, StaleError

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from prm.actors import Actor


def settle_difference(*, difference_id: int, expected: Decimal, reason: str, actor: Actor, now: datetime) -> Adjustment:
    """Pay, or take back, a difference by an adjustment that settles its key; it waits for its run's approval.

    ``expected`` is the amount that the person saw; it is what is still to be settled, less adjustments that wait.
    Raises ``StaleError`` when the figures are others by now or somebody has decided, and as ``add_adjustment``.
    """
    with transaction.atomic():
        difference = _lock_undecided(difference_id, actor)
        amount = unposted_settlement(difference)
        if amount != expected:
            raise StaleError(_("The difference is another one by now. Look at it again."))
        if amount == 0:
            raise DomainError("nothing_to_settle", _("An adjustment that waits for approval settles this already."))
        adjustment = add_adjustment(
            partner=difference.partner,
            currency=difference.currency,
            amount=amount,
            reason=reason,
            settles=True,
            about=About(
                subscription=difference.subscription, kind=difference.kind, earned_period=difference.earned_period
            ),
            actor=actor,
            now=now,
        )
        _decide(difference, Decision.SETTLED, reason=reason, actor=actor, now=now, adjustment=adjustment)
    return adjustment


def accept_difference(
    *, difference_id: int, expected: Decimal, reason: str, actor: Actor, now: datetime
) -> StandingDifference:
    """Leave a difference as posted, with a reason; it waits anew when its figures change. Raises as settling does."""
    if not reason.strip():
        raise DomainError("reason_required", _("Say why the difference is left as it is."), field="reason")
    with transaction.atomic():
        difference = _lock_undecided(difference_id, actor)
        if unposted_settlement(difference) != expected:
            raise StaleError(_("The difference is another one by now. Look at it again."))
        _decide(difference, Decision.ACCEPTED, reason=reason, actor=actor, now=now)
    return difference


def _lock_undecided(difference_id: int, actor: Actor) -> StandingDifference:
    if not actor.has_role(InternalRole.FINANCE, InternalRole.CHANNEL_MANAGER):
        raise NotAllowedError(_("Only finance and channel managers decide about differences."))
    difference = StandingDifference.objects.select_for_update().filter(pk=difference_id).first()
    if difference is None or difference.decision:
        raise StaleError(_("This difference has been decided, or is none any more. Look at the list again."))
    return difference


def _decide(
    difference: StandingDifference,
    decision: Decision,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    adjustment: Adjustment | None = None,
) -> None:
    difference.decision, difference.adjustment, difference.reason = decision, adjustment, reason.strip()
    difference.decided_at, difference.decided_by_id = now, actor.user_id
    difference.decided_label = actor.label or actor.kind.value
    difference.save()
    audit.record(
        action=f"difference.{decision.value}", actor=actor, now=now, target=difference, reason=difference.reason,
        data={"earned": str(difference.entitlement), "posted": str(difference.posted)},
    )  # fmt: skip
