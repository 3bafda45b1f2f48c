"""The base of every resource: who, how often, once only, lists, single objects, preconditions."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from prm.api import idempotency, throttling
from prm.api.bodies import USUAL, read_bounded
from prm.api.errors import Refusal, not_found
from prm.api.pagination import ListQuery, paginate
from prm.api.permissions import actor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.serializers import Serializer

    from prm.actors import Actor

WEAK = "W/"
LISTED: dict[str, Any] = {"get": "list"}
SINGLE: dict[str, Any] = {"get": "retrieve"}
"""Methods of an address and the action that answers each, as ``as_view`` takes them."""


class Resource(GenericViewSet[Any]):
    """A resource of the API. Subclasses name their scope, what is visible, how it looks and is filtered."""

    resource: ClassVar[str] = ""
    query_class: ClassVar[type[ListQuery]] = ListQuery
    largest_body: ClassVar[int] = USUAL
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    pagination_class = None
    filter_backends = ()

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Return what ``actor`` may see, with everything that an answer shows already joined."""
        raise NotImplementedError

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return actor_of(self.request)

    def get_queryset(self) -> QuerySet[Any]:
        """Return what the key may see; nothing else is ever read by a door."""
        return self.visible(self.actor)

    @property
    def allowed_methods(self) -> list[str]:
        """Return the methods that the address has."""
        return sorted(name.upper() for name in self.action_map or {} if name != "head")

    # The request's way through

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Do as the framework does, but carry a POST with an ``Idempotency-Key`` out once."""
        self.args, self.kwargs = args, kwargs
        request = self.initialize_request(request, *args, **kwargs)
        self.request = request
        self.headers: dict[str, str] = self.default_response_headers
        try:
            # Kept before parsing: the idempotency key covers the bytes as sent.
            read_bounded(request._request, most=self.largest_body)  # noqa: SLF001 - the request below the framework's
            self.initial(request, *args, **kwargs)
            response = self._act(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - every error becomes an answer
            response = self.handle_exception(error)
        self.response = self.finalize_response(request, response, *args, **kwargs)
        return self.response

    def _act(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        name = (request.method or "").lower()
        known = name in self.http_method_names
        handler = getattr(self, name, self.http_method_not_allowed) if known else None
        handler = handler or self.http_method_not_allowed
        key = request.headers.get(idempotency.HEADER)
        if request.method != "POST" or key is None:
            return handler(request, *args, **kwargs)
        return idempotency.run(
            client=f"key:{request.auth.pk}",
            method="POST",
            path=request.get_full_path(),
            key=key,
            body=request.body,
            now=timezone.now(),
            act=lambda: handler(request, *args, **kwargs),
            on_error=self.handle_exception,
        )

    def check_throttles(self, request: Request) -> None:
        """Nothing: the limit was counted before the permissions, so that refusals count too."""

    def check_permissions(self, request: Request) -> None:
        """Count the request against the key's limit, then ask for the method, then for the scope."""
        if request.auth is not None:
            self.allowance = throttling.spend(f"key:{request.auth.pk}")
            if request.method not in self.allowed_methods:
                raise MethodNotAllowed(str(request.method))
        super().check_permissions(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell what is left of the limit, and let no shared cache keep what one key saw."""
        response = super().finalize_response(request, response, *args, **kwargs)
        allowance = getattr(self, "allowance", None)
        if allowance is not None:
            for name, value in allowance.headers().items():
                response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    # Answers

    def list(self, request: Request) -> Response:
        """Return one page."""
        hidden = frozenset() if self.actor.is_internal else self.query_class.internal
        rows, cursor = paginate(self.get_queryset(), self.query_class, request.query_params, hidden=hidden)
        self.prepare(rows)
        return Response({"results": self.get_serializer(rows, many=True).data, "next": cursor})

    def prepare(self, rows: Sequence[Any]) -> None:
        """Add to the rows of an answer what no join gives, in a constant number of queries."""

    def retrieve(self, request: Request, **kwargs: Any) -> Response:  # noqa: ARG002 - the router's arguments
        """Return one object."""
        return self.answer(self.get_object())

    def get_object(self) -> Any:
        """Return the object of the address, or raise the same 404 for missing and for hidden."""
        name = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        value: Any = public_id(name) if self.lookup_field == "public_id" else clean(name)
        found = self.get_queryset().filter(**{self.lookup_field: value}).first()
        if found is None:
            raise not_found()
        return found

    def answer(self, row: Any, status: int = HTTPStatus.OK) -> Response:
        """Return ``row`` as the key sees it, with its ETag; 304 where the reader has it already."""
        self.prepare([row])
        data = self.get_serializer(row).data
        if "version" not in data:
            return Response(data, status=status)
        tag = etag(data["version"])
        if self.request.method == "GET" and tag in _tags(self.request.headers.get("If-None-Match")):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        return Response(data, status=status, headers={"ETag": tag})

    def understood(self, form: type[Serializer[Any]], **options: Any) -> dict[str, Any]:
        """Return the body as ``form`` understands it, or raise 400 naming every wrong member."""
        bound = form(data=self.request.data, context=self.get_serializer_context(), **options)
        bound.is_valid(raise_exception=True)
        return dict(bound.validated_data)

    def expected_version(self) -> int | None:
        """Return the version that ``If-Match`` names; nothing where there is no such header or it is ``*``.

        Raises ``Refusal`` (412) for a tag that is none of ours: it cannot match.
        """
        given = self.request.headers.get("If-Match")
        if given is None or given.strip() == "*":
            return None
        tags = _tags(given)
        number = tags[0][2:-1] if len(tags) == 1 and tags[0].startswith('"v') else ""
        if not (number.isascii() and number.isdigit() and len(number) < 10):  # noqa: PLR2004 - fits the column
            raise Refusal(HTTPStatus.PRECONDITION_FAILED, "stale", _("If-Match names no version of this object."))
        return int(number)


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"v{version}"'


def _tags(header: str | None) -> list[str]:
    return [tag.strip().removeprefix(WEAK) for tag in (header or "").split(",") if tag.strip()]


def public_id(text: str) -> UUID:
    """Return the id of an address; anything else is a 404, never an error."""
    try:
        return UUID(text)
    except ValueError:
        raise not_found() from None


def clean(text: str) -> str:
    """Return a text of an address that the database can be asked for, or raise 404."""
    if "\x00" in text or not text.isprintable():
        raise not_found()
    return text
