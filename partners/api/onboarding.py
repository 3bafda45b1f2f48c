"""`/onboarding-steps` and `/onboarding-papers`: checklists of partners, and the files that they ask for.

Files are accepted and sent back by people alone, in the console.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from partners.models import OnboardingPaper, OnboardingStep, PaperState, StepSide
from partners.services.onboarding import complete_step
from partners.services.onboarding_papers import add_papers, remove_paper
from prm.api.bodies import WITH_PAPER
from prm.api.fields import Answer, Base64Field, Input
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.downloads import file_download
from prm.files.receiving import Upload

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import FileResponse
    from rest_framework.request import Request

    from prm.actors import Actor


class PaperAnswer(Answer):
    """A file that was sent in for a step, without its content."""

    id = serializers.UUIDField(source="public_id")
    step = serializers.UUIDField(source="step.public_id")
    partner = serializers.CharField(source="step.onboarding.partner.code")
    file_name = serializers.CharField(source="name")
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField(source="digest")
    state = serializers.CharField(help_text="waiting, accepted or returned.")
    reason = serializers.CharField(help_text="Why it was sent back.")
    uploaded_at = serializers.DateTimeField()
    uploaded_by = serializers.CharField(source="uploaded_label")
    decided_at = serializers.DateTimeField(allow_null=True)


class StepAnswer(Answer):
    """A step of one partner's checklist."""

    internal_fields: ClassVar = frozenset({"assignee_email"})

    id = serializers.UUIDField(source="public_id")
    partner = serializers.CharField(source="onboarding.partner.code")
    title = serializers.CharField()
    fact = serializers.CharField(help_text="The fact by which it completes itself; empty: none.")
    asks_files = serializers.BooleanField(help_text="Done once its files are accepted.")
    side = serializers.CharField(help_text="partner or vendor: whose step it is.")
    is_required = serializers.BooleanField(source="required")
    due_on = serializers.DateField()
    assignee_email = serializers.CharField()
    done_on = serializers.DateField(allow_null=True)
    done_by = serializers.CharField()
    papers = PaperAnswer(source="visible_papers", many=True)


class PaperForm(Input):
    """A file for a step."""

    file_name = serializers.CharField(max_length=200)
    content = Base64Field(
        max_length=14_000_000,
        help_text="A PDF, PNG, JPEG, Word, Excel or PowerPoint file of at most 10 MB, as base64.",
    )
    replaces = serializers.UUIDField(required=False, allow_null=True, help_text="The file that goes when this comes.")


class StepQuery(ListQuery):
    """Filters of the list of steps."""

    lookups: ClassVar = {
        "partner": "onboarding__partner__code",
        "side": "side",
        "is_required": "required",
        "asks_files": "asks_files",
    }

    partner = serializers.CharField(max_length=64, required=False)
    side = serializers.ChoiceField(StepSide.choices, required=False)
    is_required = serializers.BooleanField(required=False)
    asks_files = serializers.BooleanField(required=False)


class PaperQuery(ListQuery):
    """Filters of the list of files."""

    lookups: ClassVar = {
        "partner": "step__onboarding__partner__code",
        "step": "step__public_id",
        "state": "state",
    }

    partner = serializers.CharField(max_length=64, required=False)
    step = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(PaperState.choices, required=False)


class StepResource(Resource):
    """`/onboarding-steps`."""

    resource = "onboarding"
    operations = "onboarding-steps"
    query_class = StepQuery
    serializer_class = StepAnswer
    largest_body = WITH_PAPER

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return steps with the files that the key may read."""
        papers = _papers(actor).order_by("pk")
        rows = OnboardingStep.objects.visible_to(actor).select_related("onboarding__partner")
        return rows.prefetch_related(Prefetch("papers", queryset=papers, to_attr="visible_papers"))

    @extend_schema(request=None, responses=StepAnswer)
    def done(self, _request: Request, **_names: Any) -> Response:
        """Mark a step as done that neither a fact nor files complete."""
        complete_step(step_id=self.get_object().pk, actor=self.actor, now=timezone.now())
        return self.answer(self.get_object())

    @extend_schema(request=PaperForm, responses={201: StepAnswer})
    def send(self, _request: Request, **_names: Any) -> Response:
        """Send a file in for a step; the same file twice is kept once."""
        step, given = self.get_object(), self.understood(PaperForm)
        add_papers(
            step_id=step.pk,
            uploads=[Upload(given["file_name"], given["content"])],
            replaces=given.get("replaces"),
            actor=self.actor,
            now=timezone.now(),
        )
        return self.answer(self.get_object(), status=HTTPStatus.CREATED)


class PaperResource(Resource):
    """`/onboarding-papers`."""

    resource = "onboarding"
    operations = "onboarding-papers"
    query_class = PaperQuery
    serializer_class = PaperAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the files that the key may read."""
        return _papers(actor)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def content(self, _request: Request, **_names: Any) -> FileResponse:
        """Return the file itself, under its media type."""
        return file_download(self.get_object())

    @extend_schema(responses={204: None})
    def remove(self, _request: Request, **_names: Any) -> Response:
        """Take a file away again, unless it was accepted."""
        remove_paper(paper_id=self.get_object().pk, actor=self.actor, now=timezone.now())
        return Response(status=HTTPStatus.NO_CONTENT)


def _papers(actor: Actor) -> QuerySet[OnboardingPaper]:
    return OnboardingPaper.objects.visible_to(actor).select_related("step__onboarding__partner")
