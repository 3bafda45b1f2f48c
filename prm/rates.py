"""Conversion at the closing rate of a month: the one definition, beside the same in SQL of the rollups.

A day's rate is that of its month, or of the last month before that has one; in the month that runs it is the last that
was loaded. Without any rate an amount stays out of a converted sum, and the figure says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from prm import formats
from prm.models import FxRate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from prm.ui.states import Words

EURO = "EUR"
DIGITS = Decimal(1).scaleb(-20)
PRECISION = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """How many units of a currency one euro buys, as of the end of ``month``."""

    per_eur: Decimal
    month: date | None


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of a day into ``base``."""

    base: str
    of: dict[str, Rate]

    def factor(self, currency: str) -> Decimal | None:
        """Return what one unit of a currency is in ``base``, to 20 digits; nothing without a rate."""
        if currency == self.base:
            return Decimal(1)
        if currency not in self.of or self.base not in self.of:
            return None
        with localcontext() as context:
            context.prec = PRECISION
            return (self.of[self.base].per_eur / self.of[currency].per_eur).quantize(DIGITS)

    def convert(self, amounts: Iterable[tuple[str, Decimal]]) -> Decimal:
        """Return the sum of amounts by currency in ``base``; those without a rate are left out."""
        with localcontext() as context:
            context.prec = PRECISION
            return sum(
                (
                    amount * factor
                    for currency, amount in amounts
                    if (factor := self.factor(currency)) is not None
                ),
                Decimal(0),
            )

    def notes(self, currencies: Iterable[str]) -> tuple[Words, ...]:
        """Return the rates used for these currencies, in words, and which have none."""
        found: list[Words] = []
        foreign = sorted(set(currencies) - {self.base})
        named = [*foreign, *([self.base] if self.base != EURO and foreign else [])]
        for currency in named:
            rate = self.of.get(currency)
            if rate is None:
                found.append(
                    format_lazy(_("{currency} has no exchange rate: its amounts are left out."), currency=currency)
                )
            elif rate.month is not None:
                found.append(
                    format_lazy(
                        _("Converted at {rate} {currency} for one euro, the closing rate of {month}."),
                        rate=formats.number(rate.per_eur.normalize()),
                        currency=currency,
                        month=f"{rate.month:%Y-%m}",
                    )
                )
        return tuple(found)


def rates_on(day: date, *, base: str) -> Rates:
    """Return the rates of a day into ``base``. One query."""
    rows = (
        FxRate.objects.filter(month__lte=day)
        .exclude(currency=EURO)
        .order_by("currency", "-month")
        .distinct("currency")
        .values_list("currency", "per_eur", "month")
    )
    return Rates(base, {EURO: Rate(Decimal(1), None)} | {code: Rate(value, month) for code, value, month in rows})
