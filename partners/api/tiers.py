"""`/tier-evaluations` and `/tier-overrides`: what the monthly evaluations found, and tiers held by hand."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from partners.models import Partner, TierEvaluation, TierOverride
from partners.services.tiers.overrides import end_by_hand, set_by_hand
from prm.api.fields import Answer, Input
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

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


class TierOverrideAnswer(Answer):
    """A tier that a partner holds by hand, whatever is computed; one that was ended early ends on that day."""

    id = serializers.UUIDField(source="public_id")
    partner = serializers.CharField(source="partner.code")
    tier = serializers.CharField(source="tier.code")
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(help_text="The first day on which the computed tier applies again.")
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class TierOverrideForm(Input):
    """A partner, a tier, the days and why."""

    partner = serializers.CharField(max_length=64)
    tier = serializers.CharField(max_length=64)
    valid_from = serializers.DateField(help_text="Today or later: a tier is never back-dated.")
    valid_until = serializers.DateField()
    reason = serializers.CharField(max_length=300)


class TierOverrideQuery(ListQuery):
    """Filters of the list."""

    lookups: ClassVar = {"partner": "partner__code", "tier": "tier__code"}

    partner = serializers.CharField(max_length=64, required=False)
    tier = serializers.CharField(max_length=64, required=False)


class TierOverrideResource(Resource):
    """`/tier-overrides`."""

    resource = "tier-overrides"
    query_class = TierOverrideQuery
    serializer_class = TierOverrideAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the tiers by hand, those too that are over; the reasons are no partner's to read."""
        rows = TierOverride.objects.visible_to(actor) if actor.is_internal else TierOverride.objects.none()
        return rows.select_related("partner", "tier")

    @extend_schema(request=TierOverrideForm, responses={201: TierOverrideAnswer})
    def create(self, _request: Request) -> Response:
        """Let a partner hold a tier by hand until a day."""
        values = self.understood(TierOverrideForm)
        partner = Partner.objects.visible_to(self.actor).filter(code=values.pop("partner")).first()
        if partner is None:
            raise DomainError("unknown_partner", _("There is no such partner."), field="partner")
        made = set_by_hand(partner_id=partner.pk, **values, actor=self.actor, now=timezone.now())
        return self.answer(self.get_queryset().get(pk=made.pk), HTTPStatus.CREATED)

    @extend_schema(request=None, responses=TierOverrideAnswer)
    def end(self, _request: Request, **_names: Any) -> Response:
        """End a tier by hand today, or void one that has not begun."""
        row = self.get_object()
        end_by_hand(public_id=row.public_id, actor=self.actor, now=timezone.now())
        return self.answer(self.get_queryset().get(pk=row.pk))
