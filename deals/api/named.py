"""`/named-accounts`: key accounts and what their lists say; for systems alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.api.facts import FactResource
from deals.models import NamedAccount
from deals.queries.named import named_to_read
from deals.services.upserts import upsert_named_account
from prm.api.dated import BeginningInput, DatedAnswer
from prm.api.fields import ReferenceField
from prm.api.pagination import ListQuery

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class NamedAccountAnswer(DatedAnswer):
    """A named account: by a list, or by itself; `policy` is what holds."""

    id = serializers.UUIDField(source="public_id")
    account = serializers.UUIDField(source="account.public_id")
    list = serializers.CharField(source="named_list.code", default=None, allow_null=True)
    until = serializers.DateField(source="valid_until", allow_null=True)
    policy = serializers.CharField(source="effective_policy")
    owner_email = serializers.CharField()


class NamedAccountInput(BeginningInput):
    """Key: account, list (none: an entry with its own policy) and from. Equal dates void an entry."""

    answered = frozenset({"id"})

    account = ReferenceField()
    list = serializers.CharField(max_length=64, required=False, allow_null=True)
    until = serializers.DateField(required=False, allow_null=True)
    policy = serializers.ChoiceField(NamedAccount.Policy.choices, required=False)
    owner_email = serializers.EmailField(required=False, allow_blank=True)


class NamedAccountQuery(ListQuery):
    """Filters of the list of named accounts."""

    lookups: ClassVar = {"account": "account__public_id", "list": "named_list__code"}

    account = serializers.UUIDField(required=False)
    list = serializers.CharField(max_length=64, required=False)


class NamedAccountResource(FactResource):
    """`/named-accounts`."""

    resource = "named-accounts"
    query_class = NamedAccountQuery
    serializer_class = NamedAccountAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the named accounts; a partner's key sees none."""
        return named_to_read(actor)

    @extend_schema(request=NamedAccountInput, responses={200: NamedAccountAnswer, 201: NamedAccountAnswer})
    def put_fact(self, _request: Request) -> Response:
        """Put a customer on a list from a day on, or change that entry; a repeat changes nothing."""
        return self.written(upsert_named_account, NamedAccountInput)
