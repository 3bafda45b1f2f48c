"""`/plans`, read and written by systems; a change says why."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from commissions.api.members import about_members
from commissions.models.plans import Basis, Clawback
from commissions.queries.integration import plans_to_read
from commissions.services.plans import add_plan, change_plan, version_of_terms
from prm.api.fields import Answer, CurrencyField, Input, MoneyField
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

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
    terms = serializers.SerializerMethodField(help_text="Fingerprint of the terms, to be sent back with a change.")

    def get_terms(self, plan: Any) -> str:
        """Return the fingerprint."""
        return version_of_terms(plan)


class PlanForm(Input):
    """The terms of a plan; what is absent stays as it is."""

    name = serializers.CharField(max_length=120, required=False)
    basis = serializers.ChoiceField(Basis.choices, required=False)
    clawback = serializers.ChoiceField(Clawback.choices, required=False)
    clawback_days = serializers.IntegerField(min_value=0, max_value=32_000, required=False)
    cap_per_subscription = MoneyField(required=False, allow_null=True)
    cap_currency = CurrencyField(required=False, allow_blank=True)
    minimum_payout = MoneyField(required=False)
    minimum_currency = CurrencyField(required=False, allow_blank=True)
    true_up_months = serializers.IntegerField(min_value=0, max_value=1200, required=False)
    default = serializers.BooleanField(source="is_default", required=False)


class NewPlanForm(PlanForm):
    """A new plan; terms that are absent are those of an empty plan."""

    code = serializers.SlugField(max_length=64)
    name = serializers.CharField(max_length=120)


class PlanChangeForm(PlanForm):
    """A change of terms: every month that it reaches is computed again, and the difference posted."""

    answered = frozenset({"code"})

    reason = serializers.CharField(max_length=5000)
    terms = serializers.CharField(
        max_length=64, required=False, help_text="The fingerprint that you read: refused (412) when it is another now."
    )


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

    @extend_schema(request=NewPlanForm, responses={201: PlanAnswer})
    def create(self, _request: Request) -> Response:
        """Make a plan; a new default takes over from the one before."""
        values = self.understood(NewPlanForm)
        plan = add_plan(code=values.pop("code"), values=values, actor=self.actor, now=timezone.now())
        response = self.answer(plan, HTTPStatus.CREATED)
        response.headers["Location"] = f"/api/v1/plans/{plan.code}"
        return response

    @extend_schema(request=PlanChangeForm, responses=PlanAnswer)
    def change(self, _request: Request, **_names: Any) -> Response:
        """Change a plan's terms, with the reason."""
        plan = self.get_object()
        values = self.understood(PlanChangeForm)
        with about_members(is_default="default"):
            changed = change_plan(
                plan_id=plan.pk,
                reason=values.pop("reason"),
                version=values.pop("terms", None) or version_of_terms(plan),
                values=values,
                actor=self.actor,
                now=timezone.now(),
            )
        return self.answer(changed)
