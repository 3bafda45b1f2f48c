"""`/commission-entries/explain` and `/leakage`: why something is not paid, one customer's month or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from commissions.models import Entry, UnpaidReason
from commissions.queries.leakage import leakage
from commissions.queries.reasons import unpaid_sentence
from commissions.services.whynot import why_not_paid
from deals.models import Subscription
from partners.models import Partner
from prm.api.errors import not_found
from prm.api.fields import Answer, CurrencyField, Input, MoneyField, MonthField
from prm.api.pagination import ListQuery, bad_parameters
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from prm.actors import Actor


class PostingAnswer(serializers.Serializer[Any]):
    """What a run posted for the month, or an adjustment that settled it."""

    run = serializers.IntegerField()
    posted_period = MonthField(source="period")
    approved_on = serializers.DateField(source="on")
    amount = MoneyField(minimum=None)
    adjustment = serializers.BooleanField(source="is_adjustment")


class WhyLineAnswer(serializers.Serializer[Any]):
    """A partner's month in one kind. `reason` is empty where all that is earned is posted."""

    partner = serializers.CharField(source="partner.code", default=None, allow_null=True)
    kind = serializers.CharField()
    currency = serializers.CharField()
    earned = MoneyField(minimum=None)
    posted = MoneyField(minimum=None)
    explanation = serializers.CharField(source="explanation.text", default="")
    postings = PostingAnswer(many=True)
    reason = serializers.CharField()
    sentence = serializers.CharField()


class WhyAnswer(serializers.Serializer[Any]):
    """One customer's month, as the engine computes it over the facts of now. `mrr` is prorated."""

    subscription = serializers.UUIDField(source="subscription.public_id")
    month = MonthField()
    mrr = MoneyField(minimum=None, currency="subscription.currency")
    lines = WhyLineAnswer(many=True)


class WhyQuery(Input):
    """Which subscription, by our `id`, and which month."""

    subscription = serializers.UUIDField()
    month = MonthField()
    partner = serializers.CharField(max_length=64, required=False)


class ExplainResource(Resource):
    """`/commission-entries/explain`: a partner's key asks about its own customers and reads its own lines."""

    resource = "commission-entries"
    serializer_class = WhyAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return entries, whose scope this shares; the answer is computed."""
        return Entry.objects.visible_to(actor)

    @extend_schema(
        parameters=[
            OpenApiParameter("subscription", OpenApiTypes.UUID, required=True),
            OpenApiParameter("month", str, required=True),
            OpenApiParameter("partner", str),
        ],
        responses=WhyAnswer,
    )
    def explain(self, request: Request) -> Response:
        """Say what the month has earned, what was posted when, and why the rest is not paid."""
        query = WhyQuery(data=request.query_params.dict())
        if not query.is_valid():
            raise bad_parameters(query.errors)
        wanted = query.validated_data
        own = Subscription.objects.visible_to(self.actor)
        found = own.filter(public_id=wanted["subscription"]).first()
        partners = Partner.objects.visible_to(self.actor)
        partner = partners.filter(code=wanted["partner"]).first() if "partner" in wanted else None
        if found is None or (partner is None and "partner" in wanted):
            raise not_found()
        answer = why_not_paid(subscription=found, month=wanted["month"], actor=self.actor, partner=partner)
        return Response(self.get_serializer(answer).data)


class LeakageAnswer(Answer):
    """A subscription with MRR in the month and no commission; `partner` is null where nobody is credited."""

    month = MonthField(source="run.period")
    run = serializers.IntegerField(source="run.number")
    partner = serializers.CharField(source="partner.code", default=None, allow_null=True)
    subscription = serializers.UUIDField(source="subscription.public_id")
    currency = serializers.CharField(source="subscription.currency")
    mrr = MoneyField(minimum=None, currency="subscription.currency")
    reason = serializers.CharField()
    sentence = serializers.SerializerMethodField()

    def get_sentence(self, row: Any) -> str:
        """Return the reason in words."""
        return unpaid_sentence(row)


class LeakageQuery(ListQuery):
    """Filters of the report."""

    lookups: ClassVar = {
        "month": "run__period",
        "partner": "partner__code",
        "reason": "reason",
        "currency": "subscription__currency",
    }

    month = MonthField(required=False)
    partner = serializers.CharField(max_length=64, required=False)
    reason = serializers.ChoiceField(UnpaidReason.choices, required=False)
    currency = CurrencyField(required=False)


class LeakageResource(Resource):
    """`/leakage`."""

    resource = "leakage"
    query_class = LeakageQuery
    serializer_class = LeakageAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the months without pay; a partner's key sees its own customers in approved runs."""
        return leakage(actor)
