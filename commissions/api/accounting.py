"""`/accounting-export`: the lines of the books, the same CSV as the command's."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from commissions.models import Run
from commissions.queries.accounting import COLUMNS, accounting_rows
from prm.api.fields import Input, MonthField
from prm.api.pagination import bad_parameters
from prm.api.renderers import CsvRenderer
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from prm.actors import Actor


class AccountingQuery(Input):
    """An approved run, or all approved runs of a month: one of the two."""

    run = serializers.IntegerField(min_value=1, max_value=2**62, required=False)
    period = MonthField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of the two: the books of all time are no download."""
        if len(attrs) != 1:
            raise serializers.ValidationError({"period": [_("Name a run or a month.")]}, code="required")
        return attrs


class AccountingExport(Resource):
    """`/accounting-export`, for systems."""

    resource = "accounting-export"
    serializer_class = serializers.Serializer
    renderer_classes = (CsvRenderer, *Resource.renderer_classes)

    def visible(self, actor: Actor) -> QuerySet[Any]:  # noqa: ARG002 - lines of many tables, read by their own query
        """Return nothing: there is no object behind the lines."""
        return Run.objects.none()

    @extend_schema(
        parameters=[OpenApiParameter("run", int), OpenApiParameter("period", str)],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def csv(self, request: Request) -> Response:
        """Return the lines as CSV, two for each entry, of approved runs alone."""
        query = AccountingQuery(data=request.query_params.dict())
        if not query.is_valid():
            raise bad_parameters(query.errors)
        wanted = query.validated_data
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(accounting_rows(run_number=wanted.get("run"), period=wanted.get("period")))
        return Response(text.getvalue(), content_type="text/csv; charset=utf-8")
