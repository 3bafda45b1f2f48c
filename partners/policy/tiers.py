"""Which tier a partner holds (partner rules, section 2): up at once, down only at a review and after a warning.

Everything here is about the *computed* tier. A manual override lies over it for its days; when it ends, what was
computed last applies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WARNED_AT_LEAST = timedelta(days=60)
"""How long before a demotion its warning stands."""

LEAST_CUSTOMERS = {"nrr": 5}
"""Figures that say little of a few: under this many they are no criterion."""

HALF_A_YEAR = 6


class Move(StrEnum):
    """What an evaluation does to a partner's computed tier."""

    KEPT = "kept"
    PROMOTED = "promoted"
    DEMOTED = "demoted"


class Notice(StrEnum):
    """What it does to the warning."""

    NONE = ""
    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    STANDS = "stands"
    CARRIED_OUT = "carried_out"


@dataclass(frozen=True, slots=True)
class Criterion:
    """``figure`` must be at least ``at_least``, in the figure's own unit (a ratio as a fraction)."""

    figure: str
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class Rung:
    """A tier and what it asks for, all of it."""

    code: str
    rank: int
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A partner's figure, frozen; without a value it is not defined. ``n`` is what it rests on."""

    value: Decimal | None
    n: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One criterion and where the partner stands; ``holds`` is None where it is skipped, for the reason ``why``."""

    figure: str
    at_least: Decimal
    value: Decimal | None
    holds: bool | None
    why: str = ""

    @property
    def missing(self) -> Decimal:
        """Return how much is missing."""
        return Decimal(0) if self.holds is not False or self.value is None else self.at_least - self.value


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that stands: about which tier, since which day."""

    tier: str
    on: date


@dataclass(frozen=True, slots=True)
class Decision:
    """The computed tier from the effective day on, what was done, and the warning that stands afterwards."""

    tier: str | None
    move: Move
    notice: Notice
    warning: Warned | None
    checks: tuple[Check, ...]
    """The criteria of the tier that was held."""


def check(criterion: Criterion, figures: Mapping[str, Figure]) -> Check:
    """Compare one criterion; a figure that is not defined, or rests on too few, is skipped and says why."""
    figure = figures[criterion.figure]
    too_few = figure.n < LEAST_CUSTOMERS.get(criterion.figure, 0)
    if figure.value is None or too_few:
        why = "too_few" if too_few else figure.why or "not_defined"
        return Check(criterion.figure, criterion.at_least, figure.value, None, why)
    return Check(criterion.figure, criterion.at_least, figure.value, figure.value >= criterion.at_least)


def checks_of(rung: Rung, figures: Mapping[str, Figure]) -> tuple[Check, ...]:
    """Compare all criteria of a tier."""
    return tuple(check(criterion, figures) for criterion in rung.criteria)


def holds(rung: Rung, figures: Mapping[str, Figure]) -> bool:
    """Whether no criterion of a tier fails: enough to keep it."""
    return all(found.holds is not False for found in checks_of(rung, figures))


def reaches(rung: Rung, figures: Mapping[str, Figure]) -> bool:
    """Whether a tier is reached: nothing fails, and not everything is skipped, for nothing known earns no tier."""
    found = checks_of(rung, figures)
    return all(one.holds is not False for one in found) and (not found or any(one.holds for one in found))


def best(ladder: Iterable[Rung], figures: Mapping[str, Figure]) -> Rung | None:
    """Return the highest tier that is reached."""
    reached = [rung for rung in ladder if reaches(rung, figures)]
    return max(reached, key=lambda rung: rung.rank, default=None)


def decide(
    *,
    ladder: Sequence[Rung],
    held: str | None,
    warning: Warned | None,
    figures: Mapping[str, Figure],
    on: date,
    effective: date,
    is_review: bool,
) -> Decision:
    """Decide about one partner.

    ``held`` is the computed tier of the day ``effective``, from which the decision counts; ``on`` is today, from which
    a warning that is given now stands; ``is_review`` says whether partners may go down on that day. Up to the highest
    tier that is reached, over as many as there are. Down one, where a criterion of the tier fails and a warning about
    this very tier has stood for 60 days. From the lowest tier nobody goes down.
    """
    now = next((rung for rung in ladder if rung.code == held), None)
    checks = checks_of(now, figures) if now else ()
    top = best(ladder, figures)
    about_this = warning if warning is not None and warning.tier == held else None
    ended = Notice.WITHDRAWN if warning is not None else Notice.NONE
    if top is not None and (now is None or top.rank > now.rank):
        return Decision(top.code, Move.PROMOTED, ended, None, checks)
    if now is None or holds(now, figures) or (below := next_below(ladder, now)) is None:
        return Decision(held, Move.KEPT, ended, None, checks)
    if about_this is None:
        return Decision(held, Move.KEPT, Notice.GIVEN, Warned(now.code, on), checks)
    if is_review and effective >= about_this.on + WARNED_AT_LEAST:
        return Decision(below.code, Move.DEMOTED, Notice.CARRIED_OUT, None, checks)
    return Decision(held, Move.KEPT, Notice.STANDS, about_this, checks)


def next_below(ladder: Iterable[Rung], rung: Rung) -> Rung | None:
    """Return the next lower tier."""
    return max((one for one in ladder if one.rank < rung.rank), key=lambda one: one.rank, default=None)


def next_above(ladder: Iterable[Rung], held: str | None) -> Rung | None:
    """Return the next higher tier, which a partner works towards; from no tier the lowest."""
    rank = next((rung.rank for rung in ladder if rung.code == held), 0)
    return min((one for one in ladder if one.rank > rank), key=lambda one: one.rank, default=None)


# Days


def first_of_next_month(day: date) -> date:
    """Return the first day of the month after that of ``day``."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def effective_day(*, as_of: date, on: date) -> date:
    """Return from when an evaluation counts: the first of the month after the facts, but never before it is made."""
    effective = first_of_next_month(as_of)
    return effective if effective >= on else first_of_next_month(on)


def is_review_day(effective: date, *, month: int) -> bool:
    """Whether partners may go down on a day: the first of ``month`` and of the month half a year later."""
    return effective.month % HALF_A_YEAR == month % HALF_A_YEAR


def earliest_demotion(warned_on: date, *, month: int) -> date:
    """Return the review at which a warning of ``warned_on`` would be carried out."""
    day = first_of_next_month(warned_on)
    while not (is_review_day(day, month=month) and day >= warned_on + WARNED_AT_LEAST):
        day = first_of_next_month(day)
    return day


# Overrides over computed tiers


@dataclass(frozen=True, slots=True)
class Stretch:
    """A tier on the days ``[start, end)``; open ends are None; ``tier`` None is no tier at all."""

    tier: str | None
    start: date | None
    end: date | None

    def covers(self, day: date) -> bool:
        """Whether it holds on a day."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


def tier_on(rows: Iterable[Stretch], day: date) -> str | None:
    """Return what holds on a day."""
    found = (one for one in rows if one.covers(day))
    return next((one.tier for one in found), None)


def computed_on(rows: Sequence[Stretch], overrides: Sequence[Stretch], day: date) -> str | None:
    """Return the computed tier of a day: what holds on it, and under an override what will hold when that has ended."""
    while (over := next((one for one in overrides if one.covers(day)), None)) is not None and over.end is not None:
        day = over.end
    return tier_on(rows, day)


def computed_from(rows: Sequence[Stretch], overrides: Sequence[Stretch], start: date) -> list[Stretch]:
    """Return the computed tiers from ``start`` on, overrides taken away."""
    days = _turns(start, rows, overrides)
    return _joined([(day, computed_on(rows, overrides, day)) for day in days])


def overlaid(computed: Sequence[Stretch], overrides: Sequence[Stretch], start: date) -> list[Stretch]:
    """Return what holds from ``start`` on: computed tiers, with overrides over them for their days."""

    def held(day: date) -> str | None:
        over = next((one for one in overrides if one.covers(day)), None)
        return over.tier if over is not None else tier_on(computed, day)

    return _joined([(day, held(day)) for day in _turns(start, computed, overrides)])


def _turns(start: date, *stretches: Iterable[Stretch]) -> list[date]:
    """Return ``start`` and the later days on which one of the stretches begins or ends."""
    ends = {day for group in stretches for one in group for day in (one.start, one.end) if day is not None}
    return [start, *sorted(day for day in ends if day > start)]


def _joined(held: Sequence[tuple[date, str | None]]) -> list[Stretch]:
    """Return stretches of what holds from each day on; days without a tier are left out."""
    joined: list[Stretch] = []
    for number, (day, tier) in enumerate(held):
        end = held[number + 1][0] if number + 1 < len(held) else None
        if joined and joined[-1].tier == tier and joined[-1].end == day:
            joined[-1] = Stretch(tier, joined[-1].start, end)
        elif tier is not None:
            joined.append(Stretch(tier, day, end))
    return joined
