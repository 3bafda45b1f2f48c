"""The words of adjustments and of differences that wait for a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commissions.kinds import Kind
from commissions.manage.plans.words import Shown
from prm import formats
from prm.ui.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from commissions.models import Adjustment, StandingDifference
    from commissions.queries.adjustments import AdjustmentSum, Known

ADJUSTMENT_STATES = {
    "waiting": State(gettext_lazy("For the next run"), "neutral", "clock", gettext_lazy("It joins the next run.")),
    "in_run": State(
        gettext_lazy("Waits for approval"), "info", "clock", gettext_lazy("It is approved with the run that it joined.")
    ),
    "approved": State(gettext_lazy("Approved"), "ok", "check", gettext_lazy("It stands on a statement.")),
    "withdrawn": State(gettext_lazy("Withdrawn"), "neutral", "minus", gettext_lazy("It was taken back.")),
}
DIFFERENCE_STATES = {
    "": State(gettext_lazy("Waits for a decision"), "warn", "clock"),
    "settled": State(gettext_lazy("Settled"), "ok", "check"),
    "accepted": State(gettext_lazy("Left as posted"), "neutral", "check"),
}


def about_words(adjustment: Adjustment | StandingDifference) -> str:
    """Return what an amount is about: “Pihlaja Dental Oy, Recurring, March 2026”; nothing where it is open."""
    parts = []
    if adjustment.subscription is not None:
        parts.append(adjustment.subscription.account.name)
    if adjustment.kind:
        parts.append(str(Kind(adjustment.kind).label))
    if adjustment.earned_period is not None:
        parts.append(formats.month(adjustment.earned_period))
    return _(", ").join(parts)


def adjustments_sentence(sums: Sequence[AdjustmentSum]) -> str:
    """Return the sentence over the list of what waits: how many, and what they come to."""
    count = sum(one.count for one in sums)
    if not count:
        return _("No adjustment waits for a run.")
    return ngettext(
        "%(count)s adjustment waits for approval with a run: %(sums)s.",
        "%(count)s adjustments wait for approval with a run: %(sums)s.",
        count,
    ) % {"count": count, "sums": _(", ").join(formats.money(one.amount, one.currency, signed=True) for one in sums)}


def differences_sentence(count: int, sums: Sequence[tuple[str, Decimal]]) -> str:
    """Return the sentence over the differences: how many wait, and what they come to."""
    if not count:
        return _("No difference outside the correction window waits for a decision.")
    return ngettext(
        "%(count)s difference lies outside the correction window and waits for a decision: %(sums)s.",
        "%(count)s differences lie outside the correction window and wait for a decision: %(sums)s.",
        count,
    ) % {"count": count, "sums": _(", ").join(formats.money(amount, code, signed=True) for code, amount in sums)}


def idle() -> Shown:
    """Say what the check waits for."""
    return Shown(
        "idle",
        _("What was posted is looked up"),
        _("Name partner, subscription, kind and month to see what was earned and posted for them."),
    )


def known_words(known: Known, currency: str, amount: Decimal | None, *, settles: bool) -> Shown:
    """Say what is known of a key, and where the adjustment would leave it."""

    def money(value: Decimal) -> str:
        return formats.money(value, currency)

    parts = [_("Posted so far: %(posted)s.") % {"posted": money(known.posted)}]
    if known.waiting:
        parts.append(_("Waiting for approval: %(waiting)s.") % {"waiting": money(known.waiting)})
    if known.left is None:
        parts.append(_("No run has posted anything for it; what was earned is not known here."))
        return Shown("unknown", _("Nothing is posted"), " ".join(parts))
    parts.append(
        _("Earned by the last look at it: %(earned)s.") % {"earned": money(known.left + known.posted + known.waiting)}
    )
    title = _("Nothing is left to settle")
    if known.left:
        title = _("%(left)s is left to settle") % {"left": money(known.left)}
    if amount is None or not settles:
        return Shown("review" if known.left else "available", title, " ".join(parts))
    after = known.left - amount
    if not after:
        return Shown("available", title, " ".join([*parts, _("With this adjustment nothing is left.")]))
    parts.append(_("With this adjustment %(after)s is left.") % {"after": money(after)})
    return Shown("review", title, " ".join(parts))
