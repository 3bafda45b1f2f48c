"""`/surveys`: the waves of partner satisfaction and, once one has closed, what of it may be shown."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from partners.kpis.survey_tables import lines_of_waves
from partners.models import PsatWave
from partners.queries.surveys import waves_with_progress
from partners.services.surveys.waves import close_wave, open_wave
from prm.api.fields import Answer, Input
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.calendar_days import program_today

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor
    from prm.metrics import Value

PLACES = 6


class SurveyFigure(Answer):
    """One group of partners in a closed survey; without figures where they are not shown."""

    cut = serializers.CharField(help_text="total, manager, tier, country, type or partner.")
    group = serializers.CharField(
        help_text="Code of the group: an address, a tier's, country's, type's, partner's code."
    )
    shown = serializers.BooleanField()
    satisfied = serializers.IntegerField(allow_null=True)
    answers = serializers.IntegerField(allow_null=True)
    people = serializers.IntegerField(allow_null=True)
    invited = serializers.IntegerField(allow_null=True)
    psat = serializers.CharField(allow_null=True, help_text="A fraction, as a string, like all of these.")
    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    mean = serializers.CharField(allow_null=True)
    response_rate = serializers.CharField(allow_null=True)


class SurveyAnswer(Answer):
    """A survey; ``figures`` is null until it has closed."""

    code = serializers.CharField()
    series = serializers.CharField(help_text="onboarding, or empty for the half-yearly series.")
    opened_on = serializers.DateField()
    closes_on = serializers.DateField(allow_null=True, help_text="It closes as this day begins.")
    is_open = serializers.BooleanField()
    invited = serializers.IntegerField()
    figures = SurveyFigure(many=True, allow_null=True)


class SurveyForm(Input):
    """A survey of the half-yearly series that begins now."""

    code = serializers.CharField(max_length=63, help_text="Its name: 2027-h1.")
    closes_on = serializers.DateField(help_text="It closes as this day begins; at most 90 days away.")


class SurveyQuery(ListQuery):
    """The list of surveys has no filters."""


class SurveyResource(Resource):
    """`/surveys`."""

    resource = "surveys"
    query_class = SurveyQuery
    serializer_class = SurveyAnswer
    lookup_field = "code"
    lookup_url_kwarg = "code"

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the surveys; a partner's key sees none."""
        waves = waves_with_progress(on=program_today(timezone.now()))
        return waves if actor.is_internal else PsatWave.objects.none()

    @extend_schema(request=SurveyForm, responses={201: SurveyAnswer})
    def create(self, _request: Request) -> Response:
        """Open a survey: every active person of every active partner is invited by mail."""
        made = open_wave(**self.understood(SurveyForm), actor=self.actor, now=timezone.now())
        return self.answer(self.get_queryset().get(pk=made.wave.pk), HTTPStatus.CREATED)

    @extend_schema(request=None, responses=SurveyAnswer)
    def close(self, _request: Request, **_names: Any) -> Response:
        """Close an open survey today: no answer is taken any more, and its figures are shown."""
        close_wave(code=self.get_object().code, actor=self.actor, now=timezone.now())
        return self.answer(self.get_object())

    def prepare(self, rows: Sequence[Any]) -> None:
        """Give closed surveys their figures."""
        found = lines_of_waves([row for row in rows if not row.is_open])
        for row in rows:
            lines = found.get(row.pk)
            row.figures = None if lines is None else [_figure(*line) for line in lines]


def _figure(cut: str, group: str, value: Value) -> dict[str, object]:
    if value.value is None:
        empty = dict.fromkeys(SurveyFigure().get_fields())
        return {**empty, "cut": cut, "group": group, "shown": False}
    exact = {"psat": value, "mean": value.part("mean"), "response_rate": value.part("response_rate")}
    return {
        "cut": cut,
        "group": group,
        "shown": True,
        "satisfied": int(value.numerator or 0),
        "answers": value.n,
        "people": value.part("people").n,
        "invited": value.part("invited").n,
        **{name: _places(one.value) for name, one in exact.items()},
        "low": _places(value.low),
        "high": _places(value.high),
    }


def _places(number: Any) -> str:
    return f"{number:.{PLACES}f}"
