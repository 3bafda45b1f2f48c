"""`/opportunities`: what direct sales works on, kept in step with a CRM by its own ids; for systems alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.api.external import SyncedResource
from deals.queries.opportunities import opportunities_to_read
from deals.services.upserts import upsert_opportunity
from prm.api.fields import Answer, Input, ReferenceField
from prm.api.pagination import ListQuery

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class OpportunityAnswer(Answer):
    """An opportunity of direct sales; without `closed_at` it is open."""

    id = serializers.UUIDField(source="public_id")
    source_system = serializers.CharField()
    external_id = serializers.CharField()
    account = serializers.UUIDField(source="account.public_id")
    family = serializers.CharField(source="family.code", default=None, allow_null=True)
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    stage = serializers.CharField()
    owner_email = serializers.CharField()
    seller_name = serializers.CharField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class OpportunityInput(Input):
    """Absent members stay untouched; empty ones are cleared. No `family` means any."""

    answered = frozenset(OpportunityAnswer().fields) - {
        "account", "family", "opened_at", "closed_at", "stage", "owner_email", "seller_name"
    }  # fmt: skip

    account = ReferenceField(required=False)
    family = serializers.CharField(max_length=64, required=False, allow_null=True)
    opened_at = serializers.DateTimeField(required=False)
    closed_at = serializers.DateTimeField(required=False, allow_null=True)
    stage = serializers.CharField(max_length=80, required=False, allow_blank=True)
    owner_email = serializers.EmailField(required=False, allow_blank=True)
    seller_name = serializers.CharField(max_length=160, required=False, allow_blank=True)


class OpportunityQuery(ListQuery):
    """Filters of the list of opportunities."""

    lookups: ClassVar = {
        "updated_since": "updated_at__gte",
        "source_system": "source_system",
        "external_id": "external_id",
        "account": "account__public_id",
    }
    orderings: ClassVar = {"id": "pk", "updated_at": "updated_at"}

    updated_since = serializers.DateTimeField(required=False)
    source_system = serializers.CharField(max_length=32, required=False)
    external_id = serializers.CharField(max_length=200, required=False)
    account = serializers.UUIDField(required=False)


class OpportunityResource(SyncedResource):
    """`/opportunities`."""

    resource = "opportunities"
    query_class = OpportunityQuery
    serializer_class = OpportunityAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the opportunities; a partner's key sees none."""
        return opportunities_to_read(actor)

    @extend_schema(request=OpportunityInput, responses={200: OpportunityAnswer, 201: OpportunityAnswer})
    def upsert(self, _request: Request, **_names: Any) -> Response:
        """Create or change the opportunity that your system calls so; a repeat changes nothing."""
        return self.upserted(upsert_opportunity, OpportunityInput)
