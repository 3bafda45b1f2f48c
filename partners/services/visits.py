"""Visits to the portal, so that home can say what happened since the last one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Case, F, Q, When

from partners.models import Membership

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from prm.doors import Seat

VISIT_GAP = timedelta(minutes=30)
"""A pause this long ends a visit."""

SEEN_GRAIN = timedelta(minutes=5)
"""How exactly the last moment of a visit is kept: one write in this time, not one a page."""


def record_visit(*, seat: Seat, others: Sequence[Seat], now: datetime) -> Seat:
    """Note that the person of ``seat`` is here at ``now``; return the seat as the request shall know it.

    After a pause of ``VISIT_GAP`` a new visit begins, and ``previous_seen_at`` becomes the last moment
    of the visit before. The update is conditional: of two requests at once one begins the visit.
    """
    since = seat.since
    seen = seat.last_seen_at
    if seen is None or now - seen >= SEEN_GRAIN:
        begins_visit = Q(last_seen_at__lte=now - VISIT_GAP)
        Membership.objects.filter(pk=seat.membership_id).filter(
            Q(last_seen_at__isnull=True) | Q(last_seen_at__lte=now - SEEN_GRAIN)
        ).update(
            previous_seen_at=Case(When(begins_visit, then=F("last_seen_at")), default=F("previous_seen_at")),
            last_seen_at=now,
        )
        if seen is not None and now - seen >= VISIT_GAP:
            since = seen
    rest = tuple(other for other in others if other.membership_id != seat.membership_id)
    return replace(seat, since=since, last_seen_at=now, others=rest)
