"""Rounding, once per key."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def round_half_away(value: Fraction, minor: int) -> Decimal:
    """Round to the minor unit, half away from zero: a reversal is the exact negative."""
    units = abs(value) * 10**minor
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Decimal(-whole if value < 0 else whole).scaleb(-minor)
