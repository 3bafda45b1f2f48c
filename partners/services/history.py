"""The effective-dated history of a partner's status: the one place that writes it and today's value."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from partners.models import Partner, PartnerStatus, StatusPeriod
from partners.policy.lifecycle import may_step
from prm.errors import StaleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


def begin_history(*, partner: Partner, on: date, before: Sequence[tuple[str, date]] = ()) -> StatusPeriod:
    """Write the first status period of a partner that was just made; ``before`` are statuses with their first days.

    A status that began and ended on one day held on no day and is left out.
    """
    starts = [*before, (partner.status, on)]
    for (status, start), (_next, end) in pairwise(starts):
        if start < end:
            StatusPeriod.objects.create(partner=partner, status=status, valid_from=start, valid_until=end)
    return StatusPeriod.objects.create(partner=partner, status=partner.status, valid_from=on)


def step(partner: Partner, *, to: PartnerStatus, on: date, came_from: PartnerStatus | None = None) -> None:
    """Move a locked partner one step: today's status, its history from ``on``, the day of its first activation.

    Raises ``StaleError`` where it is not in the state ``came_from`` any more, or the table has no such step.
    """
    if (came_from or partner.status) != partner.status or not may_step(partner.status, to):
        raise StaleError(
            _("%(partner)s is %(status)s by now.")
            % {"partner": partner.name, "status": partner.get_status_display().lower()}
        )
    partner.status = to
    if to == PartnerStatus.ACTIVE and partner.activated_on is None:
        partner.activated_on = on
    partner.save(update_fields=["status", "activated_on"])
    _turn_page(partner, on=on)


def _turn_page(partner: Partner, *, on: date) -> None:
    """Close the open status period on ``on`` and begin the next; one that began that day is overwritten."""
    periods = StatusPeriod.objects.filter(partner=partner)
    current = periods.filter(valid__contains=on).first()
    ends = current.valid_until if current is not None else None
    if current is not None and current.valid_from == on:
        current.status = partner.status
        current.save(update_fields=["status"])
        return
    if current is not None:
        current.valid_until = on
        current.save(update_fields=["valid_until"])
    StatusPeriod.objects.create(partner=partner, status=partner.status, valid_from=on, valid_until=ends)
