"""`/tier-evaluations`: what the monthly evaluations found, with the figures that they used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework import serializers

from partners.models import TierEvaluation
from prm.api.fields import Answer
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prm.actors import Actor


class TierEvaluationAnswer(Answer):
    """One partner in one evaluation; never changed afterwards."""

    partner = serializers.CharField(source="partner.code")
    as_of = serializers.DateField(source="run.as_of", help_text="The day of the facts.")
    effective_on = serializers.DateField(source="run.effective_on", help_text="From when it counts.")
    is_review = serializers.BooleanField(source="run.is_review")
    held = serializers.CharField(help_text="Code of the tier computed before; empty: none.")
    tier = serializers.CharField(help_text="Code of the tier computed now; empty: none.")
    move = serializers.CharField(help_text="kept, promoted or demoted.")
    notice = serializers.CharField(help_text="given, stands, withdrawn or carried_out; empty: no warning.")
    figures = serializers.JSONField(help_text="By figure: its value as a string (null: not defined), n, and why not.")


class TierEvaluationQuery(ListQuery):
    """Filters of the list."""

    lookups: ClassVar = {"partner": "partner__code", "as_of": "run__as_of", "move": "move"}

    partner = serializers.CharField(max_length=64, required=False)
    as_of = serializers.DateField(required=False)
    move = serializers.ChoiceField(["kept", "promoted", "demoted"], required=False)


class TierEvaluationResource(Resource):
    """`/tier-evaluations`."""

    resource = "tier-evaluations"
    query_class = TierEvaluationQuery
    serializer_class = TierEvaluationAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the evaluations; a partner's key sees its own."""
        return TierEvaluation.objects.visible_to(actor).select_related("run", "partner")
