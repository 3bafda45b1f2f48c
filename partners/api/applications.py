"""`/applications`: the review queue, and applications that a form of the vendor's own sends in."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from partners.models import Application, ApplicationStatus, PartnerType
from partners.queries.applications import questions_on
from partners.services.applications.submitting import Sent, submit_application
from prm.api.fields import Answer, CountryField
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.calendar_days import program_today

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class ScorePartAnswer(Answer):
    """One part of the score."""

    code = serializers.CharField()
    question = serializers.CharField()
    answer = serializers.CharField()
    points = serializers.IntegerField()
    most = serializers.IntegerField()
    weight = serializers.IntegerField()


class ApplicationAnswer(Answer):
    """An application whose address is confirmed."""

    id = serializers.UUIDField(source="public_id")
    company = serializers.CharField()
    website = serializers.CharField()
    domain = serializers.CharField()
    country = serializers.CharField()
    type = serializers.CharField()
    contact_name = serializers.CharField()
    contact_email = serializers.CharField()
    message = serializers.CharField()
    status = serializers.CharField()
    score = serializers.CharField(help_text="0.00 to 100.00; it decides nothing.")
    parts = ScorePartAnswer(many=True)
    manager_email = serializers.CharField()
    confirmed_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    joined_to = serializers.UUIDField(source="joined_to.public_id", default=None, allow_null=True)
    partner = serializers.CharField(source="partner.code", default=None, allow_null=True)


class ApplicationInput(serializers.Serializer[Any]):
    """What a company sends in; ``answers`` holds the text of the chosen answer by the code of its question."""

    company = serializers.CharField(max_length=200)
    website = serializers.CharField(max_length=253, required=False, allow_blank=True)
    country = CountryField()
    type = serializers.ChoiceField(PartnerType.choices)
    contact_name = serializers.CharField(max_length=160)
    contact_email = serializers.EmailField()
    message = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    language = serializers.CharField(max_length=16, required=False, allow_blank=True)
    answers = serializers.DictField(child=serializers.CharField(max_length=200))


class ApplicationQuery(ListQuery):
    """Filters of the list of applications."""

    lookups: ClassVar = {"status": "status", "type": "type", "country": "country", "manager_email": "manager_email"}

    status = serializers.ChoiceField(ApplicationStatus.choices, required=False)
    type = serializers.ChoiceField(PartnerType.choices, required=False)
    country = CountryField(required=False)
    manager_email = serializers.EmailField(required=False)


class ApplicationResource(Resource):
    """`/applications`."""

    resource = "applications"
    query_class = ApplicationQuery
    serializer_class = ApplicationAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the applications; a partner's key sees none."""
        return Application.objects.visible_to(actor).select_related("joined_to", "partner")

    @extend_schema(request=ApplicationInput, responses={201: ApplicationAnswer})
    def create(self, _request: Request) -> Response:
        """Send in an application whose address the calling system vouches for; nobody has to confirm it."""
        values = self.understood(ApplicationInput)
        now = timezone.now()
        answers = _choices(values.pop("answers"))
        values["contact_email"] = values["contact_email"].lower()
        row = submit_application(sent=Sent(**values), answers=answers, now=now, actor=self.actor)
        return self.answer(self.get_queryset().get(pk=row.pk), HTTPStatus.CREATED)


def _choices(answers: dict[str, str]) -> dict[str, int]:
    """Return ids of choices by question; raises for a question or an answer that there is not."""
    questions = {question.code: question for question in questions_on(program_today(timezone.now()))}
    found = {}
    for code, text in answers.items():
        choices = {choice.text: choice.pk for choice in questions[code].choices.all()} if code in questions else {}
        if text not in choices:
            raise serializers.ValidationError({"answers": [_("“%(code)s” has no such answer.") % {"code": code}]})
        found[code] = choices[text]
    return found
