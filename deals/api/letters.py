"""`/record-letters` and `/letter-notices`: the customer's choice of partner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.models import LetterStatus
from deals.queries.letters import letters_for, notices_for
from deals.services.letters import Upload, decide_letter, object_to_letter, verify_letter
from prm.api.fields import Answer, Base64Field, Input
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class LetterForm(Input):
    """The letter, and who signed it at the customer."""

    file_name = serializers.CharField(max_length=120)
    content = Base64Field(max_length=7_000_000, help_text="A PDF, PNG or JPEG of at most 5 MB, as base64.")
    signer_name = serializers.CharField(max_length=200)
    signer_email = serializers.EmailField()
    signed_on = serializers.DateField()


class VerifyForm(Input):
    """How the signer was verified, and from when the letter shall hold."""

    how = serializers.CharField(max_length=5000)
    effective_on = serializers.DateField(required=False, allow_null=True)
    elsewhere = serializers.CharField(
        max_length=2000,
        required=False,
        default="",
        allow_blank=True,
        help_text="Why a signer at no domain of the customer speaks for it; needed there alone.",
    )


class LetterDecisionForm(Input):
    """Whether it holds; the partner that brought it reads the reason."""

    holds = serializers.BooleanField()
    reason = serializers.CharField(max_length=5000)


class ObjectionForm(Input):
    """Why the incumbent objects."""

    text = serializers.CharField(max_length=5000)


class NoticeOfLetterAnswer(Answer):
    """Who was told and what it said; for internal readers."""

    partner = serializers.CharField(source="partner.code")
    told_at = serializers.DateTimeField()
    objected_at = serializers.DateTimeField(allow_null=True)
    objection = serializers.CharField()


class LetterAnswer(Answer):
    """A partner-of-record letter, without the file."""

    internal_fields = frozenset({"verified_how", "notices"})

    id = serializers.UUIDField(source="public_id")
    registration = serializers.UUIDField(source="registration.public_id")
    partner = serializers.CharField(source="registration.holder.code")
    status = serializers.CharField()
    file_name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    signer_name = serializers.CharField()
    signer_email = serializers.CharField()
    signed_on = serializers.DateField()
    uploaded_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)
    verified_how = serializers.CharField()
    objection_until = serializers.DateTimeField(allow_null=True)
    effective_on = serializers.DateField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField()
    notices = NoticeOfLetterAnswer(many=True)
    version = serializers.IntegerField()


class LetterQuery(ListQuery):
    """Filters of the list of letters."""

    lookups: ClassVar = {"status": "status", "registration": "registration__public_id"}

    status = serializers.ChoiceField(LetterStatus.choices, required=False)
    registration = serializers.UUIDField(required=False)


class LetterResource(Resource):
    """`/record-letters`."""

    resource = "record-letters"
    query_class = LetterQuery
    serializer_class = LetterAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the letters; a partner's key sees those that it brought."""
        return letters_for(actor)

    @extend_schema(request=VerifyForm, responses=LetterAnswer)
    def verify(self, _request: Request, **_names: Any) -> Response:
        """Say that the signer speaks for the customer; incumbents are told and may object."""
        row, values = self.get_object(), self.understood(VerifyForm)
        verify_letter(
            letter_id=row.pk,
            how=values["how"],
            effective_on=values.get("effective_on"),
            elsewhere=values["elsewhere"],
            actor=self.actor,
            now=timezone.now(),
            version=self.expected_version(),
        )
        return self.answer(self.get_queryset().get(pk=row.pk))

    @extend_schema(request=LetterDecisionForm, responses=LetterAnswer)
    def decide(self, _request: Request, **_names: Any) -> Response:
        """Refuse a letter, or confirm one that was objected to."""
        row, values = self.get_object(), self.understood(LetterDecisionForm)
        decide_letter(letter_id=row.pk, actor=self.actor, now=timezone.now(), version=self.expected_version(), **values)
        return self.answer(self.get_queryset().get(pk=row.pk))


class NoticeAnswer(Answer):
    """What an incumbent was told: never by whom it would be followed."""

    id = serializers.UUIDField(source="public_id")
    customer = serializers.CharField(source="letter.registration.account.name")
    family = serializers.CharField(source="letter.registration.family.code")
    told_at = serializers.DateTimeField()
    objection_until = serializers.DateTimeField(source="letter.objection_until")
    credit_ends_on = serializers.DateField(source="letter.effective_on")
    objected_at = serializers.DateTimeField(allow_null=True)
    objection = serializers.CharField()


class NoticeQuery(ListQuery):
    """The list has no filters."""


class NoticeResource(Resource):
    """`/letter-notices`."""

    resource = "letter-notices"
    query_class = NoticeQuery
    serializer_class = NoticeAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return what the key's own partner was told."""
        return notices_for(actor)

    @extend_schema(request=ObjectionForm, responses=NoticeAnswer)
    def objection(self, _request: Request, **_names: Any) -> Response:
        """Object, within the days that there are."""
        row, values = self.get_object(), self.understood(ObjectionForm)
        object_to_letter(notice_id=row.pk, text=values["text"], actor=self.actor, now=timezone.now())
        return self.answer(self.get_queryset().get(pk=row.pk))


def upload_of(values: dict[str, Any]) -> Upload:
    """Return the letter that a body describes."""
    return Upload(
        name=values["file_name"],
        content=values["content"],
        signer_name=values["signer_name"],
        signer_email=values["signer_email"],
        signed_on=values["signed_on"],
    )
