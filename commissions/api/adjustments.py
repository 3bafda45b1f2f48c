"""`/adjustments` and `/open-items`: what people and systems enter beside the computation, and what waits for them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from commissions.kinds import Kind
from commissions.queries.integration import adjustments_to_read, open_items_to_read
from commissions.services.adjustments import About, add_adjustment, withdraw_adjustment
from deals.api.external import with_references
from deals.models import Subscription
from deals.queries.references import find, find_code
from partners.models import Partner
from prm.api.fields import Answer, CurrencyField, Input, MoneyField, MonthField, ReferenceField
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class AdjustmentAnswer(Answer):
    """A manual entry: it joins the next run and its statement. With `settles` it counts as posted for its key."""

    internal_fields = frozenset({"created_by", "withdrawn_at"})

    id = serializers.UUIDField(source="public_id")
    partner = serializers.CharField(source="partner.code")
    currency = serializers.CharField()
    amount = MoneyField(minimum=None)
    reason = serializers.CharField()
    settles = serializers.BooleanField()
    subscription = serializers.UUIDField(source="subscription.public_id", default=None, allow_null=True)
    kind = serializers.CharField()
    earned_period = MonthField(allow_null=True)
    run = serializers.IntegerField(source="run.number", default=None, allow_null=True)
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(source="created_label")
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class AdjustmentForm(Input):
    """A new adjustment; subscription, kind and earned_period are its key, needed where it settles."""

    partner = serializers.CharField(max_length=64)
    currency = CurrencyField()
    amount = MoneyField(minimum=None)
    reason = serializers.CharField(max_length=5000)
    settles = serializers.BooleanField(default=False)
    subscription = ReferenceField(required=False, allow_null=True)
    kind = serializers.ChoiceField(Kind.choices, required=False, allow_blank=True)
    earned_period = MonthField(required=False, allow_null=True)


class NothingForm(Input):
    """No member is read."""


class AdjustmentQuery(ListQuery):
    """Filters of the list of adjustments."""

    lookups: ClassVar = {"partner": "partner__code", "currency": "currency", "run": "run__number"}

    partner = serializers.CharField(max_length=64, required=False)
    currency = CurrencyField(required=False)
    run = serializers.IntegerField(min_value=1, max_value=2**62, required=False)


class AdjustmentResource(Resource):
    """`/adjustments`."""

    resource = "adjustments"
    query_class = AdjustmentQuery
    serializer_class = AdjustmentAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the adjustments; a partner's key sees its own of approved runs."""
        return adjustments_to_read(actor)

    @extend_schema(request=AdjustmentForm, responses={201: AdjustmentAnswer})
    def create(self, _request: Request) -> Response:
        """Enter an adjustment with its reason."""
        values = with_references(self.understood(AdjustmentForm))
        partner: Partner = find_code(Partner.objects.visible_to(self.actor), values["partner"], field="partner")
        named = values.get("subscription")
        subscription = find(Subscription.objects.visible_to(self.actor), named, field="subscription") if named else None
        made = add_adjustment(
            partner=partner,
            currency=values["currency"],
            amount=values["amount"],
            reason=values["reason"],
            settles=values["settles"],
            about=About(
                subscription=subscription, kind=values.get("kind", ""), earned_period=values.get("earned_period")
            ),
            actor=self.actor,
            now=timezone.now(),
        )
        response = self.answer(self.get_queryset().get(pk=made.pk), HTTPStatus.CREATED)
        response.headers["Location"] = f"/api/v1/adjustments/{made.public_id}"
        return response

    @extend_schema(request=NothingForm, responses=AdjustmentAnswer)
    def withdraw(self, _request: Request, **_names: Any) -> Response:
        """Take it back while its run is not approved."""
        row = self.get_object()
        self.understood(NothingForm)
        withdraw_adjustment(adjustment_id=row.pk, actor=self.actor, now=timezone.now())
        return self.answer(self.get_queryset().get(pk=row.pk))


class OpenItemAnswer(Answer):
    """A difference outside the correction window. `decision` is empty while it waits for a person."""

    partner = serializers.CharField(source="partner.code")
    subscription = serializers.UUIDField(source="subscription.public_id", default=None, allow_null=True)
    kind = serializers.CharField()
    currency = serializers.CharField()
    earned_period = MonthField()
    entitlement = MoneyField(minimum=None)
    posted = MoneyField(minimum=None)
    first_seen_run = serializers.IntegerField(source="first_seen_run.number")
    decision = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(source="decided_label")
    reason = serializers.CharField()


class OpenItemQuery(ListQuery):
    """Filters of the list of differences outside the correction window."""

    lookups: ClassVar = {"partner": "partner__code", "currency": "currency", "decision": "decision"}

    partner = serializers.CharField(max_length=64, required=False)
    currency = CurrencyField(required=False)
    decision = serializers.ChoiceField(["", "settled", "accepted"], required=False, allow_blank=True)


class OpenItemResource(Resource):
    """`/open-items`, for systems; people decide in the console."""

    resource = "open-items"
    query_class = OpenItemQuery
    serializer_class = OpenItemAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the differences."""
        return open_items_to_read(actor)
