"""`/rules`, read and written by systems: every correction is a version with its reason, and ties are refused."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from commissions.api.members import about_members
from commissions.kinds import Kind
from commissions.models import Plan
from commissions.queries.integration import rules_to_read
from commissions.services.rules import add_rule, correct_rule, end_rule
from deals.models import CreditRole, Family, Product
from deals.queries.references import find_code
from partners.models import Tier
from prm.api.dated import DatedAnswer
from prm.api.fields import CurrencyField, Input, MoneyField
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from commissions.models import Rule
    from prm.actors import Actor


class RateField(serializers.DecimalField):
    """Per cent, as a plain decimal."""

    def __init__(self, **options: Any) -> None:
        """Take the column's digits."""
        super().__init__(max_digits=12, decimal_places=6, **options)

    def to_representation(self, value: Any) -> str:
        """Return a string without needless zeros."""
        return f"{value.normalize():f}"


class RuleAnswer(DatedAnswer):
    """A commission rule: the columns of `rules.csv`; an empty field matches anything."""

    id = serializers.UUIDField(source="public_id")
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


class RuleForm(Input):
    """What a rule says; an empty member matches anything, and an absent one stays as it is."""

    product = serializers.CharField(max_length=64, required=False, allow_blank=True)
    family = serializers.CharField(max_length=64, required=False, allow_blank=True)
    tier = serializers.CharField(max_length=64, required=False, allow_blank=True)
    role = serializers.ChoiceField(CreditRole.choices, required=False, allow_blank=True)
    currency = CurrencyField(required=False, allow_blank=True)
    threshold = MoneyField(required=False, allow_null=True)
    age_from = serializers.IntegerField(min_value=1, max_value=32_000, required=False)
    age_until = serializers.IntegerField(min_value=1, max_value=32_000, required=False, allow_null=True)
    until = serializers.DateField(source="valid_until", required=False, allow_null=True)
    rate = RateField(required=False, allow_null=True)
    amount = MoneyField(required=False, allow_null=True)
    minimum_mrr = MoneyField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        fields = super().get_fields()
        fields["from"] = serializers.DateField(source="valid_from", required=False, allow_null=True)
        return fields


class NewRuleForm(RuleForm):
    """A new rule; refused (409 `rule_no_tie`) where it ties with another."""

    plan = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(Kind.choices)


class CorrectionForm(RuleForm):
    """A correction: the rule in force is kept as an earlier version, with the reason."""

    answered = frozenset({"id", "plan", "kind"})

    reason = serializers.CharField(max_length=5000)


class EndForm(Input):
    """The first day on which the rule no longer holds."""

    on = serializers.DateField()
    reason = serializers.CharField(max_length=5000)


NAMED: dict[str, type[Any]] = {"plan": Plan, "product": Product, "family": Family, "tier": Tier}
"""Members that name another object by its code."""


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

    @extend_schema(request=NewRuleForm, responses={201: RuleAnswer})
    def create(self, _request: Request) -> Response:
        """Put a new rule in force."""
        values = self._objects(self.understood(NewRuleForm))
        with about_members(valid_until="until"):
            rule = add_rule(values=values, actor=self.actor, now=timezone.now())
        return self._made(rule)

    @extend_schema(request=CorrectionForm, responses={201: RuleAnswer})
    def correct(self, _request: Request, **_names: Any) -> Response:
        """Correct a rule: the answer is its new version, which has an id of its own."""
        rule = self.get_object()
        values = self._objects(self.understood(CorrectionForm))
        with about_members(valid_until="until"):
            version = correct_rule(
                rule_id=rule.pk, reason=values.pop("reason"), values=values, actor=self.actor, now=timezone.now()
            )
        return self._made(version)

    @extend_schema(request=EndForm, responses={201: RuleAnswer})
    def end(self, _request: Request, **_names: Any) -> Response:
        """End a rule on a day: the answer is the version that ends."""
        rule = self.get_object()
        values = self.understood(EndForm)
        with about_members(valid_until="on"):
            ended = end_rule(rule_id=rule.pk, **values, actor=self.actor, now=timezone.now())
        return self._made(ended)

    def _made(self, rule: Rule) -> Response:
        response = self.answer(self.get_queryset().get(pk=rule.pk), HTTPStatus.CREATED)
        response.headers["Location"] = f"/api/v1/rules/{rule.public_id}"
        return response

    @staticmethod
    def _objects(values: dict[str, Any]) -> dict[str, Any]:
        """Return ``values`` with objects in place of their codes; an empty code is none."""
        return {
            name: (find_code(NAMED[name]._default_manager.all(), value, field=name) if value else None)  # noqa: SLF001 - Django's documented API
            if name in NAMED
            else value
            for name, value in values.items()
        }
