"""Figures of leads: how fast partners answer, how many answers are in time, how many leads become registrations."""

from __future__ import annotations

import json
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
SELECT w.number, count(*) FILTER (WHERE o.answer IN ('accepted', 'declined')),
    count(*) FILTER (WHERE o.answer = 'lapsed'),
    count(*) FILTER (WHERE o.answer = 'accepted'),
    count(*) FILTER (WHERE o.answer = 'accepted' AND l.status = 'converted' AND l.partner_id = o.partner_id),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM o.answered_at - o.offered_at))
        FILTER (WHERE o.answer IN ('accepted', 'declined'))
FROM jsonb_to_recordset(%(windows)s) AS w (number int, since timestamptz, until timestamptz, partners bigint[])
LEFT JOIN deals_leadoffer o ON o.offered_at >= w.since AND o.offered_at < w.until
    AND (o.answer = '' OR o.answered_at <= w.until) AND (w.partners IS NULL OR o.partner_id = ANY(w.partners))
LEFT JOIN deals_lead l ON l.id = o.lead_id
GROUP BY w.number ORDER BY w.number
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Offers made in ``[since, until)`` to some partners, or to all."""

    since: datetime
    until: datetime
    partner_ids: Sequence[int] | None = None


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
    return figures_of_each([Window(now - WINDOW, now, None if partner_id is None else [partner_id])])[0]


def figures_of_each(windows: Sequence[Window]) -> list[LeadFigures]:
    """Return the figures of offers made in each window as they stood at its end. One query."""
    told = [
        {"number": number, "since": one.since, "until": one.until, "partners": one.partner_ids}
        for number, one in enumerate(windows)
    ]
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, {"windows": json.dumps(told, default=str)})
        rows = cursor.fetchall()
    return [
        LeadFigures(answered, lapsed, accepted, converted, None if median is None else timedelta(seconds=float(median)))
        for _number, answered, lapsed, accepted, converted, median in rows
    ]
