"""`/account-candidates` and `/account-merges`: customers that may be one, merged and taken apart again."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from deals.models import Account, AccountCandidate, AccountMerge
from deals.queries.customers import undoable_until
from deals.queries.references import Reference, find
from deals.services.merging import merge_accounts, undo_merge
from prm.api.fields import Answer, Input, ReferenceField
from prm.api.pagination import ListQuery
from prm.api.views import Resource
from prm.errors import DomainError

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from prm.actors import Actor


class CandidateAnswer(Answer):
    """Two accounts that may be one customer."""

    id = serializers.UUIDField(source="public_id")
    account = serializers.UUIDField(source="account.public_id", help_text="The newer record.")
    other = serializers.UUIDField(source="other.public_id", help_text="The one that was there.")
    reason = serializers.CharField(help_text="`duplicate_domain` or `similar_name`.")
    score = serializers.DecimalField(max_digits=4, decimal_places=3)
    decision = serializers.CharField(help_text="Empty while it waits; `same` or `different`.")
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class CandidateQuery(ListQuery):
    """Filters of the list of candidates."""

    lookups: ClassVar = {"account": "account__public_id", "reason": "reason", "decision": "decision"}
    orderings: ClassVar = {"id": "pk", "score": "score"}

    account = serializers.UUIDField(required=False)
    reason = serializers.CharField(max_length=32, required=False)
    decision = serializers.CharField(max_length=16, required=False)


class CandidateResource(Resource):
    """`/account-candidates`; people decide about them, in the console or by a merge."""

    resource = "account-candidates"
    query_class = CandidateQuery
    serializer_class = CandidateAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the pairs, to the vendor's own systems alone."""
        if not actor.is_internal:
            return AccountCandidate.objects.none()
        return AccountCandidate.objects.select_related("account", "other")


class MoveAnswer(Answer):
    """A row that a merge moved."""

    what = serializers.CharField(source="row_type")
    key = serializers.CharField(source="row_key")
    name = serializers.CharField(source="label")
    returned_at = serializers.DateTimeField(allow_null=True)


class MergeAnswer(Answer):
    """A merge of two accounts, with every row that it moved."""

    id = serializers.UUIDField(source="public_id")
    survivor = serializers.UUIDField(source="survivor.public_id")
    merged = serializers.UUIDField(source="merged.public_id")
    merged_at = serializers.DateTimeField()
    merged_by = serializers.CharField()
    reason = serializers.CharField()
    undo_until = serializers.SerializerMethodField(help_text="Until when it can be undone.")
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_by = serializers.CharField()
    moves = MoveAnswer(many=True)

    def get_undo_until(self, merge: Any) -> str:
        """Return the end of the 30 days."""
        return undoable_until(merge).isoformat()


class MergeInput(Input):
    """Which account is which other one; references belong to `csv`, to a system, or are our own ids."""

    survivor = ReferenceField()
    merged = ReferenceField()
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)


class NoMembers(Input):
    """Nothing is to be said."""


class MergeQuery(ListQuery):
    """Filters of the list of merges."""

    lookups: ClassVar = {"survivor": "survivor__public_id", "merged": "merged__public_id"}
    orderings: ClassVar = {"id": "pk"}

    survivor = serializers.UUIDField(required=False)
    merged = serializers.UUIDField(required=False)


class MergeResource(Resource):
    """`/account-merges`."""

    resource = "account-merges"
    query_class = MergeQuery
    serializer_class = MergeAnswer

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return the merges, to the vendor's own systems alone."""
        if not actor.is_internal:
            return AccountMerge.objects.none()
        return AccountMerge.objects.select_related("survivor", "merged").prefetch_related("moves")

    @extend_schema(request=MergeInput, responses={201: MergeAnswer})
    def create(self, _request: Request) -> Response:
        """Merge one account into another; refused where a person has to choose whose claim goes on."""
        values = self.understood(MergeInput)
        survivor, merged = (self._account(values[name], name) for name in ("survivor", "merged"))
        done = merge_accounts(
            survivor_id=survivor.pk,
            merged_id=merged.pk,
            actor=self.actor,
            now=timezone.now(),
            reason=values.get("reason", ""),
        )
        return self.answer(self.get_queryset().get(pk=done.pk), HTTPStatus.CREATED)

    @extend_schema(request=NoMembers, responses={200: MergeAnswer})
    def undo(self, _request: Request, **_names: Any) -> Response:
        """Take the merge back: exactly the rows that it moved return, unless a promise would break."""
        self.understood(NoMembers)
        found = self.get_object()
        undo_merge(merge_id=found.pk, actor=self.actor, now=timezone.now())
        return self.answer(self.get_queryset().get(pk=found.pk))

    def _account(self, value: Any, field: str) -> Account:
        found = find(Account.objects.visible_to(self.actor), Reference(*value), field=field)
        if not isinstance(found, Account):
            raise DomainError("unknown_reference", _("That is no account."), field=field)
        return found
