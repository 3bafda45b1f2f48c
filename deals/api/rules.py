"""`/rules-of-engagement`: the versions of the settings, read by systems; they are edited in the console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from deals.queries.rules import rules_in_force
from deals.queries.versions import versions_to_read
from prm.api.errors import not_found
from prm.api.fields import Answer
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from prm.actors import Actor


NUMBER = re.compile("[0-9]{1,9}")


class RulesAnswer(Answer):
    """A version: its settings in full, from when until when it holds, and why it was made."""

    version = serializers.IntegerField(help_text="0: as the product delivers it.")
    effective_from = serializers.DateTimeField(allow_null=True)
    effective_until = serializers.DateTimeField(allow_null=True)
    settings = serializers.JSONField()
    reason = serializers.CharField()


class RulesResource(Resource):
    """`/rules-of-engagement`."""

    resource = "rules-of-engagement"
    serializer_class = RulesAnswer
    lookup_field = "version"
    lookup_url_kwarg = "version"

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the versions; a partner's key sees none."""
        return versions_to_read(actor)

    def get_object(self) -> Any:
        """Return the version of the address; what is no number names none."""
        number = str(self.kwargs["version"])
        found = self.get_queryset().filter(version=int(number)).first() if NUMBER.fullmatch(number) else None
        if found is None:
            raise not_found()
        return found

    @extend_schema(responses=RulesAnswer)
    def in_force(self, _request: Request) -> Response:
        """Return the settings in force at this moment."""
        if not self.actor.is_internal:
            raise not_found()
        settings = rules_in_force(now=timezone.now())
        row = self.get_queryset().filter(version=settings.version).first()
        values = {
            "version": settings.version,
            "effective_from": row.effective_from if row else None,
            "effective_until": row.effective_until if row else None,
            "settings": settings.to_json(),
            "reason": row.reason if row else "",
        }
        return Response(self.get_serializer(values).data)
