"""`/subscriptions` and `/products`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.api.external import SyncedResource
from deals.models import Product, SubscriptionSource
from deals.queries.integration import subscriptions_to_read
from deals.services.upserts import upsert_subscription
from prm.api.fields import Answer, CurrencyField, Input, MoneyField, ReferenceField
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.models import Program

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class SubscriptionAnswer(Answer):
    """A subscription: the columns of `subscriptions.csv`, and today's MRR."""

    internal_fields = frozenset({"source_system"})

    id = serializers.UUIDField(source="public_id")
    source_system = serializers.CharField()
    external_id = serializers.CharField()
    account = serializers.UUIDField(source="account.public_id", help_text="`id` of the account.")
    product = serializers.CharField(source="product.code")
    currency = serializers.CharField()
    started_on = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment]
    registration = serializers.UUIDField(
        source="shown_registration", allow_null=True, help_text="`id` of the registration that was won."
    )
    mrr = MoneyField(source="mrr_today")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class SubscriptionInput(Input):
    """Absent members stay untouched. A new one needs account, product, currency and started_on."""

    answered = frozenset(
        {"id", "source_system", "external_id", "mrr", "version", "created_at", "updated_at"},
    )

    account = ReferenceField(required=False)
    product = serializers.CharField(max_length=64, required=False)
    currency = CurrencyField(required=False)
    started_on = serializers.DateField(required=False)
    source = serializers.ChoiceField(SubscriptionSource.choices, required=False)  # type: ignore[assignment]
    registration = ReferenceField(required=False, allow_null=True)


class SubscriptionQuery(ListQuery):
    """Filters of the list of subscriptions."""

    lookups: ClassVar = {
        "updated_since": "updated_at__gte",
        "source_system": "source_system",
        "external_id": "external_id",
        "account": "account__public_id",
        "product": "product__code",
        "currency": "currency",
    }
    orderings: ClassVar = {"id": "pk", "updated_at": "updated_at"}
    internal = frozenset({"source_system"})

    updated_since = serializers.DateTimeField(required=False)
    source_system = serializers.CharField(max_length=32, required=False)
    external_id = serializers.CharField(max_length=200, required=False)
    account = serializers.UUIDField(required=False)
    product = serializers.CharField(max_length=64, required=False)
    currency = CurrencyField(required=False)


class SubscriptionResource(SyncedResource):
    """`/subscriptions`."""

    resource = "subscriptions"
    query_class = SubscriptionQuery
    serializer_class = SubscriptionAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the subscriptions; a partner's key sees those on which it is, or was, credited."""
        now = timezone.now()
        return subscriptions_to_read(actor, on=timezone.localdate(now, ZoneInfo(Program.current().timezone)))

    @extend_schema(request=SubscriptionInput, responses={200: SubscriptionAnswer, 201: SubscriptionAnswer})
    def upsert(self, _request: Request, **_names: Any) -> Response:
        """Create or change the subscription that your system calls so; a repeat changes nothing."""
        return self.upserted(upsert_subscription, SubscriptionInput)


class ProductAnswer(Answer):
    """A product and its family."""

    code = serializers.CharField()
    name = serializers.CharField()
    family = serializers.CharField(source="family.code")


class ProductQuery(ListQuery):
    """Filters of the list of products."""

    lookups: ClassVar = {"family": "family__code"}
    orderings: ClassVar = {"id": "pk", "code": "code"}

    family = serializers.CharField(max_length=64, required=False)


class ProductResource(Resource):
    """`/products`."""

    resource = "products"
    query_class = ProductQuery
    serializer_class = ProductAnswer
    lookup_field = "code"
    lookup_url_kwarg = "code"

    def visible(self, actor: Actor) -> QuerySet[Any]:  # noqa: ARG002 - what is sold is no secret
        """Return what is sold: the same for everybody with a key."""
        return Product.objects.select_related("family")
