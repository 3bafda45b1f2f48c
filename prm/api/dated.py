"""Answers and inputs about what holds from a day until a day (exclusive); null is open.

``from`` is no name in Python, so these add it. ``until`` is declared by each resource, in its place among the others.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from prm.api.fields import Answer, Input


class DatedAnswer(Answer):
    """What holds from the row's ``valid_from`` on."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``."""
        fields = super().get_fields()
        fields["from"] = serializers.DateField(source="valid_from", allow_null=True, read_only=True)
        return fields


class BeginningInput(Input):
    """What is to hold from a day on."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``."""
        fields = super().get_fields()
        fields["from"] = serializers.DateField(required=False, allow_null=True)
        return fields


class DatedInput(BeginningInput):
    """The same with an ``until``; equal days void the row."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        begins, ends = attrs.get("from"), attrs.get("until")
        if begins and ends and ends < begins:
            raise serializers.ValidationError({"until": [_("The end lies before the beginning.")]}, code="date_order")
        return attrs
