"""Figures of leads: how fast partners answer, how many answers are in time, how many leads become registrations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Sequence

WINDOW = timedelta(days=365)

FIGURES = """
-- Of the offers of the last twelve months: answered ones with the median hours until the answer (by the clock), those
-- that lapsed, those accepted, and of the accepted ones those whose lead became a registration of the same partner.
-- What we took back counts for nobody.
SELECT count(*) FILTER (WHERE o.answer IN ('accepted', 'declined')),
    count(*) FILTER (WHERE o.answer = 'lapsed'),
    count(*) FILTER (WHERE o.answer = 'accepted'),
    count(*) FILTER (WHERE o.answer = 'accepted' AND l.status = 'converted' AND l.partner_id = o.partner_id),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM o.answered_at - o.offered_at))
        FILTER (WHERE o.answer IN ('accepted', 'declined'))
FROM deals_leadoffer o JOIN deals_lead l ON l.id = o.lead_id
WHERE o.offered_at >= %(since)s AND o.offered_at < %(until)s AND (o.answer = '' OR o.answered_at <= %(until)s)
    AND (%(partners)s::bigint[] IS NULL OR o.partner_id = ANY(%(partners)s))
"""


@dataclass(frozen=True, slots=True)
class LeadFigures:
    """Counts of one partner, or of all; rates are fractions, none where there is nothing to divide by."""

    answered: int
    lapsed: int
    accepted: int
    converted: int
    median_response: timedelta | None

    @property
    def in_time(self) -> float | None:
        """Return the share of offers answered within the time that was given."""
        due = self.answered + self.lapsed
        return self.answered / due if due else None

    @property
    def conversion(self) -> float | None:
        """Return the share of accepted leads that became registrations."""
        return self.converted / self.accepted if self.accepted else None


def figures_of(*, now: datetime, partner_id: int | None = None) -> LeadFigures:
    """Return the figures of the twelve months before ``now``, of one partner or of all."""
    return figures_between(now - WINDOW, now, partner_ids=None if partner_id is None else [partner_id])


def figures_between(since: datetime, until: datetime, *, partner_ids: Sequence[int] | None) -> LeadFigures:
    """Return the figures of offers made in ``[since, until)`` as they stood at its end, of some partners or of all."""
    values = {"since": since, "until": until, "partners": None if partner_ids is None else list(partner_ids)}
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, values)
        answered, lapsed, accepted, converted, median = cursor.fetchone()
    return LeadFigures(
        answered, lapsed, accepted, converted, None if median is None else timedelta(seconds=float(median))
    )
