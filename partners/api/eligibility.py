"""`/agreements` and `/certifications`: what a product family may need of a partner, written by natural key."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from partners.queries.eligibility import agreements_to_read, certifications_to_read
from partners.services.eligibility import record_agreement, record_certification
from prm.api.dated import DatedAnswer, DatedInput
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from rest_framework.request import Request

    from prm.actors import Actor
    from prm.upserts import Upserted


class AgreementAnswer(DatedAnswer):
    """An agreement that a partner signed."""

    until = serializers.DateField(source="valid_until", allow_null=True)
    partner = serializers.CharField(source="partner.code")
    agreement = serializers.CharField()
    text_version = serializers.CharField()
    signed_by = serializers.CharField()


class AgreementInput(DatedInput):
    """Key: partner, agreement and from."""

    until = serializers.DateField(required=False, allow_null=True)
    partner = serializers.CharField(max_length=64)
    agreement = serializers.CharField(max_length=120)
    text_version = serializers.CharField(max_length=40, required=False, allow_blank=True)
    signed_by = serializers.CharField(max_length=200, required=False, allow_blank=True)


class CertificationAnswer(DatedAnswer):
    """A certification that a person holds."""

    until = serializers.DateField(source="valid_until", allow_null=True)
    person_email = serializers.CharField(source="user.email")
    certification = serializers.CharField()


class CertificationInput(DatedInput):
    """Key: person_email, certification and from."""

    until = serializers.DateField(required=False, allow_null=True)
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
