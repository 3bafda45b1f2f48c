"""`/co-sell-awards` and their exports: what payroll reads; systems alone."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.models import AwardExport
from deals.queries.awards import awards_for, exports_for
from deals.services.awards import export_awards
from prm.api.fields import Answer, Input, MoneyField
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class AwardAnswer(Answer):
    """What a direct seller gets for a won co-sell deal; a negative amount takes an earlier award back."""

    number = serializers.CharField(source="__str__")
    registration = serializers.CharField(source="registration.reference")
    seller_name = serializers.CharField()
    seller_email = serializers.CharField()
    earned_on = serializers.DateField()
    amount = MoneyField(allow_null=True, minimum=None)
    currency = serializers.CharField()
    export = serializers.IntegerField(source="export.number", default=None, allow_null=True)
    reverses = serializers.CharField(source="reverses.__str__", default=None, allow_null=True)
    voided_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class AwardQuery(ListQuery):
    """Filters of the list of awards."""

    lookups: ClassVar = {"export": "export__number"}
    orderings: ClassVar = {"id": "pk"}

    export = serializers.IntegerField(required=False, min_value=1, max_value=2**62)


class AwardResource(Resource):
    """`/co-sell-awards`."""

    resource = "co-sell-awards"
    query_class = AwardQuery
    serializer_class = AwardAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the awards, to systems."""
        return awards_for(actor, state="all")


class ExportAnswer(Answer):
    """One numbered file for payroll."""

    number = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    count = serializers.IntegerField()


class NoBody(Input):
    """Nothing to say."""


class ExportQuery(ListQuery):
    """The list of exports has no filter."""

    lookups: ClassVar = {}
    orderings: ClassVar = {"id": "pk"}


class ExportResource(Resource):
    """`/co-sell-award-exports`."""

    resource = "co-sell-award-exports"
    query_class = ExportQuery
    serializer_class = ExportAnswer

    def visible(self, actor: Actor) -> QuerySet[AwardExport]:
        """Return the files, to systems."""
        return exports_for(actor)

    @extend_schema(request=NoBody, responses={201: ExportAnswer})
    def create(self, _request: Request) -> Response:
        """Make the next file: every award that payroll has not got, each exactly once."""
        self.understood(NoBody)
        made = export_awards(actor=self.actor, now=timezone.now())
        return self.answer(made, HTTPStatus.CREATED)
