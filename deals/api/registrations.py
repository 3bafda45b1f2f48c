"""`/registrations`: submit, decide, close, and keep in step with a CRM, all through the same services as the pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.api.external import SyncedResource, with_references
from deals.api.registration_forms import (
    AnswerForm,
    ApproveForm,
    DealForm,
    NewDealForm,
    NoReasonForm,
    QuestionForm,
    ReasonForm,
    RegistrationInput,
    WinForm,
)
from deals.models import Family, Origin, Product, RegistrationStatus, Subscription
from deals.queries.integration import registrations_to_read
from deals.queries.references import find, find_code
from deals.services.decisions import (
    answer_question,
    approve_registration,
    reject_registration,
    return_for_information,
)
from deals.services.progress import extend_protection, lose_registration, withdraw_registration
from deals.services.submission import Deal, submit_registration
from deals.services.upserts import upsert_registration
from deals.services.winning import Sale, win_registration
from partners.models import Partner
from prm.api.fields import Answer, MoneyField
from prm.api.pagination import ListQuery
from prm.api.permissions import actor_of
from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class FindingAnswer(Answer):
    """What a rule of engagement found; a partner's key reads the sentence written for it, and no more."""

    internal_fields = frozenset({"code", "severity", "moment", "evidence"})

    text = serializers.CharField(source="partner_text")
    at = serializers.DateTimeField(source="evaluated_at")
    code = serializers.CharField()
    severity = serializers.CharField()
    moment = serializers.CharField()
    evidence = serializers.JSONField(source="internal")


class RegistrationAnswer(Answer):
    """A registration: the columns of `registrations.csv`, beside ids and what the rules found."""

    internal_fields = frozenset({"source_system", "external_id"})

    id = serializers.UUIDField(source="public_id")
    number = serializers.CharField(source="reference")
    deal_number = serializers.IntegerField(allow_null=True)
    source_system = serializers.CharField()
    external_id = serializers.CharField(allow_null=True)
    partner = serializers.CharField(source="holder.code")
    distributor = serializers.CharField(source="distributor.code", default=None, allow_null=True)
    account = serializers.UUIDField(source="account.public_id", default=None, allow_null=True)
    company = serializers.CharField(source="customer_name")
    website = serializers.CharField()
    country = serializers.CharField()
    family = serializers.CharField(source="family.code")
    status = serializers.CharField()
    origin = serializers.CharField()
    exclusive = serializers.BooleanField()
    stage = serializers.CharField()
    expected_mrr = MoneyField(allow_null=True)
    currency = serializers.CharField()
    expected_close_on = serializers.DateField(allow_null=True)
    contact = serializers.CharField()
    note = serializers.CharField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField()
    protected_from = serializers.DateTimeField(source="protected.lower", default=None, allow_null=True)
    protected_until = serializers.DateTimeField(source="protected.upper", default=None, allow_null=True)
    closed_on = serializers.DateField(allow_null=True)
    findings = FindingAnswer(many=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: Any) -> Any:
        """Keep the customer's id from a partner until it was approved: an id tells when we first knew the customer."""
        shown = super().to_representation(instance)
        if instance.protected is None and not actor_of(self.context["request"]).is_internal:
            shown["account"] = None
        return shown


class RegistrationQuery(ListQuery):
    """Filters of the list of registrations."""

    lookups: ClassVar = {
        "updated_since": "updated_at__gte",
        "status": "status",
        "partner": "holder__code",
        "account": "account__public_id",
        "family": "family__code",
        "origin": "origin",
        "source_system": "source_system",
        "external_id": "external_id",
    }
    orderings: ClassVar = {"id": "pk", "updated_at": "updated_at"}
    internal = frozenset({"source_system", "external_id"})

    updated_since = serializers.DateTimeField(required=False)
    status = serializers.ChoiceField(RegistrationStatus.choices, required=False)
    partner = serializers.CharField(max_length=64, required=False)
    account = serializers.UUIDField(required=False)
    family = serializers.CharField(max_length=64, required=False)
    origin = serializers.ChoiceField(Origin.choices, required=False)
    source_system = serializers.CharField(max_length=32, required=False)
    external_id = serializers.CharField(max_length=200, required=False)


DEAL = ("website", "company", "country", "expected_mrr", "currency", "expected_close_on", "contact", "note", "stage")


def _deal(values: dict[str, Any], family: Family) -> Deal:
    return Deal(**{"website": "", "company": "", "country": ""} | values, family=family)


def family_of(code: str) -> Family:
    """Return the family of that code."""
    found: Family = find_code(Family.objects.all(), code, field="family")
    return found


class RegistrationResource(SyncedResource):
    """`/registrations`."""

    resource = "registrations"
    query_class = RegistrationQuery
    serializer_class = RegistrationAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the registrations; a partner's key sees those that it holds or distributes."""
        return registrations_to_read(actor)

    @extend_schema(request=RegistrationInput, responses={200: RegistrationAnswer, 201: RegistrationAnswer})
    def upsert(self, _request: Request, **_names: Any) -> Response:
        """Create or change the registration that your CRM calls so; a repeat changes nothing."""
        return self.upserted(upsert_registration, RegistrationInput)

    @extend_schema(request=NewDealForm, responses={201: RegistrationAnswer})
    def create(self, _request: Request) -> Response:
        """Submit a deal; the answer tells at once where the rules can."""
        values = self.understood(NewDealForm)
        made = submit_registration(
            deal=_deal({name: values[name] for name in DEAL if name in values}, family_of(values["family"])),
            actor=self.actor,
            now=timezone.now(),
            holder_id=self._holder(values.get("partner")),
            wait=values.get("wait", False),
        )
        response = self.answer(self.get_queryset().get(pk=made.pk), HTTPStatus.CREATED)
        response.headers["Location"] = f"/api/v1/registrations/{made.public_id}"
        return response

    @extend_schema(request=DealForm, responses=RegistrationAnswer)
    def submit(self, _request: Request, **_names: Any) -> Response:
        """Submit a draft, with what the body adds or changes."""
        draft = self.get_object()
        values = self.understood(DealForm)
        kept = {name: getattr(draft, name) for name in DEAL}
        family = family_of(values["family"]) if "family" in values else draft.family
        named = {name: values[name] for name in DEAL if name in values}
        return self._done(
            submit_registration(
                deal=_deal(kept | named, family),
                actor=self.actor,
                now=timezone.now(),
                holder_id=draft.holder_id,
                draft_id=draft.pk,
                version=self.expected_version(),
                wait=values.get("wait", False),
            ).pk
        )

    @extend_schema(request=ApproveForm, responses=RegistrationAnswer)
    def approve(self, _request: Request, **_names: Any) -> Response:
        """Approve and protect; refused with the rule's code where the rules forbid it."""
        return self._act_on(approve_registration, ApproveForm)

    @extend_schema(request=ReasonForm, responses=RegistrationAnswer)
    def reject(self, _request: Request, **_names: Any) -> Response:
        """Reject; the partner reads the reason."""
        return self._act_on(reject_registration, ReasonForm)

    @extend_schema(request=QuestionForm, responses=RegistrationAnswer)
    def send_back(self, _request: Request, **_names: Any) -> Response:
        """Return to the partner with a question; its place is kept."""
        return self._act_on(return_for_information, QuestionForm)

    @extend_schema(request=AnswerForm, responses=RegistrationAnswer)
    def respond(self, _request: Request, **_names: Any) -> Response:
        """Answer what was asked."""
        return self._act_on(answer_question, AnswerForm)

    @extend_schema(request=ReasonForm, responses=RegistrationAnswer)
    def extend(self, _request: Request, **_names: Any) -> Response:
        """Extend a running protection."""
        return self._act_on(extend_protection, ReasonForm)

    @extend_schema(request=NoReasonForm, responses=RegistrationAnswer)
    def lose(self, _request: Request, **_names: Any) -> Response:
        """Close as lost."""
        return self._act_on(lose_registration, NoReasonForm)

    @extend_schema(request=NoReasonForm, responses=RegistrationAnswer)
    def withdraw(self, _request: Request, **_names: Any) -> Response:
        """Give it up."""
        return self._act_on(withdraw_registration, NoReasonForm)

    @extend_schema(request=WinForm, responses={200: RegistrationAnswer, 202: RegistrationAnswer})
    def win(self, _request: Request, **_names: Any) -> Response:
        """Close as won: link the subscription that it became, or make it; the credit is made with it.

        202 and still `expired` where its protection had ended: a person decides.
        """
        row = self.get_object()
        values = with_references(self.understood(WinForm))
        linked = values.pop("subscription", None)
        if linked is not None:
            values = {"subscription": find(Subscription.objects.visible_to(self.actor), linked, field="subscription")}
        elif values:
            values["product"] = find_code(Product.objects.all(), values["product"], field="product")
            values = {"sale": Sale(**values)}
        won = win_registration(
            registration_id=row.pk,
            actor=self.actor,
            now=timezone.now(),
            version=self.expected_version(),
            **values,
        )
        waits = won.status != RegistrationStatus.WON
        return self.answer(self.get_queryset().get(pk=row.pk), HTTPStatus.ACCEPTED if waits else HTTPStatus.OK)

    def _act_on(self, service: Callable[..., Any], form: type[serializers.Serializer[Any]]) -> Response:
        """Hand the object of the address and the body to ``service``."""
        row = self.get_object()
        values = self.understood(form)
        service(
            registration_id=row.pk,
            actor=self.actor,
            now=timezone.now(),
            version=self.expected_version(),
            **values,
        )
        return self._done(row.pk)

    def _done(self, pk: int) -> Response:
        return self.answer(self.get_queryset().get(pk=pk))

    def _holder(self, code: str | None) -> int | None:
        """Return whose registration it becomes: a system says for whom, a partner's key is its own."""
        if code is None:
            if self.actor.is_internal:
                raise DomainError("required", _("A system says for which partner."), field="partner")
            return None
        found: Partner = find_code(Partner.objects.visible_to(self.actor), code, field="partner")
        return found.pk
