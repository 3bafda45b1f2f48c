"""The OpenAPI 3.1 schema: parameters, lists and problems that every operation shares."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `errors` names each wrong member by JSON pointer, or the parameter.",
    "required": ["type", "title", "status", "code", "detail", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, required=False, description=description)


IDEMPOTENCY = _header(
    "Idempotency-Key", "Sent again within 24 hours, the request is carried out once and answered the same."
)
IF_MATCH = _header("If-Match", "The ETag that you have; 412 where somebody changed the object since.")


class ApiSchema(AutoSchema):
    """Names operations by resource and action, and adds what the base of every resource does."""

    @property
    def _action(self) -> str:
        return str(getattr(self.view, "action", "") or self.method.lower())

    def get_operation_id(self) -> str:
        """Return ``<resource>_<action>``; ``operations`` names a resource that shares its scopes with another."""
        resource = str(getattr(self.view, "operations", "") or getattr(self.view, "resource", "") or "api")
        return f"{resource.replace('-', '_')}_{self._action}"

    def get_tags(self) -> list[str]:
        """Group by resource."""
        return [str(getattr(self.view, "resource", "") or "api")]

    def get_override_parameters(self) -> list[Any]:
        """Add the parameters of a list and the headers of a write."""
        if self._action == "list":
            return [self.view.query_class]  # type: ignore[attr-defined]
        if self.method == "POST":
            return [IDEMPOTENCY, *([IF_MATCH] if "{id}" in self.path else [])]
        return [IF_MATCH] if self.method == "PUT" else []

    def _is_list_view(self, serializer: Any = None) -> bool:  # noqa: ARG002 - the framework's signature
        return self._action == "list"

    def _get_response_for_code(self, *args: Any, **kwargs: Any) -> Any:
        answer = super()._get_response_for_code(*args, **kwargs)  # type: ignore[no-untyped-call]
        for media in answer.get("content", {}).values():
            if self._action == "list" and media.get("schema", {}).get("type") == "array":
                media["schema"] = {
                    "type": "object",
                    "required": ["results", "next"],
                    "properties": {"results": media["schema"], "next": {"type": ["string", "null"]}},
                }
        return answer


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the key to the schema."""

    target_class = "partners.api.authentication.BearerKey"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the framework's signature
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer", "description": "`manage.py create_api_key NAME`"}


def add_problems(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Let every operation answer with a problem too (a post-processing hook)."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    problem = {
        "description": "A refusal.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = problem
    return result
