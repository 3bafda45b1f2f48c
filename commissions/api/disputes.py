"""`/disputes`: a partner's key asks, replies, withdraws and asks again; people answer, in the console alone."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from commissions.kinds import Kind
from commissions.models import DisputeMessage, DisputeStatus
from commissions.queries.disputes import disputes_to_read
from commissions.queries.subjects import Asked, find_subject
from commissions.services.disputes import open_dispute, reopen_dispute, reply, withdraw_dispute
from prm.api.fields import Answer, CurrencyField, Input, MoneyField, MonthField
from prm.api.pagination import ListQuery
from prm.api.permissions import actor_of
from prm.api.views import Resource
from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor

LONGEST_TEXT = 5000


class MessageAnswer(serializers.Serializer[Any]):
    """A message of the thread; an answer by money names its adjustment."""

    at = serializers.DateTimeField()
    act = serializers.CharField()
    from_partner = serializers.BooleanField()
    author = serializers.CharField(source="author_label")
    text = serializers.CharField()
    adjustment = MoneyField(source="adjustment.amount", currency="adjustment.currency", minimum=None, default=None)


class DisputeAnswer(Answer):
    """A dispute. Without `earned_period` it is about the statement as a whole."""

    id = serializers.UUIDField(source="public_id")
    number = serializers.CharField()
    partner = serializers.CharField(source="partner.code")
    period = MonthField(source="run.period")
    statement = serializers.CharField(source="statement.number", default=None, allow_null=True)
    subscription = serializers.SerializerMethodField(help_text="`id` of the subscription; null where it is not yours.")
    kind = serializers.CharField()
    earned_period = MonthField(allow_null=True)
    currency = serializers.CharField()
    amount = MoneyField(minimum=None)
    status = serializers.CharField()
    outcome = serializers.CharField()
    opened_at = serializers.DateTimeField()
    opened_by = serializers.CharField(source="opened_label")
    due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    messages = MessageAnswer(many=True)
    version = serializers.IntegerField()

    def get_subscription(self, dispute: Any) -> str | None:
        """Return our id; a parent is not told which subscription of its sub-partner it is paid for."""
        request = self.context.get("request")
        hidden = dispute.kind == Kind.OVERRIDE and request is not None and not actor_of(request).is_internal
        return None if dispute.subscription is None or hidden else str(dispute.subscription.public_id)


class DisputeQuery(ListQuery):
    """Filters of the list of disputes."""

    lookups: ClassVar = {
        "number": "number",
        "status": "status",
        "partner": "partner__code",
        "statement": "statement__number",
        "period": "run__period",
    }

    number = serializers.CharField(max_length=16, required=False)
    status = serializers.ChoiceField(DisputeStatus.choices, required=False)
    partner = serializers.CharField(max_length=64, required=False)
    statement = serializers.CharField(max_length=32, required=False)
    period = MonthField(required=False)


class DisputeForm(Input):
    """What is asked about: a statement, an entry of it, or the lack of one in the month of a run."""

    statement = serializers.CharField(max_length=32, required=False, help_text="Its number.")
    period = MonthField(required=False, help_text="Instead of a statement: the month of an approved run.")
    subscription = serializers.UUIDField(required=False, help_text="Its `id`.")
    kind = serializers.ChoiceField(Kind.choices, required=False)
    earned_period = MonthField(required=False, help_text="Where it is not the month of the run.")
    currency = CurrencyField(required=False, help_text="Of an accelerator without a statement.")
    text = serializers.CharField(max_length=LONGEST_TEXT)


class TextForm(Input):
    """What is said."""

    text = serializers.CharField(max_length=LONGEST_TEXT)


class MaybeTextForm(Input):
    """What is said, if anything."""

    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)


class DisputeResource(Resource):
    """`/disputes`."""

    resource = "disputes"
    query_class = DisputeQuery
    serializer_class = DisputeAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the disputes; a partner's key sees its own."""
        messages = DisputeMessage.objects.select_related("adjustment").order_by("pk")
        return disputes_to_read(actor).prefetch_related(Prefetch("messages", messages))

    @extend_schema(request=DisputeForm, responses={201: DisputeAnswer})
    def create(self, _request: Request) -> Response:
        """Ask about a statement, an entry, or the lack of one, within the days of the statement."""
        values = self.understood(DisputeForm)
        asked = Asked(
            statement=values.get("statement", ""),
            month=values.get("period"),
            subscription=values.get("subscription"),
            kind=values.get("kind", ""),
            earned_period=values.get("earned_period"),
            currency=values.get("currency", ""),
        )
        subject = find_subject(self.actor, asked)
        if subject is None:
            raise DomainError(
                "unknown_subject", _("There is no such statement, subscription or approved month."), field="statement"
            )
        made = open_dispute(subject=subject, text=values["text"], actor=self.actor, now=timezone.now())
        response = self.answer(self.get_queryset().get(pk=made.pk), HTTPStatus.CREATED)
        response.headers["Location"] = f"/api/v1/disputes/{made.public_id}"
        return response

    @extend_schema(request=TextForm, responses=DisputeAnswer)
    def respond(self, _request: Request, **_names: Any) -> Response:
        """Add to the thread; where you were asked something, the clock of the answer runs again."""
        return self._act_on(reply, TextForm)

    @extend_schema(request=MaybeTextForm, responses=DisputeAnswer)
    def withdraw(self, _request: Request, **_names: Any) -> Response:
        """Take the question back."""
        return self._act_on(withdraw_dispute, MaybeTextForm)

    @extend_schema(request=TextForm, responses=DisputeAnswer)
    def reopen(self, _request: Request, **_names: Any) -> Response:
        """Ask again about what is closed, within the days of the statement."""
        return self._act_on(reopen_dispute, TextForm)

    def _act_on(self, service: Callable[..., Any], form: type[serializers.Serializer[Any]]) -> Response:
        found = self.get_object()
        values = self.understood(form)
        service(
            dispute_id=found.pk,
            actor=self.actor,
            now=timezone.now(),
            version=self.expected_version(),
            **values,
        )
        return self.answer(self.get_queryset().get(pk=found.pk))
