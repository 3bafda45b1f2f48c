"""`/tenders`: several partners bid for a family of a customer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.api.registrations import family_of
from deals.models import Account, Registration
from deals.queries.references import Reference, find
from deals.queries.tenders import tenders_for
from deals.services.tenders import close_tender, open_tender
from prm.api.fields import Answer, Input, ReferenceField
from prm.api.pagination import ListQuery
from prm.api.views import Resource

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class TenderForm(Input):
    """Customer and family for which partners may bid, and why."""

    account = ReferenceField()
    family = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=5000)


class CloseForm(Input):
    """The winner's registration, if there is one, and the outcome."""

    winner = ReferenceField(required=False)
    reason = serializers.CharField(max_length=5000)


class TenderAnswer(Answer):
    """A tender."""

    id = serializers.UUIDField(source="public_id")
    account = serializers.UUIDField(source="account.public_id")
    family = serializers.CharField(source="family.code")
    reason = serializers.CharField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    winner = serializers.UUIDField(source="winner.public_id", default=None, allow_null=True)


class TenderQuery(ListQuery):
    """Filters of the list of tenders."""

    lookups: ClassVar = {"account": "account__public_id", "family": "family__code"}

    account = serializers.UUIDField(required=False)
    family = serializers.CharField(max_length=64, required=False)


class TenderResource(Resource):
    """`/tenders`."""

    resource = "tenders"
    query_class = TenderQuery
    serializer_class = TenderAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the tenders; no partner's key sees any."""
        return tenders_for(actor)

    @extend_schema(request=TenderForm, responses={201: TenderAnswer})
    def create(self, _request: Request) -> Response:
        """Open a tender: who waits is decided now, and bidders do not exclude each other."""
        values = self.understood(TenderForm)
        account = find(Account.objects.visible_to(self.actor), Reference(*values["account"]), field="account")
        tender = open_tender(
            account_id=account.pk,
            family_id=family_of(values["family"]).pk,
            reason=values["reason"],
            actor=self.actor,
            now=timezone.now(),
        )
        return self.answer(self.get_queryset().get(pk=tender.pk), HTTPStatus.CREATED)

    @extend_schema(request=CloseForm, responses=TenderAnswer)
    def close(self, _request: Request, **_names: Any) -> Response:
        """Close a tender: every bidder but the winner is lost."""
        row, values = self.get_object(), self.understood(CloseForm)
        winner = None
        if "winner" in values:
            seen = Registration.objects.visible_to(self.actor)
            winner = find(seen, Reference(*values["winner"]), field="winner").pk
        close_tender(tender_id=row.pk, winner_id=winner, reason=values["reason"], actor=self.actor, now=timezone.now())
        return self.answer(self.get_queryset().get(pk=row.pk))
