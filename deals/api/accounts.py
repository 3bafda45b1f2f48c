"""`/accounts`: customers, read, and kept in step with a CRM by its own ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.api.external import SyncedResource
from deals.models import Account
from deals.queries.integration import accounts_to_read
from deals.services.upserts import upsert_account
from prm.api.errors import Refusal
from prm.api.fields import Answer, CountryField, Input, ReferenceField
from prm.api.pagination import ListQuery

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class AccountAnswer(Answer):
    """A customer. A partner's key sees ``id`` and ``name`` alone, the name as the partner itself typed it."""

    internal_fields = frozenset(
        {
            "source_system",
            "external_id",
            "website",
            "country",
            "segment",
            "parent",
            "domains",
            "also_known_as",
            "is_prospect",
            "version",
            "created_at",
            "updated_at",
        }
    )

    id = serializers.UUIDField(source="public_id")
    source_system = serializers.CharField()
    external_id = serializers.CharField(allow_null=True)
    name = serializers.SerializerMethodField()
    website = serializers.CharField()
    country = serializers.CharField()
    segment = serializers.CharField()
    parent = serializers.UUIDField(  # type: ignore[assignment]
        source="parent.public_id", default=None, allow_null=True, help_text="`id` of the account above it."
    )
    domains = serializers.SerializerMethodField(help_text="The domains that lead to this account.")
    also_known_as = serializers.SerializerMethodField(
        help_text="The external ids of accounts that were merged into this one; they lead here."
    )
    is_prospect = serializers.BooleanField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_name(self, account: Any) -> str:
        """Return the name that this reader sees."""
        return str(getattr(account, "shown_name", account.name))

    def get_also_known_as(self, account: Any) -> list[dict[str, str | None]]:
        """Return the names under which other systems know it besides."""
        return [
            {"source_system": row.source_system, "external_id": row.external_id}
            for row in account.merged_accounts.all()
            if row.external_id
        ]

    def get_domains(self, account: Any) -> list[str]:
        """Return the domains in alphabetical order."""
        return [row.domain for row in account.domains.all()]


class AccountInput(Input):
    """Absent members stay untouched; empty ones are cleared."""

    answered = frozenset(AccountAnswer().fields) - {"name", "website", "country", "segment", "parent"}

    name = serializers.CharField(max_length=250, required=False)
    website = serializers.CharField(max_length=253, required=False, allow_blank=True)
    country = CountryField(required=False)
    segment = serializers.CharField(max_length=80, required=False, allow_blank=True)
    parent = ReferenceField(required=False, allow_null=True)  # type: ignore[assignment]


class AccountQuery(ListQuery):
    """Filters of the list of accounts."""

    lookups: ClassVar = {
        "updated_since": "updated_at__gte",
        "source_system": "source_system",
        "external_id": "external_id",
        "domain": "domains__domain",
        "country": "country",
    }
    orderings: ClassVar = {"id": "pk", "updated_at": "updated_at"}
    internal = frozenset({*lookups, "updated_at"})

    updated_since = serializers.DateTimeField(required=False)
    source_system = serializers.CharField(max_length=32, required=False)
    external_id = serializers.CharField(max_length=200, required=False)
    domain = serializers.CharField(max_length=253, required=False)
    country = CountryField(required=False)


class AccountResource(SyncedResource):
    """`/accounts`."""

    resource = "accounts"
    query_class = AccountQuery
    serializer_class = AccountAnswer

    def by_external_id(self, _request: Request, **_names: Any) -> Response:
        """Return the account that another system calls so; one that was merged is the account into which it was."""
        try:
            return super().by_external_id(_request, **_names)
        except Refusal:
            survivor = self._survivor() if self.actor.is_internal else None
            if survivor is None:
                raise
        return self.answer(self.get_queryset().get(pk=survivor))

    def _survivor(self) -> int | None:
        """Return into which account the one of the address was merged."""
        name = self.external_name()
        if not name.source_system.isprintable() or not name.external_id.isprintable():
            return None
        found = Account.objects.filter(**name.key()).exclude(merged_into=None)
        return found.values_list("merged_into", flat=True).first()

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the customers; a partner's key sees those that it registered or is credited on."""
        return accounts_to_read(actor)

    @extend_schema(request=AccountInput, responses={200: AccountAnswer, 201: AccountAnswer})
    def upsert(self, _request: Request, **_names: Any) -> Response:
        """Create or change the account that your system calls so; a repeat changes nothing."""
        return self.upserted(upsert_account, AccountInput)
