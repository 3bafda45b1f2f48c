"""How providers make their answers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from prm.metrics.statistics import wilson
from prm.metrics.types import Part, Unit, Value

if TYPE_CHECKING:
    from prm.ui.states import Words


def not_defined(why: Words, *, n: int = 0, parts: tuple[Part, ...] = (), notes: tuple[Words, ...] = ()) -> Value:
    """Return a figure without a value."""
    return Value(n=n, undefined=why, parts=parts, notes=notes)


def ratio(
    numerator: Decimal | int,
    denominator: Decimal | int,
    *,
    undefined: Words,
    n: int | None = None,
    with_interval: bool = False,
    parts: tuple[Part, ...] = (),
    notes: tuple[Words, ...] = (),
) -> Value:
    """Return ``numerator ÷ denominator``; at a denominator of 0 it is not defined, for the reason given.

    ``n`` is the denominator unless it says otherwise; ``with_interval`` adds Wilson's (for shares of counts only).
    """
    top, bottom = Decimal(numerator), Decimal(denominator)
    number = int(bottom) if n is None else n
    if not bottom:
        return Value(top, bottom, number, None, undefined, parts=parts, notes=notes)
    low, high = wilson(int(top), int(bottom)) if with_interval else (None, None)
    return Value(top, bottom, number, top / bottom, low=low, high=high, parts=parts, notes=notes)


def plain(
    value: Decimal | int,
    *,
    n: int,
    currency: str = "",
    parts: tuple[Part, ...] = (),
    notes: tuple[Words, ...] = (),
) -> Value:
    """Return a figure that is no quotient: a sum, a count, a median."""
    return Value(n=n, value=Decimal(value), currency=currency, parts=parts, notes=notes)


def count(code: str, label: Words, number: int) -> Part:
    """Return a count beside a figure."""
    return Part(code, label, plain(number, n=number), Unit.COUNT)


def exact(value: Fraction | int) -> Decimal:
    """Return a fraction as a decimal of 28 digits."""
    return Decimal(value.numerator) / Decimal(value.denominator)
