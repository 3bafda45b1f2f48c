"""`/figures`: every key figure by the same lines that pages, files and the command write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from partners.queries.figures import Question, question_of
from prm.api.errors import not_found
from prm.api.fields import Answer
from prm.api.pagination import (
    ListQuery,
    bad_parameters,
    cursor_of,
    position_of,
    read_query,
)
from prm.api.views import Resource
from prm.calendar_days import program_today
from prm.metrics import evaluate, metrics_for, months_up_to, rows_of, series_of, together
from prm.metrics.asking import QuestionError
from prm.metrics.writing import cell_of, lines_of, lines_of_series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

    from prm.metrics import Metric
    from prm.metrics.writing import Line

NUMBERS = ("value", "low", "high", "numerator", "denominator")


class LineAnswer(Answer):
    """A figure, or a part of one, exactly: numbers are strings, null where there is none."""

    name = serializers.CharField(source="label")
    unit = serializers.CharField(help_text="ratio (a fraction), days, hours, money, money_per_day, count or score.")
    value = serializers.CharField(allow_null=True)
    undefined = serializers.CharField(help_text="Why there is no value; empty where there is one.")
    low = serializers.CharField(allow_null=True, help_text="Lower end of the 95 % interval; null: none, or open.")
    high = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    numerator = serializers.CharField(allow_null=True)
    denominator = serializers.CharField(allow_null=True)
    n = serializers.IntegerField(help_text="How many things it rests on.")
    notes = serializers.CharField(help_text="Rates used, what was left out.")


class PartAnswer(LineAnswer):
    """A figure beside the figure, or a slice of it."""

    part = serializers.CharField()


class FigureAnswer(LineAnswer):
    """A key figure with its definition, as of a day."""

    code = serializers.CharField(source="figure")
    as_of = serializers.DateField()
    definition = serializers.CharField()
    formula = serializers.CharField()
    group = serializers.CharField()
    direction = serializers.CharField(help_text="Which way is good: up, down or neutral.")
    parts = PartAnswer(many=True)


class PointAnswer(LineAnswer):
    """A figure as of one day of its series."""

    as_of = serializers.DateField()


class SeriesAnswer(Answer):
    """A figure by month: the last days of the months before, and the as-of date."""

    code = serializers.CharField()
    points = PointAnswer(many=True)


class RowsQuery(ListQuery):
    """What is asked; all filters hold at once."""

    orderings: ClassVar = {}
    ordering = None  # type: ignore[assignment] # the framework's way to take a field away

    as_of = serializers.CharField(max_length=10, required=False, help_text="A day up to today (today).")
    manager = serializers.CharField(max_length=254, required=False, help_text="The channel manager's address.")
    tier = serializers.CharField(max_length=64, required=False, help_text="Code of the tier held on the day.")
    type = serializers.CharField(max_length=24, required=False)
    country = serializers.CharField(max_length=2, required=False)
    cohort = serializers.CharField(max_length=7, required=False, help_text="Year or month of activation: 2026-03.")
    partner = serializers.CharField(max_length=64, required=False, help_text="Code of one partner.")


class FigureQuery(RowsQuery):
    """The same of something that has no pages."""

    limit = None  # type: ignore[assignment] # the framework's way to take a field away
    cursor = None  # type: ignore[assignment] # the framework's way to take a field away


class RowsAnswer(Answer):
    """A page of the rows behind a figure; cells are exact: decimals and dates as strings, null for nothing."""

    code = serializers.CharField()
    as_of = serializers.DateField()
    columns = serializers.ListField(child=serializers.CharField(), help_text="What each cell of a row is.")
    results = serializers.ListField(child=serializers.ListField(child=serializers.JSONField(allow_null=True)))
    count = serializers.IntegerField(help_text="Rows of all pages; of figures of MRR at most the 1,000 largest.")
    next = serializers.CharField(allow_null=True)


class FigureResource(Resource):
    """`/figures`: internal keys ask about everybody, a partner's key about itself alone."""

    resource = "figures"
    query_class = FigureQuery
    serializer_class = FigureAnswer
    lookup_field = "code"
    lookup_url_kwarg = "code"

    def list(self, request: Request) -> Response:
        """Return every figure that the key may see."""
        question = self._question(request)
        with together():
            found = [self._figure(metric, question) for metric in metrics_for(self.actor)]
        return Response({"results": FigureAnswer(found, many=True).data, "next": None})

    @extend_schema(parameters=[FigureQuery])
    def retrieve(self, request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Return one figure."""
        metric = self._metric()
        return Response(FigureAnswer(self._figure(metric, self._question(request))).data)

    @extend_schema(parameters=[FigureQuery], responses={200: SeriesAnswer}, operation_id="figures_series")
    def series(self, request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Return one figure by month, twelve of them up to the day."""
        metric, question = self._metric(), self._question(request)
        days = months_up_to(question.scope.as_of)
        values = series_of(metric.code, question.scope, days, self.actor)
        points = [_told(line) for line in lines_of_series(metric, question.scope, days, values)]
        return Response(SeriesAnswer({"code": metric.code, "points": points}).data)

    @extend_schema(parameters=[RowsQuery], responses={200: RowsAnswer}, operation_id="figures_rows")
    def rows(self, request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Return the rows behind a figure, as its page shows them, a page at a time."""
        metric = self._metric()
        position, limit = position_of(RowsQuery, request.query_params, of=metric.code)
        question = self._asked(position.filters)
        found, at = rows_of(metric.code, question.scope, self.actor), position.value or 0
        upto = at + limit
        further = replace(position, filters=question.parameters, value=upto) if upto < len(found.rows) else None
        answer = {
            "code": metric.code,
            "as_of": question.scope.as_of,
            "columns": [str(word) for word in found.columns],
            "results": [[cell_of(cell) for cell in row] for row in found.rows[at:upto]],
            "count": len(found.rows),
            "next": further and cursor_of(RowsQuery, further),
        }
        return Response(RowsAnswer(answer).data)

    def _metric(self) -> Metric:
        """Return the figure of the address, or the same 404 for missing and for hidden."""
        for metric in metrics_for(self.actor):
            if metric.code == self.kwargs["code"]:
                return metric
        raise not_found()

    def _question(self, request: Request) -> Question:
        raw, _values = read_query(FigureQuery, request.query_params)
        return self._asked(raw)

    def _asked(self, raw: Mapping[str, str]) -> Question:
        try:
            return question_of(raw, today=program_today(timezone.now()), actor=self.actor)
        except QuestionError as error:
            raise bad_parameters({error.field: [serializers.ErrorDetail(str(error.sentence), error.code)]}) from None

    def _figure(self, metric: Metric, question: Question) -> dict[str, Any]:
        own, *parts = lines_of(metric, question.scope, evaluate(metric.code, question.scope, self.actor))
        return _told(own) | {
            "definition": str(metric.definition),
            "formula": str(metric.formula),
            "group": metric.group,
            "direction": metric.direction.value,
            "parts": [_told(part) for part in parts],
        }


def _told(line: Line) -> dict[str, Any]:
    """Return a line as the answer holds it: null for a number that is not there."""
    words = {name: getattr(line, name) for name in line.__slots__}
    return words | {name: words[name] or None for name in NUMBERS}
