"""What a key figure is: its definition, what is asked of it, and its exact answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from prm.ui.states import Words


class Unit(StrEnum):
    """In what a figure is counted."""

    RATIO = "ratio"  # a fraction: 0.5 reads “50 %”
    DAYS = "days"
    HOURS = "hours"
    MONEY = "money"
    MONEY_PER_DAY = "money_per_day"
    COUNT = "count"
    SCORE = "score"


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked: the as-of date, and filters, each optional; all of them hold at once.

    ``cohort`` is the year (``2026``) or month (``2026-03``) of activation; ``partner_id`` asks for the figure of one
    partner alone.
    """

    as_of: date
    manager: str = ""
    tier: str = ""
    type: str = ""
    country: str = ""
    cohort: str = ""
    partner_id: int | None = None

    def on_each(self, days: Sequence[date]) -> list[Scope]:
        """Return the same question as of each of several days."""
        return [replace(self, as_of=day) for day in days]

    @property
    def is_everyone(self) -> bool:
        """Whether nothing narrows the question, so that it is about the whole program."""
        return self.partner_id is None and not any((self.manager, self.tier, self.type, self.country, self.cohort))


@dataclass(frozen=True, slots=True)
class Value:
    """One figure, exact, or not defined with the sentence that says why.

    ``low`` and ``high`` are the ends of a 95 % interval; an end may be open. ``n`` says how many things it rests on.
    """

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    n: int = 0
    value: Decimal | None = None
    undefined: Words = ""
    low: Decimal | None = None
    high: Decimal | None = None
    currency: str = ""
    parts: tuple[Part, ...] = ()
    notes: tuple[Words, ...] = ()

    def part(self, code: str) -> Value:
        """Return the part of a code; raises ``KeyError`` where there is none."""
        for part in self.parts:
            if part.code == code:
                return part.value
        raise KeyError(code)


@dataclass(frozen=True, slots=True)
class Part:
    """A figure beside the figure, or one slice of it; ``unit`` where it is another than the figure's own.

    ``internal`` ones tell of the whole program and are never a partner's to see.
    """

    code: str
    label: Words
    value: Value
    unit: Unit | None = None
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows behind a figure: column titles, cells, and the address of each row in the console (or nothing)."""

    columns: tuple[Words, ...]
    rows: tuple[tuple[object, ...], ...]
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """From ``day`` on ``share`` of those followed is without the event, with its band; ``at_risk`` were left before."""

    day: int
    share: Decimal
    at_risk: int
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Curve:
    """How a share falls with the days that people are followed, until the longest of them."""

    points: tuple[CurvePoint, ...]
    longest: int


@dataclass(frozen=True, slots=True)
class Metric:
    """A key figure, registered once by the app that owns its facts.

    ``definition`` says in a sentence what it is, ``formula`` how it is counted. ``by_partner`` answers for many
    partners at once; ``series`` for many dates at once (without it, ``provider`` answers each). ``internal`` figures
    (margins, costs) are never a partner's to see.
    """

    code: str
    name: Words
    definition: Words
    formula: Words
    unit: Unit
    direction: Direction
    group: str
    provider: Callable[[Scope], Value]
    rows: Callable[[Scope], Rows] | None = None
    by_partner: Callable[[Scope, Sequence[int]], Mapping[int, Value]] | None = None
    series: Callable[[Scope, Sequence[date]], Sequence[Value]] | None = None
    internal: bool = False
    position: int = 50
    curve: Callable[[Scope], Curve] | None = None
