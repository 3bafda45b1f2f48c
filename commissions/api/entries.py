"""`/commission-runs` and `/commission-entries`."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from commissions.kinds import Kind
from commissions.models.runs import RunStatus
from commissions.queries.explained import explained
from commissions.queries.integration import entries_to_read, rule_texts, rules_of
from commissions.queries.review import runs_visible_to, totals_by_run
from commissions.services.progress import note_progress
from commissions.services.runs import ask_for_run
from prm.api.fields import Answer, CurrencyField, Input, MoneyField, MonthField
from prm.api.pagination import ListQuery
from prm.api.permissions import actor_of
from prm.api.views import Resource
from prm.celery import app

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class Total(NamedTuple):
    """A sum in one currency."""

    currency: str
    amount: Decimal


class TotalAnswer(serializers.Serializer[Any]):
    """A sum in one currency; sums are never added across currencies."""

    currency = serializers.CharField()
    amount = MoneyField(minimum=None)


class RunAnswer(Answer):
    """A commission run."""

    id = serializers.UUIDField(source="public_id")
    number = serializers.IntegerField()
    period = MonthField()
    status = serializers.CharField()
    entries = serializers.IntegerField(source="entry_count")
    partners = serializers.IntegerField(source="partner_count")
    totals = TotalAnswer(many=True)
    four_eyes = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    calculated_at = serializers.DateTimeField(allow_null=True)
    calculated_by = serializers.CharField(source="calculated_label")
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(source="decided_label")
    decision_reason = serializers.CharField()


class RunForm(Input):
    """Which month to calculate."""

    period = MonthField()


class RunQuery(ListQuery):
    """Filters of the list of runs."""

    lookups: ClassVar = {"number": "number", "period": "period", "status": "status"}
    orderings: ClassVar = {"id": "pk", "number": "number"}

    number = serializers.IntegerField(min_value=1, max_value=2**62, required=False)
    period = MonthField(required=False)
    status = serializers.ChoiceField(RunStatus.choices, required=False)


class RunResource(Resource):
    """`/commission-runs`, for systems."""

    resource = "commission-runs"
    query_class = RunQuery
    serializer_class = RunAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the runs."""
        return runs_visible_to(actor)

    @extend_schema(request=RunForm, responses={202: RunAnswer})
    def create(self, request: Request) -> Response:
        """Have a worker calculate a month, or its undecided run anew; people approve. Ask the run how far it is."""
        period = self.understood(RunForm)["period"]
        now = timezone.now()
        run = ask_for_run(period=period, actor=self.actor, now=now)
        note_progress(number=run.number, state="queued", now=now)
        asked = {"number": run.number, "period": period.isoformat(), "key_id": request.auth.pk}
        transaction.on_commit(lambda: app.send_task("commissions.calculate_run", kwargs=asked))
        response = self.answer(run, HTTPStatus.ACCEPTED)
        response.headers["Location"] = f"/api/v1/commission-runs/{run.public_id}"
        return response

    def prepare(self, rows: Sequence[Any]) -> None:
        """Add the totals."""
        totals = totals_by_run(rows)
        for row in rows:
            row.totals = [Total(*total) for total in totals.get(row.pk, ())]


class EntryAnswer(Answer):
    """A commission entry: the columns of the export."""

    internal_fields = frozenset({"rule"})

    run = serializers.IntegerField(source="run.number")
    posted_period = MonthField(source="run.period")
    earned_period = MonthField()
    partner = serializers.CharField(source="partner.code")
    subscription = serializers.SerializerMethodField(help_text="`id` of the subscription; null where it is not yours.")
    kind = serializers.CharField()
    currency = serializers.CharField()
    amount = MoneyField(minimum=None)
    true_up = serializers.BooleanField(source="is_true_up")
    rule = serializers.SerializerMethodField(help_text="plan/kind/product/family/tier/role/currency/threshold/age/from")
    explanation = serializers.SerializerMethodField()

    def get_subscription(self, entry: Any) -> str | None:
        """Return our id; a parent is paid for its sub-partner's subscription, but is not told which it is."""
        request = self.context.get("request")
        hidden = entry.kind == Kind.OVERRIDE and request is not None and not actor_of(request).is_internal
        return None if entry.subscription is None or hidden else str(entry.subscription.public_id)

    def get_rule(self, entry: Any) -> str:
        """Return the rules' keys, joined by ``;``; empty for a vanished key."""
        return str(getattr(entry, "rule_text", ""))

    def get_explanation(self, entry: Any) -> str:
        """Return the sentence."""
        return explained(entry).text


class EntryQuery(ListQuery):
    """Filters of the list of entries. Without `run`, entries of approved runs only."""

    lookups: ClassVar = {
        "run": "run__number",
        "period": "run__period",
        "earned_period": "earned_period",
        "partner": "partner__code",
        "subscription": "subscription__public_id",
        "kind": "kind",
        "currency": "currency",
    }
    orderings: ClassVar = {"run": "run_id"}
    default_ordering = "run"
    internal = frozenset({"subscription"})

    run = serializers.IntegerField(min_value=1, max_value=2**62, required=False)
    period = MonthField(required=False)
    earned_period = MonthField(required=False)
    partner = serializers.CharField(max_length=64, required=False)
    subscription = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(Kind.choices, required=False)
    currency = CurrencyField(required=False)

    @classmethod
    def narrow(cls, queryset: QuerySet[Any], filters: Mapping[str, Any]) -> QuerySet[Any]:
        """Show what was posted; what is only calculated where its run is named."""
        queryset = super().narrow(queryset, filters)
        return queryset if "run" in filters else queryset.filter(run__status=RunStatus.APPROVED)


class EntryResource(Resource):
    """`/commission-entries`."""

    resource = "commission-entries"
    query_class = EntryQuery
    serializer_class = EntryAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the entries; a partner's key sees its own of approved runs."""
        return entries_to_read(actor)

    def prepare(self, rows: Sequence[Any]) -> None:
        """Add the rules' keys, which systems alone read."""
        if not self.actor.is_internal:
            return
        texts = rule_texts(rows)
        for row in rows:
            row.rule_text = ";".join(sorted(texts[pk] for pk in rules_of(row) & texts.keys()))
