"""How values look in the API: money as strings, instants in UTC, objects by public id."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from prm.api.permissions import actor_of
from prm.currencies import CURRENCIES

AMOUNT_LIMIT = 1_000_000_000_000
DIGITS = 20
PLACES = 6


def money_string(amount: Decimal, currency: str) -> str:
    """Return a plain decimal: at least the currency's minor digits, more only where the amount has them."""
    minor = CURRENCIES.get(currency, 2)
    plain = f"{amount.normalize():f}"
    whole, _dot, digits = plain.partition(".")
    digits = digits.ljust(minor, "0")
    return f"{whole}.{digits}" if digits else whole


class MoneyField(serializers.DecimalField):
    """An amount as a string beside its currency, which ``currency`` names (dots reach into objects)."""

    def __init__(self, *, currency: str = "currency", minimum: int | None = 0, **options: Any) -> None:
        """``minimum`` is the least amount that is taken in; nothing over 10^12 either way."""
        self.currency = currency
        options.setdefault("min_value", -AMOUNT_LIMIT if minimum is None else minimum)
        super().__init__(max_digits=DIGITS, decimal_places=PLACES, max_value=AMOUNT_LIMIT, **options)

    def get_attribute(self, instance: Any) -> Any:
        """Return the amount with its currency."""
        amount = super().get_attribute(instance)
        if amount is None:
            return None
        currency = instance
        for name in self.currency.split("."):
            currency = getattr(currency, name)
        return amount, str(currency)

    def to_representation(self, value: Any) -> Any:
        """Return the string."""
        amount, currency = value if isinstance(value, tuple) else (value, "")
        return money_string(Decimal(amount), currency)


class CurrencyField(serializers.CharField):
    """An ISO 4217 code that the database knows."""

    default_error_messages: ClassVar[dict[str, Any]] = {"unknown": _("“{value}” is no ISO 4217 currency.")}

    def __init__(self, **options: Any) -> None:
        """Bound the length."""
        super().__init__(max_length=3, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the code in capitals."""
        value = super().to_internal_value(data).upper()
        if value and value not in CURRENCIES:
            self.fail("unknown", value=value)
        return value


class CountryField(serializers.RegexField):
    """An ISO 3166 country code of two letters; empty = unknown."""

    def __init__(self, **options: Any) -> None:
        """Allow two letters or nothing."""
        options.setdefault("allow_blank", True)
        super().__init__(r"^[A-Za-z]{2}$", max_length=2, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the code in capitals."""
        return str(super().to_internal_value(data)).upper()


class Answer(serializers.Serializer[Any]):
    """An object as the API shows it; a partner's key does not see ``internal_fields``."""

    internal_fields: ClassVar[frozenset[str]] = frozenset()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Leave out what the key may not see; a schema, which has no key, shows everything."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None and not actor_of(request).is_internal:
            for name in self.internal_fields:
                fields.pop(name, None)
        for field in fields.values():
            field.read_only = True
        return fields


class Input(serializers.Serializer[Any]):
    """A body as the API takes it: an unknown member is refused, an absent one stays untouched.

    ``answered`` names members that an answer has and that may come back with it; they are ignored.
    """

    answered: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        """Refuse members that nobody would read: a misspelt one must not be lost in silence."""
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields and name not in self.answered]
            if unknown:
                message = _("There is no such member.")
                raise serializers.ValidationError(
                    {name: serializers.ErrorDetail(str(message), "unknown") for name in unknown}
                )
        return super().to_internal_value(data)


SYSTEM_LENGTH = 32
EXTERNAL_ID = serializers.CharField(max_length=200)
REFERENCE = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "object",
            "required": ["source_system", "external_id"],
            "properties": {"source_system": {"type": "string"}, "external_id": {"type": "string"}},
        },
        {"type": "null"},
    ],
    "description": "Its external id in the same source system, or our `id`; or an object that names the system.",
}


@extend_schema_field(REFERENCE)
class ReferenceField(serializers.Field[Any, Any, Any, Any]):
    """Another object: our ``id``, its external id in the same source system, or an object that names its system.

    Taken in as ``(source_system, text)``; a text without a system belongs to that of the address.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Give an id, or an object of source_system and external_id."),
        "blank": _("This may not be empty."),
    }

    def to_internal_value(self, data: Any) -> tuple[str, str]:
        """Return where the object is named, and how."""
        source: Any = self.context.get("source_system", "")
        if isinstance(data, Mapping):
            if set(data) != {"source_system", "external_id"}:
                self.fail("invalid")
            source, data = data["source_system"], data["external_id"]
        if not isinstance(source, str) or not isinstance(data, str) or len(source) > SYSTEM_LENGTH:
            self.fail("invalid")
        text = EXTERNAL_ID.run_validation(data)
        EXTERNAL_ID.run_validation(source or "-")
        return source, str(text)

    def to_representation(self, value: Any) -> Any:
        """Return our id."""
        return str(value)


MONTH = re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])")


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"})
class MonthField(serializers.Field[date, str, str, date]):
    """A month, as ``YYYY-MM``."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": _("Give a month as YYYY-MM.")}

    def to_internal_value(self, data: Any) -> date:
        """Return its first day."""
        if not isinstance(data, str) or not MONTH.fullmatch(data):
            self.fail("invalid")
        return date.fromisoformat(f"{data}-01")

    def to_representation(self, value: date) -> str:
        """Return it as it is written."""
        return f"{value:%Y-%m}"


@extend_schema_field({"type": "string", "format": "byte"})
class Base64Field(serializers.CharField):
    """Bytes as base64."""

    default_error_messages: ClassVar[dict[str, Any]] = {"base64": _("Give the file as base64.")}

    def to_internal_value(self, data: Any) -> Any:
        """Return the bytes."""
        try:
            return base64.b64decode(super().to_internal_value(data), validate=True)
        except (binascii.Error, ValueError):
            self.fail("base64")
