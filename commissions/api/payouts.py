"""`/payouts` and `/payout-batches`, to be read: people prepare and submit them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework import serializers

from commissions.models import PayoutStatus
from commissions.queries.integration import batches_to_read, payouts_to_read
from prm.api.fields import Answer, CurrencyField, MoneyField
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor


class PayoutAnswer(Answer):
    """A payout. `net` = `gross` − `withheld`; `withholding_rate` in per cent."""

    internal_fields = frozenset({"batch", "provider", "provider_reference", "attempts"})

    id = serializers.UUIDField(source="public_id")
    number = serializers.CharField(source="__str__")
    batch = serializers.IntegerField(source="batch.number")
    as_of = serializers.DateField(source="batch.as_of")
    partner = serializers.CharField(source="partner.code")
    currency = serializers.CharField()
    gross = MoneyField()
    withholding_rate = serializers.DecimalField(max_digits=6, decimal_places=3)
    withheld = MoneyField()
    net = MoneyField()
    status = serializers.CharField()
    reason = serializers.CharField()
    provider = serializers.CharField()
    provider_reference = serializers.CharField()
    attempts = serializers.IntegerField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class PayoutQuery(ListQuery):
    """Filters of the list of payouts."""

    lookups: ClassVar = {
        "partner": "partner__code",
        "currency": "currency",
        "status": "status",
        "batch": "batch__number",
    }
    internal = frozenset({"batch"})

    partner = serializers.CharField(max_length=64, required=False)
    currency = CurrencyField(required=False)
    status = serializers.ChoiceField(PayoutStatus.choices, required=False)
    batch = serializers.IntegerField(min_value=1, max_value=2**62, required=False)


class PayoutResource(Resource):
    """`/payouts`."""

    resource = "payouts"
    query_class = PayoutQuery
    serializer_class = PayoutAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the payouts; a partner's key sees its own."""
        return payouts_to_read(actor)


class BatchAnswer(Answer):
    """What was prepared together for one day."""

    id = serializers.UUIDField(source="public_id")
    number = serializers.IntegerField()
    as_of = serializers.DateField()
    payouts = serializers.IntegerField(source="payout_count")
    prepared = serializers.IntegerField(source="waiting_count")
    submitted = serializers.IntegerField(source="under_way_count")
    paid = serializers.IntegerField(source="paid_count")
    not_paid = serializers.IntegerField(source="not_paid_count")
    carried_forward = serializers.IntegerField(source="carried_count")
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(source="created_label")


class BatchQuery(ListQuery):
    """Filters of the list of batches."""

    lookups: ClassVar = {"as_of": "as_of"}

    as_of = serializers.DateField(required=False)


class BatchResource(Resource):
    """`/payout-batches`, for systems."""

    resource = "payout-batches"
    query_class = BatchQuery
    serializer_class = BatchAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the batches."""
        return batches_to_read(actor)
