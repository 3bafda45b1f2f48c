"""Money, numbers and dates as people write them in the language of the page (Babel's CLDR data).

Amounts are :class:`~decimal.Decimal` in units of their currency. Digits are Latin in every language, because invoices
must match bank papers. Nothing here rounds money but to its currency's minor unit for showing.
"""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.dates import format_time as babel_time
from babel.numbers import format_currency, get_currency_precision, get_decimal_symbol, get_group_symbol
from babel.numbers import format_decimal as babel_decimal
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

MINUS: Final = "\N{MINUS SIGN}"
NBSP: Final = "\N{NO-BREAK SPACE}"
_PERSIAN_AND_ARABIC: Final = str.maketrans(
    "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9"
    "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
    "01234567890123456789",
)
_SPACES: Final = re.compile(r"[\s\u00a0\u202f\u200e\u200f\u061c]+")
_TWO_STOPS: Final = re.compile(r"(?<!\.)\.\.(?!\.)")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")


class NumberError(ValueError):
    """What was typed is not one number; the message is a sentence for the person who typed it."""


def current_locale() -> Locale:
    """Babel's locale for the language of this request (``zh-hans`` is ``zh_Hans``); English when unknown."""
    code = (get_language() or "en").replace("-", "_")
    try:
        return Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def money(amount: Decimal, currency: str, *, signed: bool = False) -> str:
    """``€41,280.50``: the amount with its currency, rounded half up to the minor unit, U+2212 when negative.

    ``signed`` puts a plus before a positive change.
    """
    digits = get_currency_precision(currency)
    shown = Decimal(amount).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = _spaced(format_currency(abs(shown), currency, locale=current_locale()))
    return _with_sign(text, shown, signed=signed)


def money_rounded(amount: Decimal, currency: str) -> str:
    """``€2,372``: whole units, for axes and labels of charts only."""
    shown = Decimal(amount).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    locale = current_locale()
    pattern = locale.currency_formats["standard"].pattern
    whole = re.sub(r"([#0])\.0+", r"\1", pattern)
    text = _spaced(format_currency(abs(shown), currency, format=whole, locale=locale, currency_digits=False))
    return _with_sign(text, shown, signed=False)


def number(value: Decimal | float, *, places: int | None = None, signed: bool = False) -> str:
    """``1,234.5``: grouped; ``places`` fixes the decimals."""
    exact = Decimal(str(value))
    pattern = "#,##0.###" if places is None else "#,##0" + ("." + "0" * places if places else "")
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = babel_decimal(abs(exact), format=pattern, locale=current_locale(), decimal_quantization=places is not None)
    return _with_sign(text, exact, signed=signed)


def percent(fraction: Decimal | float, *, places: int | None = None) -> str:
    """``61 %`` of the fraction 0.61; up to one decimal unless ``places`` says otherwise.

    The space is a no-break space in every language but Chinese.
    """
    value = Decimal(str(fraction)) * 100
    if places is None:
        value = value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP).normalize()
    return number(value, places=places) + ("%" if current_locale().language == "zh" else f"{NBSP}%")


def _spaced(text: str) -> str:
    """Return a no-break space between a code in letters and the digits (``PLN 38,904.20``), as CLDR asks."""
    return re.sub(r"([A-Za-z])(?=\d)", rf"\1{NBSP}", text)


def _with_sign(text: str, value: Decimal, *, signed: bool) -> str:
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    if not sign:
        return text
    mark = "\N{LEFT-TO-RIGHT MARK}"
    return f"{mark}{sign}{text.removeprefix(mark)}" if text.startswith(mark) else f"{sign}{text}"


# CLDR's plain English is American; the program writes the day first. The rest follows CLDR, spelled out because its
# skeletons shorten the weekday. Months of a date stand in the genitive where a language has one (``MMMM``).
_DAY_PATTERNS: Final[dict[str, dict[str, str]]] = {
    "long": {"en": "d MMMM y"},
    "short": {"en": "d MMM", "pl": "d MMM", "fa": "d MMMM", "zh": "M月d日"},
    "short_year": {"en": "d MMM y", "pl": "d MMM y", "fa": "d MMMM y", "zh": "y年M月d日"},
    "near": {"en": "d MMMM", "pl": "d MMMM", "fa": "d MMMM", "zh": "M月d日"},
    "weekday": {"en": "EEEE d MMMM", "pl": "EEEE, d MMMM", "fa": "EEEE d MMMM", "zh": "M月d日EEEE"},
}
_DAY_FALLBACK: Final = {
    "long": "long",
    "short": "d MMM",
    "short_year": "d MMM y",
    "near": "d MMMM",
    "weekday": "EEEE, d MMMM",
}


def day(value: dt.date, *, style: str = "long") -> str:
    """``22 November 2026``; ``short`` is ``22 Nov``, ``near`` ``22 November``, ``weekday`` names the day.

    ``short`` and ``near`` bear the year when it is another one.
    Instants are shown in the reader's time zone.
    """
    on = _local_date(value)
    if style == "short" and on.year != timezone.localdate().year:
        style = "short_year"
    if style == "near" and on.year != timezone.localdate().year:
        style = "long"
    locale = current_locale()
    pattern = _DAY_PATTERNS[style].get(locale.language, _DAY_FALLBACK[style])
    return format_date(on, pattern, locale=locale)


def one_stop(text: str) -> str:
    """Return a sentence without the second full stop behind a name that ends in one: ``Mazur Sieci s.c.``."""
    return _TWO_STOPS.sub(".", text)


def month(value: dt.date, *, style: str = "long") -> str:
    """``March 2026``; ``name`` is ``March``, ``short`` is ``Mar``."""
    locale = current_locale()
    if style == "long":
        return format_date(value, "y年M月" if locale.language == "zh" else "LLLL y", locale=locale)
    # Persian has no shorter month names.
    pattern = "LLL" if style == "short" and locale.language != "fa" else "LLLL"
    return format_date(value, pattern, locale=locale)


def clock(value: dt.datetime) -> str:
    """``09:14`` in the reader's time zone."""
    return babel_time(timezone.localtime(value), "HH:mm", locale=current_locale())


def moment(value: dt.datetime, *, style: str = "short") -> str:
    """``20 Nov 09:05``: day and time of an instant."""
    return f"{day(value, style=style)} {clock(value)}"


def country(code: str) -> str:
    """``Finland`` of ``FI``, in the page's language; an unknown code stays as it is."""
    return str(current_locale().territories.get(code.upper(), code))


def _local_date(value: dt.date) -> dt.date:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


def latin_digits(text: str) -> str:
    """Persian and Arabic digits as Latin ones; everything else stays."""
    return text.translate(_PERSIAN_AND_ARABIC)


def parse_number(text: str) -> Decimal:
    """Return the number someone typed, in the page's language or with Persian or Arabic digits.

    Accepts the group and decimal signs of the language, U+066B and U+066C, spaces, and U+2212 as minus. A single point
    is always a decimal point; where the language groups by comma a comma groups only before three digits.
    Raises :class:`NumberError` with a sentence saying what to type instead.
    """
    locale = current_locale()
    plain = _SPACES.sub("", latin_digits(text)).replace(MINUS, "-")
    plain = plain.replace("\u066c", "").replace("\u066b", ".").replace("'", "").replace("\u2019", "")
    plain = _without_groups(plain, group=get_group_symbol(locale), decimal=get_decimal_symbol(locale))
    if not _NUMBER.fullmatch(plain):
        raise NumberError(
            _("Enter a number, for example %(example)s.") % {"example": number(Decimal("1250.5"), places=2)}
        )
    try:
        return Decimal(plain)
    except InvalidOperation as error:  # pragma: no cover - the pattern above leaves nothing else
        raise NumberError(_("Enter a number.")) from error


def _without_groups(text: str, *, group: str, decimal: str) -> str:
    """Only one decimal point left, no group signs; ambiguous input is left as it is, so that it is refused."""
    if "," in text and "." in text:
        last = max(text.rfind(","), text.rfind("."))
        whole, fraction = text[:last], text[last + 1 :]
        mark = "." if text[last] == "," else ","
        return f"{whole.replace(mark, '')}.{fraction}" if _grouped(whole, mark) else text
    if decimal == "," or (group != "," and "," in text):
        return text.replace(",", ".") if text.count(",") == 1 else text
    if "," in text:
        return text.replace(",", "") if _grouped(text, ",") else text
    if text.count(".") > 1 and _grouped(text, "."):
        return text.replace(".", "")
    return text


def _grouped(text: str, mark: str) -> bool:
    return bool(re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})*|[+-]?\d+", text))
