"""`/agreements` and `/certifications`: what a product family may need of a partner, written by natural key."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from partners.queries.eligibility import agreements_to_read, certifications_to_read
from partners.services.eligibility import record_agreement, record_certification
from prm.api.fields import Answer, Input
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from rest_framework.request import Request

    from prm.actors import Actor
    from prm.upserts import Upserted


class DatedAnswer(Answer):
    """What holds from a day until a day (exclusive)."""

    until = serializers.DateField(source="valid_until", allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        fields = super().get_fields()
        fields["from"] = serializers.DateField(source="valid_from", allow_null=True, read_only=True)
        return fields


class DatedInput(Input):
    """What holds from a day until a day (exclusive); equal days void it."""

    until = serializers.DateField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        fields = super().get_fields()
        fields["from"] = serializers.DateField(required=False, allow_null=True)
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        begins, ends = attrs.get("from"), attrs.get("until")
        if begins and ends and ends < begins:
            raise serializers.ValidationError({"until": [_("The end lies before the beginning.")]}, code="date_order")
        return attrs


class AgreementAnswer(DatedAnswer):
    """An agreement that a partner signed."""

    partner = serializers.CharField(source="partner.code")
    agreement = serializers.CharField()
    text_version = serializers.CharField()
    signed_by = serializers.CharField()


class AgreementInput(DatedInput):
    """Key: partner, agreement and from."""

    partner = serializers.CharField(max_length=64)
    agreement = serializers.CharField(max_length=120)
    text_version = serializers.CharField(max_length=40, required=False, allow_blank=True)
    signed_by = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CertificationAnswer(DatedAnswer):
    """A certification that a person holds."""

    person_email = serializers.CharField(source="user.email")
    certification = serializers.CharField()


class CertificationInput(DatedInput):
    """Key: person_email, certification and from."""

    person_email = serializers.EmailField()
    certification = serializers.CharField(max_length=120)


class AgreementQuery(ListQuery):
    """Filters of the list of agreements."""

    lookups: ClassVar = {"partner": "partner__code", "agreement": "agreement"}

    partner = serializers.CharField(max_length=64, required=False)
    agreement = serializers.CharField(max_length=120, required=False)


class CertificationQuery(ListQuery):
    """Filters of the list of certifications."""

    lookups: ClassVar = {"person_email": "user__email", "certification": "certification"}

    person_email = serializers.EmailField(required=False)
    certification = serializers.CharField(max_length=120, required=False)


class RecordedResource(Resource):
    """Something that is recorded by its natural key."""

    def recorded(self, record: Callable[..., Upserted], form: type[serializers.Serializer[Any]]) -> Response:
        """Record what the body says: 201 where it is new, 200 where its key was there."""
        done = record(values=self.understood(form), actor=self.actor, now=timezone.now())
        row = self.get_queryset().get(pk=done.pk)
        return Response(self.get_serializer(row).data, HTTPStatus.CREATED if done.created else HTTPStatus.OK)


class AgreementResource(RecordedResource):
    """`/agreements`."""

    resource = "agreements"
    query_class = AgreementQuery
    serializer_class = AgreementAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the agreements; a partner's key sees its own."""
        return agreements_to_read(actor)

    @extend_schema(request=AgreementInput, responses={200: AgreementAnswer, 201: AgreementAnswer})
    def put_fact(self, _request: Request) -> Response:
        """Record that a partner signed an agreement, and until when it holds; a repeat changes nothing."""
        return self.recorded(record_agreement, AgreementInput)


class CertificationResource(RecordedResource):
    """`/certifications`."""

    resource = "certifications"
    query_class = CertificationQuery
    serializer_class = CertificationAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the certifications; a partner's key sees those of its people."""
        return certifications_to_read(actor)

    @extend_schema(request=CertificationInput, responses={200: CertificationAnswer, 201: CertificationAnswer})
    def put_fact(self, _request: Request) -> Response:
        """Record that a person passed a certification, and until when it holds; a repeat changes nothing."""
        return self.recorded(record_certification, CertificationInput)
