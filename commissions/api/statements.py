"""`/statements`: what each approved run meant for a partner, as JSON and as the same CSV and PDF as on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from commissions.queries.integration import statements_to_read
from commissions.queries.papers import statement_paper
from commissions.queries.sheet import statement_text
from prm.api.fields import Answer, CurrencyField, MoneyField, MonthField
from prm.api.pagination import ListQuery
from prm.api.renderers import CsvRenderer, PdfRenderer
from prm.api.views import Resource
from prm.models import Program
from prm.papers import print_paper

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from prm.actors import Actor


class StatementAnswer(Answer):
    """A statement. `closing` = `opening` + `earned` + `true_up` + `adjustments` − `paid`."""

    id = serializers.UUIDField(source="public_id")
    number = serializers.CharField()
    run = serializers.IntegerField(source="run.number")
    period = MonthField(source="run.period")
    partner = serializers.CharField(source="partner.code")
    currency = serializers.CharField()
    opening = MoneyField(minimum=None)
    earned = MoneyField(minimum=None)
    true_up = MoneyField(minimum=None)
    adjustments = MoneyField(minimum=None)
    paid = MoneyField(minimum=None)
    closing = MoneyField(minimum=None)
    entries = serializers.IntegerField(source="entry_count")
    issued_at = serializers.DateTimeField()


class StatementQuery(ListQuery):
    """Filters of the list of statements."""

    lookups: ClassVar = {
        "number": "number",
        "run": "run__number",
        "period": "run__period",
        "partner": "partner__code",
        "currency": "currency",
    }

    number = serializers.CharField(max_length=32, required=False)
    run = serializers.IntegerField(min_value=1, max_value=2**62, required=False)
    period = MonthField(required=False)
    partner = serializers.CharField(max_length=64, required=False)
    currency = CurrencyField(required=False)


class StatementResource(Resource):
    """`/statements`."""

    resource = "statements"
    query_class = StatementQuery
    serializer_class = StatementAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the statements; a partner's key sees its own."""
        return statements_to_read(actor)


class StatementPaper(StatementResource):
    """`/statements/{id}/pdf`."""

    renderer_classes = (PdfRenderer, *StatementResource.renderer_classes)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def pdf(self, _request: Request, **_names: Any) -> Response:
        """Return the statement as PDF; the same statement gives the same bytes."""
        statement = self.get_object()
        name = f'attachment; filename="{statement.number}.pdf"'
        return Response(
            print_paper(statement_paper(statement, Program.current())),
            headers={"Content-Disposition": name},
            content_type="application/pdf",
        )


class StatementFile(StatementResource):
    """`/statements/{id}/csv`."""

    renderer_classes = (CsvRenderer, *StatementResource.renderer_classes)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def csv(self, _request: Request, **_names: Any) -> Response:
        """Return the statement's lines as CSV."""
        statement = self.get_object()
        name = f'attachment; filename="{statement.number}.csv"'
        return Response(
            statement_text(statement),
            headers={"Content-Disposition": name},
            content_type="text/csv; charset=utf-8",
        )
