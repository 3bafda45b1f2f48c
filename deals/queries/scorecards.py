"""What the scorecard of one partner shows of MRR: today's sums and those of the year's months, read at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deals.queries.rollups.reading import readings_of
from prm.metrics import months_up_to

if TYPE_CHECKING:
    from deals.queries.rollups.reading import Reading
    from prm.metrics import Scope


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The sums of the day, and of the twelve months up to it, the day's last."""

    today: Reading
    months: tuple[Reading, ...]


def scorecard_of(scope: Scope) -> Scorecard:
    """Return the sums behind a scorecard. One query from rollups."""
    months = readings_of(scope, months_up_to(scope.as_of), cuts=[scope.as_of])
    return Scorecard(months[-1], tuple(months))
