"""Addresses by another system's ids, the same for every synced resource."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from deals.queries.references import Reference
from deals.services.upserts.keeping import ExternalId, check_name
from prm.api.errors import not_found
from prm.api.views import Resource
from prm.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.request import Request
    from rest_framework.response import Response
    from rest_framework.serializers import Serializer

    from prm.upserts import Upserted


class SyncedResource(Resource):
    """A resource that other systems read and write by their own ids."""

    def external_name(self) -> ExternalId:
        """Return the name in the address."""
        return ExternalId(self.kwargs["source_system"], self.kwargs["external_id"])

    def by_external_id(self, _request: Request, **_names: Any) -> Response:
        """Return the object that another system calls so."""
        name = self.external_name()
        try:
            check_name(name)
        except DomainError:
            raise not_found() from None
        found = self.get_queryset().filter(**name.key()).first()
        # Another system's ids are internal: a partner's key is not told which of them exist.
        if found is None or not self.actor.is_internal:
            raise not_found()
        return self.answer(found)

    def get_serializer_context(self) -> dict[str, Any]:
        """Let references without a system belong to that of the address."""
        return {**super().get_serializer_context(), "source_system": self.kwargs.get("source_system", "")}

    def upserted(self, upsert: Callable[..., Upserted], form: type[Serializer[Any]]) -> Response:
        """Hand the body to ``upsert`` and answer 201 for what it made, 200 for what was there."""
        done = upsert(
            name=self.external_name(),
            values=with_references(self.understood(form)),
            actor=self.actor,
            now=timezone.now(),
            version=self.expected_version(),
        )
        return self.answer(self.get_queryset().get(pk=done.pk), HTTPStatus.CREATED if done.created else HTTPStatus.OK)


def with_references(values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values`` with the services' own references."""
    return {name: Reference(*value) if isinstance(value, tuple) else value for name, value in values.items()}
