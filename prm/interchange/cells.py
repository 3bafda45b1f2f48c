"""What a cell may hold: each kind turns its text into a value, or says what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from prm.currencies import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prm.interchange.files import Lookup

MONEY_LIMIT = Decimal(1_000_000_000_000)
FIRST_YEAR, LAST_YEAR = 1900, 2199
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)
SLUG = re.compile(r"[-a-zA-Z0-9_]+", re.ASCII)
COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)


class CellError(ValueError):
    """The cell's text is not what its column holds; the message says why."""


@dataclass(frozen=True)
class Kind:
    """A kind of cell: its column type in the database, what an empty cell stores, how text is read."""

    sql: ClassVar[str] = "text"
    empty: Any = None

    def parse(self, text: str) -> Any:
        """Turn the trimmed, non-empty ``text`` into a value, or raise CellError."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Kind):
    """Any text of at most ``most`` characters."""

    empty: Any = ""
    most: int = 200

    def parse(self, text: str) -> str:
        """Return the text."""
        if len(text) > self.most:
            raise CellError(_("has %(n)s characters, at most %(most)s fit") % {"n": len(text), "most": self.most})
        return text


@dataclass(frozen=True)
class Code(Text):
    """A short name for machines: letters, digits, hyphens and underscores."""

    most: int = 64

    def parse(self, text: str) -> str:
        """Return the code."""
        if not SLUG.fullmatch(text):
            raise CellError(_("“%(text)s” may have only letters, digits, - and _") % {"text": text})
        return super().parse(text)


@dataclass(frozen=True)
class Email(Text):
    """An e-mail address, kept in lower case."""

    most: int = 254
    validate: ClassVar[EmailValidator] = EmailValidator()

    def parse(self, text: str) -> str:
        """Return the address in lower case."""
        address = super().parse(text).lower()
        try:
            self.validate(address)
        except ValidationError:
            raise CellError(_("“%(text)s” is not an e-mail address") % {"text": text}) from None
        return address


@dataclass(frozen=True)
class Country(Text):
    """A country by its two letters of ISO 3166."""

    def parse(self, text: str) -> str:
        """Return the two letters in upper case."""
        if not COUNTRY.fullmatch(text):
            raise CellError(_("“%(text)s” is not a country code of two letters (like DE)") % {"text": text})
        return text.upper()


@dataclass(frozen=True)
class Currency(Text):
    """A currency by its three letters of ISO 4217."""

    def parse(self, text: str) -> str:
        """Return the code in upper case."""
        if text.upper() not in CURRENCIES:
            raise CellError(_("“%(text)s” is not a currency code of ISO 4217 (like EUR)") % {"text": text})
        return text.upper()


@dataclass(frozen=True)
class Choice(Text):
    """One of a list; ``also`` names other spellings that people use."""

    allowed: tuple[str, ...] = ()
    also: Mapping[str, str] | None = None

    def parse(self, text: str) -> str:
        """Return the choice as it is stored."""
        value = text.lower()
        value = (self.also or {}).get(value, value)
        if value not in self.allowed:
            allowed = ", ".join(self.allowed)
            raise CellError(_("“%(text)s” is not one of: %(allowed)s") % {"text": text, "allowed": allowed})
        return value


@dataclass(frozen=True)
class Reference(Text):
    """The key of a row elsewhere: in the same folder, or stored already."""

    empty: Any = None
    to: Lookup | None = None
    form: Text = Text()

    def parse(self, text: str) -> str:
        """Return the key, in the form in which it is stored."""
        return self.form.parse(text)


@dataclass(frozen=True)
class Flag(Kind):
    """``true`` or ``false``."""

    sql: ClassVar[str] = "boolean"
    empty: Any = False

    def parse(self, text: str) -> bool:
        """Return whether it is true."""
        if text.lower() not in {"true", "false"}:
            raise CellError(_("“%(text)s” is neither true nor false") % {"text": text})
        return text.lower() == "true"


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number from ``least`` to ``most``."""

    sql: ClassVar[str] = "integer"
    least: int = 0
    most: int = 32_767

    def parse(self, text: str) -> int:
        """Return the number."""
        if not WHOLE.fullmatch(text):
            raise CellError(_("“%(text)s” is not a whole number") % {"text": text})
        value = int(text)
        if not self.least <= value <= self.most:
            raise CellError(
                _("%(text)s is not between %(least)s and %(most)s")
                % {"text": text, "least": self.least, "most": self.most}
            )
        return value


@dataclass(frozen=True)
class Number(Kind):
    """A plain decimal from ``least`` to ``most`` with at most ``digits`` decimals."""

    sql: ClassVar[str] = "numeric"
    least: Decimal = Decimal(0)
    most: Decimal = MONEY_LIMIT
    digits: int = 6

    def parse(self, text: str) -> Decimal:
        """Return the number."""
        if not NUMBER.fullmatch(text):
            raise CellError(_("“%(text)s” is not a plain number (like 1234.56)") % {"text": text})
        value = Decimal(text)
        if value < self.least:
            raise CellError(_("%(text)s is below %(least)s") % {"text": text, "least": f"{self.least:f}"})
        if value > self.most:
            raise CellError(_("%(text)s is above %(most)s") % {"text": text, "most": f"{self.most:f}"})
        if value != value.quantize(Decimal(1).scaleb(-self.digits)):
            raise CellError(_("%(text)s has more than %(n)s decimals") % {"text": text, "n": self.digits})
        return value


@dataclass(frozen=True)
class Day(Kind):
    """A date, ``YYYY-MM-DD``."""

    sql: ClassVar[str] = "date"

    def parse(self, text: str) -> date:
        """Return the date."""
        if not DAY.fullmatch(text):
            raise CellError(_("“%(text)s” is not a date (YYYY-MM-DD)") % {"text": text})
        try:
            value = date.fromisoformat(text)
        except ValueError:
            raise CellError(_("“%(text)s” is not a day of the calendar") % {"text": text}) from None
        return _in_years(value, text)


@dataclass(frozen=True)
class Month(Kind):
    """A month, ``YYYY-MM``, stored as its first day."""

    sql: ClassVar[str] = "date"

    def parse(self, text: str) -> date:
        """Return the month's first day."""
        match = MONTH.fullmatch(text)
        if match is None or not 1 <= int(match[2]) <= 12:  # noqa: PLR2004 - months of a year
            raise CellError(_("“%(text)s” is not a month (YYYY-MM)") % {"text": text})
        return _in_years(date(max(int(match[1]), 1), int(match[2]), 1), text)


@dataclass(frozen=True)
class Instant(Kind):
    """A moment (ISO 8601); without an offset, or as a bare date, it is in the program's time zone."""

    sql: ClassVar[str] = "timestamptz"

    def parse(self, text: str) -> datetime:
        """Return the moment; one without an offset is naive (see ``in_zone``)."""
        bare = DAY.fullmatch(text) is not None
        if not bare and not INSTANT.fullmatch(text):
            raise CellError(_("“%(text)s” is not a moment (YYYY-MM-DDThh:mm:ssZ)") % {"text": text})
        try:
            value = datetime.combine(date.fromisoformat(text), time()) if bare else datetime.fromisoformat(text)
        except ValueError:
            raise CellError(_("“%(text)s” is not a moment of the calendar") % {"text": text}) from None
        _in_years(value.date(), text)
        return value

    @staticmethod
    def in_zone(value: datetime, zone: tzinfo) -> datetime:
        """Return the moment in UTC; a naive one is meant in ``zone``."""
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _in_years(value: date, text: str) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise CellError(
            _("%(text)s is not between %(first)s and %(last)s; an open end is an empty cell")
            % {"text": text, "first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return value
