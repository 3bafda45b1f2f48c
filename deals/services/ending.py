"""Ends the deal credits of partners whose partnership ended, on the day that was chosen (partner rules, section 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from deals.models import Credit
from partners.models import PartnerStatus
from prm import audit
from prm.actors import RULE

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

CHUNK = 500


def end_credits_of_terminated(*, now: datetime) -> int:
    """End the credits that run on beyond the day chosen at termination; return how many.

    Safe to run twice, and beside itself: a claimed row is skipped, an ended one is not found again. A credit that
    would have begun on that day or later is voided. Terminations from another system name no day and end nothing here.
    """
    ended = 0
    while True:
        with transaction.atomic():
            rows = list(_running_on().select_for_update(skip_locked=True, of=("self",))[:CHUNK])
            for row in rows:
                _end(row, now=now)
        ended += len(rows)
        if len(rows) < CHUNK:
            return ended


def _running_on() -> QuerySet[Credit]:
    return (
        Credit.objects.filter(partner__status=PartnerStatus.TERMINATED, partner__credits_end_on__isnull=False)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gt=F("partner__credits_end_on")))
        .exclude(valid__isempty=True)
        .select_related("partner", "subscription")
        .order_by("pk")
    )


def _end(row: Credit, *, now: datetime) -> None:
    day = row.partner.credits_end_on
    if day is None:  # pragma: no cover - the query asks for it
        return
    row.valid_until = max(day, row.valid_from or day)
    row.save(update_fields=["valid_until"])
    data = {"partner": row.partner.code, "role": row.role, "until": str(row.valid_until)}
    reason = _("The partnership has ended.")
    audit.record(action="credit.ended", actor=RULE, now=now, target=row.subscription, reason=reason, data=data)
