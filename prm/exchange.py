"""Months' closing rates: every figure converts by this one rule and can say which rate it used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from prm import formats
from prm.models import FxRate, Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from prm.ui.states import Words

FACTOR_DIGITS = Decimal(1).scaleb(-20)
PRECISION = 60


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

    def factor(self, currency: str) -> Decimal | None:
        """Return what one unit of a currency is in the base currency, to 20 digits as the rollups' SQL has it."""
        if currency == self.base:
            return Decimal(1)
        if currency not in self.known or self.base not in self.known:
            return None
        with localcontext() as context:
            context.prec = PRECISION
            return (self.known[self.base].per_eur / self.known[currency].per_eur).quantize(FACTOR_DIGITS)

    def total(self, amounts: Iterable[tuple[str, Decimal]]) -> Decimal:
        """Return the sum of amounts by currency in the base currency; those without a rate are left out."""
        with localcontext() as context:
            context.prec = PRECISION
            rated = ((amount, self.factor(currency)) for currency, amount in amounts)
            return sum((amount * factor for amount, factor in rated if factor is not None), Decimal(0))

    def notes(self, currencies: Iterable[str]) -> tuple[Words, ...]:
        """Return in words which rates a sum over ``currencies`` rests on, and which have none and are left out."""
        wanted = set(currencies)
        missing = sorted(code for code in wanted if self.factor(code) is None)
        return (
            *(
                format_lazy(
                    _("1 EUR = {rate} {currency}, closing rate of {month}"),
                    rate=formats.number(one.per_eur.normalize()),
                    currency=one.currency,
                    month=formats.month(one.month) if one.month else "",
                )
                for one in self.used(wanted)
            ),
            *(
                format_lazy(_("{currency} has no exchange rate: its amounts are left out"), currency=code)
                for code in missing
            ),
        )

    def used(self, currencies: set[str]) -> list[Rate]:
        """Return the rates that a sum over ``currencies`` rests on, by currency; none for the base currency alone."""
        foreign = currencies - {"", self.base}
        wanted = foreign | {self.base} if foreign else foreign
        return [self.known[code] for code in sorted(wanted) if code in self.known and self.known[code].month]


def rates_on(day: date) -> Rates:
    """Return the rates of the month of ``day``, or the last ones before it. Two queries."""
    return rates_of_days([day])[day]


def rates_of_days(days: Sequence[date]) -> dict[date, Rates]:
    """Return the rates of each of several days. Two queries."""
    rows = FxRate.objects.filter(month__lte=max(days)).order_by("month").values_list("currency", "month", "per_eur")
    return rates_from(list(rows), days, base=Program.current().base_currency)


def rates_from(rows: Sequence[tuple[str, date, Decimal]], days: Sequence[date], *, base: str) -> dict[date, Rates]:
    """Return the rates of each of several days out of those read: currency, month and rate, in the months' order."""
    found = {}
    for day in days:
        known = {code: Rate(code, rate, month) for code, month, rate in rows if month <= day and code != "EUR"}
        found[day] = Rates(base, {"EUR": Rate("EUR", Decimal(1))} | known)
    return found
