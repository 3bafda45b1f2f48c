"""What people do with adjustments on a page: a form pressed twice, and a withdrawal taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from commissions.models import Adjustment, StandingDifference
from commissions.services.adjustments import About, add_adjustment
from commissions.services.standing import settle_difference
from prm.errors import StaleError

if TYPE_CHECKING:
    from decimal import Decimal

    from partners.models import Partner
    from prm.actors import Actor

SAME_PRESS = timedelta(minutes=1)
"""The same words of the same person within this time are the same press of the button."""

FORM_LOCK = 7_210
"""First half of the advisory lock on a person's form; the second is the person."""


def add_adjustment_once(
    *,
    partner: Partner,
    currency: str,
    amount: Decimal,
    reason: str,
    actor: Actor,
    now: datetime,
    about: About,
    settles: bool,
) -> Adjustment:
    """Enter an adjustment, or return what the first press made of the very same words. Raises as ``add_adjustment``."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [FORM_LOCK, actor.user_id or 0])
        made = (
            Adjustment.objects.visible_to(actor)
            .filter(
                partner=partner,
                currency=currency,
                amount=amount,
                reason=reason.strip(),
                settles=settles,
                subscription=about.subscription,
                kind=about.kind,
                earned_period=about.earned_period,
                created_by_id=actor.user_id,
                created_at__gt=now - SAME_PRESS,
                withdrawn_at__isnull=True,
            )
            .last()
        )
        return made or add_adjustment(
            partner=partner, currency=currency, amount=amount, reason=reason, actor=actor, now=now, about=about,
            settles=settles,
        )  # fmt: skip


def enter_again(*, adjustment_id: int, actor: Actor, now: datetime) -> Adjustment:
    """Undo a withdrawal: enter the same adjustment anew, once; the withdrawn one stays as it is.

    What it had settled is settled again where it still waits. Raises ``StaleError`` when it is not withdrawn or has
    been entered again already, and as ``add_adjustment`` does.
    """
    with transaction.atomic():
        old = (
            Adjustment.objects.select_for_update(of=("self",))
            .select_related("partner", "subscription")
            .get(pk=adjustment_id)
        )
        if old.withdrawn_at is None:
            raise StaleError(_("This adjustment is not withdrawn."))
        same: dict[str, Any] = {
            "partner": old.partner,
            "subscription": old.subscription,
            "kind": old.kind,
            "currency": old.currency,
            "earned_period": old.earned_period,
        }
        again = Adjustment.objects.filter(**same, amount=old.amount, reason=old.reason, settles=old.settles)
        if again.filter(created_at__gte=old.withdrawn_at, withdrawn_at__isnull=True).exists():
            raise StaleError(_("This adjustment has been entered again already."))
        waiting = StandingDifference.objects.undecided().filter(**same).first() if old.settles else None
        if waiting is not None:
            return settle_difference(
                difference_id=waiting.pk, expected=old.amount, reason=old.reason, actor=actor, now=now
            )
        return add_adjustment(
            partner=old.partner, currency=old.currency, amount=old.amount, reason=old.reason, settles=old.settles,
            about=About(subscription=old.subscription, kind=old.kind, earned_period=old.earned_period),
            actor=actor, now=now,
        )  # fmt: skip
