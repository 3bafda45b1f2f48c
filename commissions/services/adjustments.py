"""Adjustments: entered with a reason, withdrawn while their run is undecided (commission rules, section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from commissions.batch import adjustments as batch
from commissions.kinds import Kind
from commissions.models import Adjustment, Run, RunStatus, StandingDifference
from prm import audit, formats
from prm.actors import ActorKind, InternalRole
from prm.calendar_days import program_today
from prm.currencies import CURRENCIES
from prm.errors import DomainError, NotAllowedError, StaleError
from prm.models import Program

if TYPE_CHECKING:
    from datetime import datetime

    from deals.models import Subscription
    from partners.models import Partner
    from prm.actors import Actor

LARGEST = Decimal(10) ** 12
SERIALIZATION_FAILURE = "40001"
OVER_LIFE = frozenset({Kind.UPFRONT, Kind.SPIFF, Kind.RENEWAL, Kind.ACCELERATOR})
"""Kinds that runs compare over life and list nowhere: what is settled where no run looks would stand for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an adjustment is about: the rest of the key beside partner and currency; all of it may be left open."""

    subscription: Subscription | None = None
    kind: str = ""
    earned_period: date | None = None


def add_adjustment(
    *,
    partner: Partner,
    currency: str,
    amount: Decimal,
    reason: str,
    actor: Actor,
    now: datetime,
    about: About | None = None,
    settles: bool = False,
) -> Adjustment:
    """Enter an adjustment, in the currency's units; it joins the next run that is calculated, and its statement.

    With ``settles`` it counts as posted for the key that ``about`` names. Raises ``NotAllowedError`` for anybody but
    finance and channel managers, and ``DomainError`` for an amount that the currency cannot hold, a missing
    reason, or a key that is not whole.
    """
    _only_who_may(actor)
    about = about or About()
    reason = reason.strip()
    _refuse_amount(amount, currency)
    if not reason:
        raise DomainError("reason_required", _("Say why: the reason stands on the statement."), field="reason")
    _refuse_key(about, currency, settles=settles, today=program_today(now))
    with transaction.atomic():
        adjustment = Adjustment.objects.create(
            partner=partner,
            currency=currency,
            amount=amount,
            reason=reason,
            settles=settles,
            subscription=about.subscription,
            kind=about.kind,
            earned_period=about.earned_period,
            created_at=now,
            created_by_id=actor.user_id,
            created_label=actor.label or actor.kind.value,
        )
        audit.record(
            action="adjustment.added",
            actor=actor,
            now=now,
            target=adjustment,
            reason=reason,
            data={"partner": partner.pk, "amount": str(amount), "currency": currency, "settles": settles},
        )
    return adjustment


def withdraw_adjustment(*, adjustment_id: int, actor: Actor, now: datetime) -> Adjustment:
    """Take back an adjustment whose run is not approved; what it was to settle waits for a decision again.

    A run that waits for approval has another fingerprint from then on and must be reviewed anew. Raises
    ``StaleError`` once the run is approved or somebody else has withdrawn it.
    """
    _only_who_may(actor)
    with transaction.atomic():
        adjustment = Adjustment.objects.get(pk=adjustment_id)
        if adjustment.run_id is not None:
            # The run first, as its approval does: whoever comes second sees what the first has decided.
            Run.objects.select_for_update().get(pk=adjustment.run_id)
        adjustment = Adjustment.objects.select_for_update().get(pk=adjustment_id)
        if adjustment.withdrawn_at is not None:
            raise StaleError(_("This adjustment has been withdrawn already."))
        if adjustment.run is not None and adjustment.run.status == RunStatus.APPROVED:
            raise StaleError(_("This adjustment is approved and stands on a statement. Enter another to correct it."))
        StandingDifference.objects.filter(adjustment=adjustment).update(
            decision="", decided_at=None, decided_by=None, decided_label="", reason="", adjustment=None
        )
        adjustment.run, adjustment.withdrawn_at, adjustment.withdrawn_by_id = None, now, actor.user_id
        adjustment.save(update_fields=["run", "withdrawn_at", "withdrawn_by"])
        audit.record(action="adjustment.withdrawn", actor=actor, now=now, target=adjustment)
    return adjustment


def attach_pending(run_id: int) -> int:
    """Have every adjustment that waits join a run that is being calculated; return how many came.

    It belongs into the calculation's transaction, before what was posted is read. Raises ``StaleError`` when one
    was entered or withdrawn while that transaction was looking at an older state.
    """
    try:
        return batch.attach(run_id)
    except OperationalError as lost:
        if getattr(lost.__cause__, "sqlstate", None) != SERIALIZATION_FAILURE:
            raise
        raise StaleError(_("Somebody changed the adjustments meanwhile. Calculate the run again.")) from lost


def release_adjustments(run_id: int) -> int:
    """Let the adjustments of a run that is rejected wait for another one; return how many."""
    return batch.release(run_id)


def adjustments_digest(run_id: int) -> str:
    """Return the fingerprint of a run's adjustments; the empty string where it has none."""
    return batch.digest(run_id)


def _only_who_may(actor: Actor) -> None:
    if not (actor.kind is ActorKind.SYSTEM_KEY or actor.has_role(InternalRole.FINANCE, InternalRole.CHANNEL_MANAGER)):
        raise NotAllowedError(_("Only finance and channel managers enter and withdraw adjustments."))


def _refuse_amount(amount: Decimal, currency: str) -> None:
    digits = CURRENCIES.get(currency)
    if digits is None:
        raise DomainError("currency_unknown", _("This currency is not known."), field="currency")
    if not amount.is_finite() or amount == 0:
        raise DomainError("adjustment_not_zero", _("An adjustment of nothing changes nothing."), field="amount")
    if abs(amount) >= LARGEST or amount != round(amount, digits):
        raise DomainError(
            "amount_unfit",
            _("An amount in %(currency)s has at most %(digits)s digits after the point and 12 before it.")
            % {"currency": currency, "digits": digits},
            field="amount",
        )


def _refuse_key(about: About, currency: str, *, settles: bool, today: date) -> None:
    """Refuse a key that no run would look at: incomplete, of a month to come, or in another currency."""
    month, subscription = about.earned_period, about.subscription
    if about.kind and about.kind not in Kind.values:
        raise DomainError("adjustment_kind_known", _("This kind of commission is not known."), field="kind")
    if month is not None and (month.day != 1 or month > today):
        raise DomainError(
            "adjustment_period", _("Name a month that has begun, by its first day."), field="earned_period"
        )
    if subscription is not None and subscription.currency != currency:
        raise DomainError(
            "adjustment_currency", _("The subscription is in another currency: nothing is converted."), field="currency"
        )
    whole = month is not None and about.kind and (about.kind == Kind.ACCELERATOR) == (subscription is None)
    if settles and not whole:
        raise DomainError(
            "adjustment_settles_a_key",
            _(
                "An adjustment that settles what was earned names the kind, the month and, but for an accelerator, "
                "the subscription."
            ),
            field="kind",
        )
    if settles:
        _refuse_before_the_program(about)


def _refuse_before_the_program(about: About) -> None:
    """Refuse to settle one-off commission of a month before the program's first: no run compares it.

    Of the other kinds such a month is listed as a difference outside the correction window and can be settled back.
    """
    first, month = Program.current().first_period, about.earned_period
    if first is not None and month is not None and month < first and about.kind in OVER_LIFE:
        raise DomainError(
            "adjustment_before_program",
            _(
                "The program pays from %(month)s on, and no run compares what was earned before. Enter the adjustment "
                "without settling anything."
            )
            % {"month": formats.month(first)},
            field="earned_period",
        )
