"""`/mrr-changes`, `/credits`, `/collections`: what commission is computed from, written by natural key."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from deals.api.external import with_references
from deals.models import CreditRole
from deals.queries.integration import collections_to_read, credits_to_read, mrr_changes_to_read
from deals.services.upserts import upsert_collection, upsert_credit, upsert_mrr_change
from prm.api.dated import DatedAnswer, DatedInput
from prm.api.fields import Answer, Input, MoneyField, MonthField, ReferenceField
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from rest_framework.request import Request

    from prm.actors import Actor
    from prm.upserts import Upserted

SUBSCRIPTION = "subscription.public_id"


class ShareField(serializers.DecimalField):
    """A share in per cent, as a string without needless zeros."""

    def __init__(self, **options: Any) -> None:
        """Allow 0 to 100 with four decimals."""
        super().__init__(max_digits=7, decimal_places=4, min_value=0, max_value=100, **options)

    def to_representation(self, value: Any) -> str:
        """Return a plain decimal."""
        return f"{Decimal(value).normalize():f}"


class FactQuery(ListQuery):
    """Filters of the lists of facts."""

    lookups: ClassVar = {"subscription": "subscription__public_id"}

    subscription = serializers.UUIDField(required=False)


class FactResource(Resource):
    """A fact of a subscription."""

    query_class: ClassVar[type[ListQuery]] = FactQuery

    def written(self, upsert: Callable[..., Upserted], form: type[serializers.Serializer[Any]]) -> Response:
        """Write the fact of the body: 201 where it is new, 200 where its key was there."""
        done = upsert(values=with_references(self.understood(form)), actor=self.actor, now=timezone.now())
        row = self.get_queryset().get(pk=done.pk)
        return Response(self.get_serializer(row).data, HTTPStatus.CREATED if done.created else HTTPStatus.OK)


class MrrChangeAnswer(Answer):
    """The MRR level from a day on; 0 = ended."""

    subscription = serializers.UUIDField(source=SUBSCRIPTION)
    effective_on = serializers.DateField()
    mrr = MoneyField(currency="subscription.currency")
    currency = serializers.CharField(source="subscription.currency")


class MrrChangeInput(Input):
    """Key: subscription and effective_on."""

    answered = frozenset({"currency"})

    subscription = ReferenceField()
    effective_on = serializers.DateField()
    mrr = MoneyField()


class MrrChangeResource(FactResource):
    """`/mrr-changes`."""

    resource = "mrr-changes"
    serializer_class = MrrChangeAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the MRR changes of visible subscriptions; a partner's key sees those of its credited days."""
        return mrr_changes_to_read(actor)

    @extend_schema(request=MrrChangeInput, responses={200: MrrChangeAnswer, 201: MrrChangeAnswer})
    def put_fact(self, _request: Request) -> Response:
        """Set the MRR from a day on; one change a day, the last received wins, a repeat changes nothing."""
        return self.written(upsert_mrr_change, MrrChangeInput)


class CreditAnswer(DatedAnswer):
    """A deal credit: who is credited with which share, from when until when (exclusive)."""

    subscription = serializers.UUIDField(source=SUBSCRIPTION)
    partner = serializers.CharField(source="partner.code")
    role = serializers.CharField()
    until = serializers.DateField(source="valid_until", allow_null=True)
    share = ShareField()


class CreditInput(DatedInput):
    """Key: subscription, partner, role and from (null: from the beginning). Share 0 voids the row."""

    subscription = ReferenceField()
    partner = serializers.CharField(max_length=64)
    role = serializers.ChoiceField(CreditRole.choices)
    until = serializers.DateField(required=False, allow_null=True)
    share = ShareField()


class CreditQuery(FactQuery):
    """Filters of the list of credits."""

    lookups: ClassVar = {**FactQuery.lookups, "partner": "partner__code", "role": "role"}

    partner = serializers.CharField(max_length=64, required=False)
    role = serializers.ChoiceField(CreditRole.choices, required=False)


class CreditResource(FactResource):
    """`/credits`."""

    resource = "credits"
    query_class = CreditQuery
    serializer_class = CreditAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the deal credits; a partner's key sees its own."""
        return credits_to_read(actor)

    @extend_schema(request=CreditInput, responses={200: CreditAnswer, 201: CreditAnswer})
    def put_fact(self, _request: Request) -> Response:
        """Set a share; refused where sourced shares would pass 100 % or days overlap."""
        return self.written(upsert_credit, CreditInput)


class CollectionAnswer(Answer):
    """What was billed and paid for a subscription in a month."""

    subscription = serializers.UUIDField(source=SUBSCRIPTION)
    month = MonthField()
    billed = MoneyField(currency="subscription.currency")
    paid = MoneyField(currency="subscription.currency")
    currency = serializers.CharField(source="subscription.currency")


class CollectionInput(Input):
    """Key: subscription and month."""

    answered = frozenset({"currency"})

    subscription = ReferenceField()
    month = MonthField()
    billed = MoneyField(minimum=None)
    paid = MoneyField(minimum=None)


class CollectionResource(FactResource):
    """`/collections`."""

    resource = "collections"
    serializer_class = CollectionAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the collections; for systems alone."""
        return collections_to_read(actor)

    @extend_schema(request=CollectionInput, responses={200: CollectionAnswer, 201: CollectionAnswer})
    def put_fact(self, _request: Request) -> Response:
        """Set what was billed and paid in a month; a repeat changes nothing."""
        return self.written(upsert_collection, CollectionInput)
