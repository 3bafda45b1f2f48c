"""Every refusal as RFC 9457 ``application/problem+json``: a code, a sentence, fields by JSON pointer, a trace id."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from structlog.contextvars import get_contextvars

from prm.errors import DomainError, NotAllowedError, StaleError, as_domain_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.utils.functional import _StrPromise

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

CODES = {
    "parse_error": "invalid_body",
    "authentication_failed": "not_authenticated",
    "permission_denied": "insufficient_scope",
    "throttled": "rate_limited",
    "error": "bad_request",
}
"""Our code where the framework's own says less."""


class Refusal(exceptions.APIException):
    """A refusal by the API itself, before or beside any service."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        sentence: str | _StrPromise,
        *,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        """``errors`` are entries with ``pointer`` or ``parameter``, ``code`` and ``detail``."""
        super().__init__(str(sentence), code)
        self.status_code = int(status)
        self.code = code
        self.headers = dict(headers or {})
        self.errors = errors or []


class InvalidInput(exceptions.ValidationError):
    """Input that is wrong in a field; ``detail`` as the framework shapes it."""


def not_found() -> Refusal:
    """Return the one answer for what is not there and for what is not shown."""
    return Refusal(HTTPStatus.NOT_FOUND, "not_found", _("There is no such object."))


def trace_id() -> str:
    """Return the id under which this request stands in the log."""
    return str(get_contextvars().get("request_id", ""))


def body(status: int, code: str, sentence: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """Return the problem document."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": sentence,
        "trace_id": trace_id(),
    }
    if errors:
        problem["errors"] = errors
    return problem


def flatten(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Yield one entry for each message of a validation error, with the JSON pointer of what it is about."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            key = str(name).replace("~", "~0").replace("/", "~1")
            yield from flatten(inner, pointer if key == "non_field_errors" else f"{pointer}/{key}")
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            # A list of messages is about one place; a list of objects is about one place each.
            nested = isinstance(inner, (dict, list))
            yield from flatten(inner, f"{pointer}/{position}" if nested else pointer)
    else:
        code = getattr(detail, "code", None) or "invalid"
        yield {"pointer": pointer, "code": str(code), "detail": str(detail)}


def _of_domain_error(error: DomainError) -> Response:
    """Answer 403, 409, 400 (a field of the input) or 412 in the domain's own code and words."""
    if isinstance(error, NotAllowedError):
        status = HTTPStatus.FORBIDDEN
    elif isinstance(error, StaleError):
        status = HTTPStatus.PRECONDITION_FAILED
    else:
        status = HTTPStatus.BAD_REQUEST if error.field else HTTPStatus.CONFLICT
    errors = (
        [{"pointer": f"/{error.field}", "code": error.code, "detail": str(error.sentence)}] if error.field else None
    )
    return problem(status, error.code, str(error.sentence), errors=errors)


def problem(
    status: int,
    code: str,
    sentence: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem as an answer of the framework."""
    return Response(
        body(int(status), code, sentence, errors),
        status=int(status),
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )


def _of_api_exception(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = dict(getattr(error, "headers", None) or {})
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if isinstance(error, exceptions.ValidationError):
        errors = list(flatten(error.detail))
        return problem(error.status_code, "invalid", _("The input is not valid."), errors=errors, headers=headers)
    code = getattr(error, "code", "") or str(error.get_codes())
    return problem(
        error.status_code,
        CODES.get(code, code),
        str(error.detail),
        errors=getattr(error, "errors", None),
        headers=headers,
    )


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """Answer for ``error``: the framework's exception handler. Never shows a stack trace."""
    answer = _expected(error)
    if answer is not None:
        return answer
    request = context.get("request")
    logger.error("unexpected error in the API", exc_info=error)
    got_request_exception.send(sender=handle, request=getattr(request, "_request", request))
    return problem(500, "internal_error", _("Something went wrong on our side."))


def _expected(error: Exception) -> Response | None:  # noqa: PLR0911 - a table in the form of cases
    """Return the answer for an error that bad input or bad luck can cause, else nothing."""
    if isinstance(error, exceptions.APIException):
        return _of_api_exception(error)
    if isinstance(error, DomainError):
        return _of_domain_error(error)
    if isinstance(error, Http404):
        return _of_api_exception(not_found())
    if isinstance(error, DjangoPermissionDenied):
        return _of_domain_error(NotAllowedError())
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too_large", _("The request's body is too large."))
    if isinstance(error, SuspiciousOperation):
        return problem(400, "bad_request", _("The request is malformed."))
    if isinstance(error, IntegrityError):
        return _of_domain_error(as_domain_error(error))
    if isinstance(error, DataError):
        return problem(400, "invalid", _("A value cannot be stored."))
    if isinstance(error, OperationalError):
        # A deadlock's victim, or a database that restarts: the same request may be sent again.
        logger.warning("the database refused for now", exc_info=error)
        return problem(503, "busy", _("Please try again in a moment."), headers={"Retry-After": "1"})
    return None


def plain_not_found(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - a view's signature
    """Answer for an address under ``/api/`` that is none."""
    return JsonResponse(body(404, "not_found", _("There is no such address.")), status=404, content_type=CONTENT_TYPE)
