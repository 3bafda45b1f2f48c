"""SCIM 2.0 (RFC 7643, RFC 7644) as far as a directory needs it to end somebody's access: look up, read, switch off.

People are never made here: they come by invitation or single sign-on. The key is one of the API's, with ``people:read``
and ``people:write``; errors have SCIM's own shape.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from partners.models import Membership
from partners.queries.people import people_visible_to
from partners.services.api_keys import actor_of_key, find_api_key, record_use
from partners.services.people import deactivate_person, reactivate_person
from partners.services.people_internal import switch_account_off, switch_account_on
from prm.api import throttling
from prm.api.errors import Refusal
from prm.errors import DomainError, NotAllowedError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from prm.actors import Actor
    from prm.models import User

TYPE = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
FILTER = re.compile(r'\s*(userName|emails(?:\.value)?|id)\s+eq\s+"([^"\\]{1,254})"\s*', re.IGNORECASE)
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MOST = 200
TRUE, FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})


class ScimError(Exception):
    """A refusal in SCIM's shape."""

    def __init__(self, status: int, detail: str, scim_type: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.scim_type = int(status), detail, scim_type

    def answer(self) -> HttpResponse:
        """Return it as the answer."""
        body = {"schemas": [ERROR], "status": str(self.status), "detail": self.detail}
        if self.scim_type:
            body["scimType"] = self.scim_type
        headers = {"WWW-Authenticate": 'Bearer realm="scim"'} if self.status == HTTPStatus.UNAUTHORIZED else {}
        return _json(body, status=self.status, headers=headers)


@csrf_exempt
def config(request: HttpRequest) -> HttpResponse:
    """Say what is supported."""
    try:
        _actor(request, "people:read", methods=("GET",))
    except ScimError as refusal:
        return refusal.answer()
    off = {"supported": False}
    body = {
        "schemas": [CONFIG],
        "patch": {"supported": True},
        "bulk": {**off, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": off,
        "sort": off,
        "etag": off,
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "API key", "description": "Authorization: Bearer KEY"}
        ],
    }
    return _json(body)


@csrf_exempt
def users(request: HttpRequest) -> HttpResponse:
    """List people, all or those of a filter ``userName eq "…"``."""
    try:
        actor = _actor(request, "people:read", methods=("GET",))
        rows = people_visible_to(actor).order_by("pk")
        if text := request.GET.get("filter", ""):
            rows = rows.filter(**_condition(text))
        start = max(_whole(request.GET.get("startIndex"), 1), 1)
        count = min(max(_whole(request.GET.get("count"), MOST), 0), MOST)
        total = rows.count()
        page = list(rows[start - 1 : start - 1 + count])
    except ScimError as refusal:
        return refusal.answer()
    found = [_shown(row, actor=actor, seats=_seats(actor, page)) for row in page]
    return _json({
        "schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(found), "Resources": found,
    })  # fmt: skip


@csrf_exempt
def user(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show one person; PATCH switches them off or on, DELETE off."""
    try:
        scope = "people:read" if request.method == "GET" else "people:write"
        actor = _actor(request, scope, methods=("GET", "PATCH", "DELETE"))
        row = _found(actor, public_id)
        if request.method != "GET":
            _switch(row, active=False if request.method == "DELETE" else _wanted(request), actor=actor)
            row.refresh_from_db()
    except ScimError as refusal:
        return refusal.answer()
    except NotAllowedError as refusal:
        return ScimError(HTTPStatus.FORBIDDEN, str(refusal.sentence)).answer()
    except DomainError as refusal:
        return ScimError(HTTPStatus.CONFLICT, str(refusal.sentence)).answer()
    if request.method == "DELETE":
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return _json(_shown(row, actor=actor, seats=_seats(actor, [row])))


def not_found(_request: HttpRequest) -> HttpResponse:
    """Answer addresses that are not supported in SCIM's shape."""
    return ScimError(HTTPStatus.NOT_FOUND, "This resource is not supported.").answer()


not_found.csrf_exempt = True  # type: ignore[attr-defined]


def _actor(request: HttpRequest, scope: str, *, methods: tuple[str, ...]) -> Actor:
    """Return who asks, with the limit of the key counted; raise where the key does not open this."""
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    now = timezone.now()
    key = find_api_key(text=text.strip(), now=now) if scheme.lower() == "bearer" else None
    if key is None:
        raise ScimError(HTTPStatus.UNAUTHORIZED, "The key is unknown, has expired or was revoked.")
    try:
        throttling.spend(f"key:{key.pk}")
    except Refusal as refusal:
        raise ScimError(HTTPStatus.TOO_MANY_REQUESTS, str(refusal.detail)) from None
    if request.method not in methods:
        raise ScimError(HTTPStatus.METHOD_NOT_ALLOWED, "This resource does not take the method.")
    record_use(key=key, now=now)
    actor = actor_of_key(key)
    if scope not in actor.scopes:
        raise ScimError(HTTPStatus.FORBIDDEN, f"The key does not hold {scope}.")
    return actor


def _found(actor: Actor, public_id: UUID) -> User:
    row = people_visible_to(actor).filter(public_id=public_id).first()
    if row is None:
        raise ScimError(HTTPStatus.NOT_FOUND, f"There is no user {public_id}.")
    return row


def _condition(text: str) -> dict[str, str]:
    found = FILTER.fullmatch(text)
    if found is None:
        raise ScimError(HTTPStatus.BAD_REQUEST, 'The filter is userName eq "somebody@example.com".', "invalidFilter")
    if found[1].lower() == "id":
        return {"public_id": found[2]} if UUID_TEXT.fullmatch(found[2]) else {"pk": "-1"}
    return {"email": found[2].strip().lower()}


def _whole(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ScimError(HTTPStatus.BAD_REQUEST, "startIndex and count are whole numbers.", "invalidValue")
    return int(text)


def _wanted(request: HttpRequest) -> bool:
    """Return the last value that the operations give ``active``; other attributes are not changed here."""
    try:
        body = json.loads(request.body)
        is_patch = PATCH in body["schemas"] and isinstance(body["Operations"], list)
        values = [_active_of(operation) for operation in body["Operations"]] if is_patch else []
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        values = []
    if not values:
        raise ScimError(HTTPStatus.BAD_REQUEST, "The body is no PatchOp.", "invalidSyntax")
    return values[-1]


def _active_of(operation: dict[str, Any]) -> bool:
    if str(operation["op"]).lower() not in {"replace", "add"}:
        raise ScimError(HTTPStatus.BAD_REQUEST, "Only active is replaced here.", "mutability")
    path, value = operation.get("path"), operation.get("value")
    if path is None and isinstance(value, dict) and set(value) == {"active"}:
        path, value = "active", value["active"]
    if path != "active":
        raise ScimError(HTTPStatus.BAD_REQUEST, "Only active is replaced here.", "mutability")
    if value is True or value in TRUE:
        return True
    if value is False or value in FALSE:
        return False
    raise ScimError(HTTPStatus.BAD_REQUEST, "active is true or false.", "invalidValue")


def _switch(row: User, *, active: bool, actor: Actor) -> None:
    """Switch the account as a whole for a system, the access to its own partner for a partner's key."""
    now = timezone.now()
    if actor.is_partner:
        seat = Membership.objects.visible_to(actor).get(user=row)
        (reactivate_person if active else deactivate_person)(membership_id=seat.pk, actor=actor, now=now)
    else:
        (switch_account_on if active else switch_account_off)(user_id=row.pk, actor=actor, now=now)


def _seats(actor: Actor, people: list[User]) -> dict[int, bool]:
    """Return, for a partner's key, who of these people has access to it."""
    if not actor.is_partner:
        return {}
    rows = Membership.objects.visible_to(actor).filter(user__in=people)
    return dict(rows.values_list("user_id", "is_active"))


def _shown(row: User, *, actor: Actor, seats: dict[int, bool]) -> dict[str, Any]:
    return {
        "schemas": [USER],
        "id": str(row.public_id),
        "userName": row.email,
        "displayName": str(row),
        "active": row.is_active and (seats.get(row.pk, False) if actor.is_partner else True),
        "emails": [{"value": row.email, "primary": True}],
        "meta": {"resourceType": "User", "location": f"/scim/v2/Users/{row.public_id}"},
    }


def _json(body: dict[str, Any], *, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> HttpResponse:
    return JsonResponse(body, status=status, content_type=TYPE, headers=headers or {})
