"""Statistics of the key figures: pure, exact where a rule compares, 40 digits where a logarithm is needed.

Wilson's score interval for shares; Kaplan and Meier's product-limit estimate with its median, and Brookmeyer and
Crowley's interval of the median on the log-log scale (docs/decisions/statistics.md).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Z95: Final = Decimal("1.959963984540054235524594430520551527955550")
"""The 97.5 % quantile of the normal distribution."""

_DIGITS: Final = 40
_BITS: Final = 256


def wilson(hits: int, of: int) -> tuple[Decimal, Decimal]:
    """Return the ends of Wilson's 95 % interval of ``hits`` out of ``of`` (at least 1), between 0 and 1.

    At no hit at all the lower end is 0, at nothing but hits the upper end is 1, exactly.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        n, share, square = Decimal(of), Decimal(hits) / Decimal(of), Z95 * Z95
        middle = share + square / (2 * n)
        spread = Z95 * (share * (1 - share) / n + square / (4 * n * n)).sqrt()
        low, high = (middle - spread) / (1 + square / n), (middle + spread) / (1 + square / n)
    return (+low if hits else Decimal(0)), (+high if hits < of else Decimal(1))


def median(values: Iterable[int | Fraction | Decimal]) -> Fraction | None:
    """Return the plain median, the mean of the middle two of an even number; nothing of nothing."""
    ordered = sorted(Fraction(value) for value in values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody followed for ``days`` from the beginning: until the event, or (``event`` false) until out of sight."""

    days: int
    event: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A day with events: how many were at risk on it, how many had the event, and ``S`` = top ÷ bottom from it on.

    Top and bottom are exact and not reduced, which keeps thousands of steps quick. ``spread`` is Greenwood's sum up to
    the day; there is none once S is 0.
    """

    day: int
    at_risk: int
    events: int
    top: int
    bottom: int
    spread: Decimal | None

    @property
    def survival(self) -> Fraction:
        """Return S from that day on."""
        return Fraction(self.top, self.bottom)


@dataclass(frozen=True, slots=True)
class Survival:
    """The product-limit estimate of ``n`` followed ones."""

    steps: tuple[Step, ...]
    n: int
    events: int
    longest: int

    def at(self, day: int) -> Fraction | None:
        """Return S on a day: the share still without the event.

        Past the longest follow-up nobody was seen, and S is not defined, unless it is 0 (it stays 0).
        """
        if not self.n:
            return None
        reached = [step for step in self.steps if step.day <= day]
        last = reached[-1].survival if reached else Fraction(1)
        return last if day <= self.longest or last == 0 else None

    @property
    def median(self) -> int | None:
        """Return the least day with S ≤ ½, compared exactly; none where S never falls so far."""
        return next((step.day for step in self.steps if 2 * step.top <= step.bottom), None)

    @property
    def median_interval(self) -> tuple[int | None, int | None]:
        """Return the 95 % interval of the median: the least days on which the band's ends are ≤ ½; an end may be open.

        The lower end of the band falls to ½ first, so that it gives the interval's lower end. Where S is 0 there is no
        band.
        """
        banded = [step for step in self.steps if step.spread is not None]
        low = next((step.day for step in banded if _band_is_half(step, Z95)), None)
        high = next((step.day for step in banded if _band_is_half(step, -Z95)), None)
        return low, high


def band_of(step: Step) -> tuple[Decimal, Decimal] | None:
    """Return the 95 % band of S from a day on, on the log-log scale; none where S is 0."""
    if step.spread is None:
        return None
    with localcontext() as context:
        context.prec = _DIGITS
        fall = -_quotient(step.top, step.bottom).ln()
        wide = (Z95 * step.spread.sqrt() / fall).exp()
        low, high = (-(fall * wide)).exp(), (-(fall / wide)).exp()
    return +low, +high


def survival_of(followed: Sequence[Followed]) -> Survival:
    """Return the product-limit estimate; somebody out of sight is at risk on the last day, and so is who had the event.

    ``days`` are not negative.
    """
    events = Counter(one.days for one in followed if one.event)
    leaving = Counter(one.days for one in followed)
    at_risk, top, bottom, spread = len(followed), 1, 1, Decimal(0)
    steps: list[Step] = []
    with localcontext() as context:
        context.prec = _DIGITS
        for day in sorted(leaving):
            if had := events[day]:
                top, bottom = top * (at_risk - had), bottom * at_risk
                if top:
                    spread += Decimal(had) / (at_risk * (at_risk - had))
                steps.append(Step(day, at_risk, had, top, bottom, spread if top else None))
            at_risk -= leaving[day]
    return Survival(tuple(steps), len(followed), sum(events.values()), max(leaving, default=0))


def _band_is_half(step: Step, z: Decimal) -> bool:
    """Whether the end of the band, S^exp(z·√spread ÷ |ln S|), is at most ½; at z > 0 the lower end."""
    assert step.spread is not None  # noqa: S101 - callers look only where there is a band
    with localcontext() as context:
        context.prec = _DIGITS
        fall = -_quotient(step.top, step.bottom).ln()
        return fall * (z * step.spread.sqrt() / fall).exp() >= Decimal(2).ln()


def _quotient(top: int, bottom: int) -> Decimal:
    """Return top ÷ bottom to the digits of the context; what is far beyond them is dropped first."""
    spare = max(min(top.bit_length(), bottom.bit_length()) - _BITS, 0)
    return Decimal(top >> spare) / Decimal(bottom >> spare)
