"""Joint business plans: the quarters of one, when each is measured, and where a target stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from prm.months import add_months

if TYPE_CHECKING:
    from decimal import Decimal

QUARTERS = (1, 2, 3, 4)
MONTHS_OF_QUARTER = 3
MONTHS = 12
"""A plan covers twelve months from the first day of any month on, a calendar year or a fiscal one."""

FIGURES = ("sourced_mrr", "won_12m", "live_customers", "nrr", "win_rate", "certified_people")
"""Figures for which a plan may set targets: each has a value of one partner, and up is good."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """Three months of a plan; ``ends_on`` is its last day."""

    number: int
    begins_on: date
    ends_on: date

    def is_past(self, today: date) -> bool:
        """Whether it is over."""
        return self.ends_on < today

    def is_ahead(self, today: date) -> bool:
        """Whether it has not begun."""
        return today < self.begins_on

    def measured_on(self, today: date) -> date | None:
        """Return the day of its figures: its last, today while it runs, none before it begins."""
        if self.is_ahead(today):
            return None
        return min(self.ends_on, today)


def quarters_of(begins_on: date) -> tuple[Quarter, ...]:
    """Return the four quarters of a plan that begins on the first day of a month."""
    starts = [add_months(begins_on, MONTHS_OF_QUARTER * (number - 1)) for number in (*QUARTERS, len(QUARTERS) + 1)]
    return tuple(Quarter(number, starts[number - 1], starts[number] - timedelta(days=1)) for number in QUARTERS)


class Standing(StrEnum):
    """Where a target stands."""

    MET = "met"  # the quarter is over and the figure reached it
    MISSED = "missed"  # the quarter is over and it did not
    REACHED = "reached"  # the quarter runs and the figure is there already
    UNDERWAY = "underway"  # the quarter runs and it is not
    NOT_DUE = "not_due"  # the quarter has not begun
    UNKNOWN = "unknown"  # the figure has no value on the day


def standing_of(*, target: Decimal, actual: Decimal | None, quarter: Quarter, today: date) -> Standing:
    """Return where a target stands; a figure that equals its target has reached it."""
    if quarter.is_ahead(today):
        return Standing.NOT_DUE
    if actual is None:
        return Standing.UNKNOWN
    reached = actual >= target
    if quarter.is_past(today):
        return Standing.MET if reached else Standing.MISSED
    return Standing.REACHED if reached else Standing.UNDERWAY
