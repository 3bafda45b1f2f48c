"""Inputs that several forms share: amounts, countries, currencies, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from prm import formats
from prm.currencies import CURRENCIES

LARGEST_AMOUNT = Decimal(1_000_000_000_000)
USUAL_CURRENCIES = ("EUR", "USD", "GBP", "PLN", "CHF", "SEK", "NOK", "DKK", "CZK", "HUF", "CNY", "AED")
_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "CP", "DG", "EA", "IC", "TA", "AC", "CQ"})
_ALPHA_2 = 2


class Amount(forms.Field):
    """An amount as people of the page's language type it; cleans to ``Decimal`` or ``None``."""

    def to_python(self, value: Any) -> Decimal | None:
        """Read the number, or say how to type it."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            amount = formats.parse_number(text)
        except formats.NumberError as error:
            raise forms.ValidationError(str(error)) from error
        if amount < 0:
            raise forms.ValidationError(_("Enter an amount of zero or more."))
        if amount > LARGEST_AMOUNT:
            raise forms.ValidationError(_("This amount is too large."))
        return amount


def countries() -> list[tuple[str, str]]:
    """Return the countries by their names in the language of the page."""
    names = formats.current_locale().territories
    found = [
        (code, str(name))
        for code, name in names.items()
        if len(code) == _ALPHA_2 and code.isalpha() and code not in _NOT_COUNTRIES
    ]
    return sorted(found, key=lambda pair: pair[1].casefold())


def country_name(code: str) -> str:
    """Return a country's name in the language of the page; an unknown code as it is."""
    return str(formats.current_locale().territories.get(code, code))


def currencies(first: str) -> Iterable[str]:
    """Return the program's currency and the usual ones."""
    return dict.fromkeys([first, *(code for code in USUAL_CURRENCIES if code in CURRENCIES)])
