"""`/leads`: brought by other systems, answered by partners, given by managers' systems; the pages' own services."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.api.external import SyncedResource, with_references
from deals.api.registration_forms import ReasonForm
from deals.models import Lead, LeadStatus
from deals.queries.leads import current_offer, leads_to_read
from deals.queries.references import find_code
from deals.services.leads import (
    accept_lead,
    add_lead,
    close_lead,
    convert_lead,
    decline_lead,
    hand_over,
    offer_again,
    take_back,
)
from deals.services.upserts import upsert_lead
from deals.services.upserts.leads import new_lead
from partners.models import Partner
from prm.api.fields import Answer, CountryField, CurrencyField, Input, MoneyField, ReferenceField
from prm.api.pagination import ListQuery
from prm.api.permissions import actor_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class LeadAnswer(Answer):
    """A lead. A partner's key sees those that it holds, and the contact once it has accepted."""

    internal_fields = frozenset(
        {"source_system", "external_id", "account", "manager_email", "reason", "segment", "partner"}
    )

    id = serializers.UUIDField(source="public_id")
    source_system = serializers.CharField()
    external_id = serializers.CharField(allow_null=True)
    account = serializers.UUIDField(source="account.public_id")
    company = serializers.CharField(source="account.name")
    website = serializers.CharField(source="account.website")
    country = serializers.CharField()
    segment = serializers.CharField()
    family = serializers.CharField(source="family.code")
    status = serializers.CharField()
    partner = serializers.CharField(source="partner.code", default=None, allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    expected_mrr = MoneyField(allow_null=True)
    currency = serializers.CharField()
    contact = serializers.CharField()
    note = serializers.CharField()
    manager_email = serializers.CharField()
    reason = serializers.CharField(help_text="Why it is back with the vendor, or was closed.")
    offered_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.SerializerMethodField(help_text="Until when to answer, or to register after accepting.")
    answered_at = serializers.DateTimeField(allow_null=True)
    registration = serializers.UUIDField(source="registration.public_id", default=None, allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()

    def get_due_at(self, lead: Any) -> str | None:
        """Return the end of the running clock."""
        offer = current_offer(lead)
        if offer is None:
            return None
        due = offer.register_by or offer.due_at
        return due.isoformat().replace("+00:00", "Z")

    def to_representation(self, instance: Any) -> Any:
        """Keep the contact from a partner that has not accepted yet."""
        shown = super().to_representation(instance)
        if instance.status == LeadStatus.OFFERED and not actor_of(self.context["request"]).is_internal:
            shown["contact"] = ""
        return shown


class LeadInput(Input):
    """Absent members stay untouched. A new one needs family, and account, website or company."""

    answered = frozenset(LeadAnswer().fields) - {
        "account", "company", "website", "country", "segment", "family", "source", "expected_mrr", "currency",
        "contact", "note", "manager_email",
    }  # fmt: skip

    account = ReferenceField(required=False, allow_null=True)
    website = serializers.CharField(max_length=253, required=False, allow_blank=True)
    company = serializers.CharField(max_length=250, required=False, allow_blank=True)
    country = CountryField(required=False)
    segment = serializers.CharField(max_length=80, required=False, allow_blank=True)
    family = serializers.CharField(max_length=64, required=False)
    source = serializers.CharField(max_length=80, required=False, allow_blank=True)  # type: ignore[assignment]
    expected_mrr = MoneyField(required=False, allow_null=True)
    currency = CurrencyField(required=False, allow_blank=True)
    contact = serializers.CharField(max_length=250, required=False, allow_blank=True)
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    manager_email = serializers.EmailField(required=False, allow_blank=True)


class HandOverForm(Input):
    """To whom; the reason is needed where the rules of engagement refuse the partner."""

    partner = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class EmptyForm(Input):
    """Nothing to say."""


class LeadQuery(ListQuery):
    """Filters of the list of leads."""

    lookups: ClassVar = {
        "updated_since": "updated_at__gte",
        "status": "status",
        "partner": "partner__code",
        "family": "family__code",
        "source_system": "source_system",
        "external_id": "external_id",
    }
    orderings: ClassVar = {"id": "pk", "updated_at": "updated_at"}
    internal = frozenset({"source_system", "external_id", "partner"})

    updated_since = serializers.DateTimeField(required=False)
    status = serializers.ChoiceField(LeadStatus.choices, required=False)
    partner = serializers.CharField(max_length=64, required=False)
    family = serializers.CharField(max_length=64, required=False)
    source_system = serializers.CharField(max_length=32, required=False)
    external_id = serializers.CharField(max_length=200, required=False)


class LeadResource(SyncedResource):
    """`/leads`."""

    resource = "leads"
    query_class = LeadQuery
    serializer_class = LeadAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the leads; a partner's key sees those that it holds."""
        return leads_to_read(actor)

    @extend_schema(request=LeadInput, responses={200: LeadAnswer, 201: LeadAnswer})
    def upsert(self, _request: Request, **_names: Any) -> Response:
        """Take in the lead that your system calls so, or complete it; a new one is offered at once."""
        return self.upserted(upsert_lead, LeadInput)

    @extend_schema(request=LeadInput, responses={201: LeadAnswer})
    def create(self, _request: Request) -> Response:
        """Take in a lead and offer it to the partner whose turn it is."""
        values = with_references(self.understood(LeadInput))
        made = add_lead(new=new_lead(values, self.actor), actor=self.actor, now=timezone.now())
        response = self.answer(self.get_queryset().get(pk=made.pk), HTTPStatus.CREATED)
        response.headers["Location"] = f"/api/v1/leads/{made.public_id}"
        return response

    @extend_schema(request=EmptyForm, responses=LeadAnswer)
    def accept(self, _request: Request, **_names: Any) -> Response:
        """Accept an offered lead; the customer stays reserved until it is registered."""
        return self._act_on(accept_lead, EmptyForm)

    @extend_schema(request=ReasonForm, responses=LeadAnswer)
    def decline(self, _request: Request, **_names: Any) -> Response:
        """Decline, or give an accepted lead back; it goes to the next partner and is yours no more."""
        return self._act_on(decline_lead, ReasonForm)

    @extend_schema(request=EmptyForm, responses=LeadAnswer)
    def convert(self, _request: Request, **_names: Any) -> Response:
        """Register an accepted lead: the registration is approved at once."""
        return self._act_on(convert_lead, EmptyForm)

    @extend_schema(request=EmptyForm, responses=LeadAnswer)
    def offer(self, _request: Request, **_names: Any) -> Response:
        """Offer a lead that is back with the vendor to the next in turn."""
        return self._act_on(offer_again, EmptyForm)

    @extend_schema(request=HandOverForm, responses=LeadAnswer)
    def give(self, _request: Request, **_names: Any) -> Response:
        """Offer a lead to a partner of your choice."""
        row: Lead = self.get_object()
        values = self.understood(HandOverForm)
        partner = find_code(Partner.objects.visible_to(self.actor), values["partner"], field="partner")
        hand_over(
            lead_id=row.pk,
            partner_id=partner.pk,
            actor=self.actor,
            now=timezone.now(),
            version=self.expected_version(),
            reason=values.get("reason", ""),
        )
        return self._done(row)

    @extend_schema(request=ReasonForm, responses=LeadAnswer)
    def take_back(self, _request: Request, **_names: Any) -> Response:
        """Take a lead from the partner that holds it."""
        return self._act_on(take_back, ReasonForm)

    @extend_schema(request=ReasonForm, responses=LeadAnswer)
    def close(self, _request: Request, **_names: Any) -> Response:
        """End a lead that leads nowhere."""
        return self._act_on(close_lead, ReasonForm)

    def _act_on(self, service: Callable[..., Any], form: type[serializers.Serializer[Any]]) -> Response:
        """Hand the object of the address and the body to ``service``."""
        row: Lead = self.get_object()
        values = self.understood(form)
        service(lead_id=row.pk, actor=self.actor, now=timezone.now(), version=self.expected_version(), **values)
        return self._done(row)

    def _done(self, row: Lead) -> Response:
        found = self.get_queryset().filter(pk=row.pk).first()
        if found is None:  # it went to somebody else: the last that its partner sees of it is that it is gone
            row.status, row.contact, row.note = LeadStatus.DECLINED, "", ""
            return self.answer(row)
        return self.answer(found)
