"""`/plans` and `/rules`, read by systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework import serializers

from commissions.kinds import Kind
from commissions.queries.integration import plans_to_read, rules_to_read
from prm.api.fields import Answer, MoneyField
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor


class PlanAnswer(Answer):
    """A plan: the columns of `plans.csv`."""

    code = serializers.CharField()
    name = serializers.CharField()
    basis = serializers.CharField()
    clawback = serializers.CharField()
    clawback_days = serializers.IntegerField()
    cap_per_subscription = MoneyField(currency="cap_currency", allow_null=True)
    cap_currency = serializers.CharField()
    minimum_payout = MoneyField(currency="minimum_currency")
    minimum_currency = serializers.CharField()
    true_up_months = serializers.IntegerField()
    default = serializers.BooleanField(source="is_default")


class PlanQuery(ListQuery):
    """The list of plans has orderings only."""

    orderings: ClassVar = {"id": "pk", "code": "code"}


class PlanResource(Resource):
    """`/plans`."""

    resource = "plans"
    query_class = PlanQuery
    serializer_class = PlanAnswer
    lookup_field = "code"
    lookup_url_kwarg = "code"

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the plans."""
        return plans_to_read(actor)


class RateField(serializers.DecimalField):
    """Per cent, as a plain decimal."""

    def __init__(self, **options: Any) -> None:
        """Take the column's digits."""
        super().__init__(max_digits=12, decimal_places=6, **options)

    def to_representation(self, value: Any) -> str:
        """Return a string without needless zeros."""
        return f"{value.normalize():f}"


class RuleAnswer(Answer):
    """A commission rule: the columns of `rules.csv`; an empty field matches anything."""

    plan = serializers.CharField(source="plan.code")
    kind = serializers.CharField()
    product = serializers.CharField(source="product.code", default="")
    family = serializers.CharField(source="family.code", default="")
    tier = serializers.CharField(source="tier.code", default="")
    role = serializers.CharField()
    currency = serializers.CharField()
    threshold = MoneyField(allow_null=True)
    age_from = serializers.IntegerField()
    age_until = serializers.IntegerField(allow_null=True)
    until = serializers.DateField(source="valid_until", allow_null=True)
    rate = RateField(allow_null=True)
    amount = MoneyField(allow_null=True)
    minimum_mrr = MoneyField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        fields = super().get_fields()
        fields["from"] = serializers.DateField(source="valid_from", allow_null=True, read_only=True)
        return fields


class RuleQuery(ListQuery):
    """Filters of the list of rules."""

    lookups: ClassVar = {"plan": "plan__code", "kind": "kind"}

    plan = serializers.CharField(max_length=64, required=False)
    kind = serializers.ChoiceField(Kind.choices, required=False)


class RuleResource(Resource):
    """`/rules`."""

    resource = "rules"
    query_class = RuleQuery
    serializer_class = RuleAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the rules that stand."""
        return rules_to_read(actor)
