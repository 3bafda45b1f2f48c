"""Months' closing rates: every figure converts by this one rule and can say which rate it used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from prm.models import FxRate, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True, slots=True)
class Rate:
    """How many units of ``currency`` one euro bought at the end of ``month`` (the euro itself: always one)."""

    currency: str
    per_eur: Decimal
    month: date | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """The last closing rates known on a day, towards the program's ``base`` currency."""

    base: str
    known: Mapping[str, Rate]

    def convert(self, amount: Decimal, currency: str) -> Decimal | None:
        """Return an amount in the base currency; an amount without a currency is in it. Nothing without a rate."""
        if currency in {"", self.base}:
            return amount
        if currency not in self.known or self.base not in self.known:
            return None
        return amount / self.known[currency].per_eur * self.known[self.base].per_eur

    def used(self, currencies: set[str]) -> list[Rate]:
        """Return the rates that a sum over ``currencies`` rests on, by currency; none for the base currency alone."""
        foreign = currencies - {"", self.base}
        wanted = foreign | {self.base} if foreign else foreign
        return [self.known[code] for code in sorted(wanted) if code in self.known and self.known[code].month]


def rates_on(day: date) -> Rates:
    """Return the rates of the month of ``day``, or the last ones before it. Two queries."""
    latest = FxRate.objects.filter(month__lte=day).order_by("currency", "-month").distinct("currency")
    known = {"EUR": Rate("EUR", Decimal(1))} | {
        row.currency: Rate(row.currency, row.per_eur, row.month) for row in latest if row.currency != "EUR"
    }
    return Rates(Program.current().base_currency, known)
