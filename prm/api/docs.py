"""The schema and its page; the page runs its own scripts from this server and nothing from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

if TYPE_CHECKING:
    from rest_framework.request import Request

# Inline styles are allowed, inline scripts are not: the documentation's own library styles its elements.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class SchemaView(SpectacularAPIView):
    """OpenAPI 3.1, open to everybody: it tells what the API can do, and nothing about anybody."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = [OpenApiYamlRenderer2, OpenApiJsonRenderer2]


class DocsView(SpectacularSwaggerSplitView):
    """The schema to read and try, with a policy of its own that is looser on styles only."""

    authentication_classes = ()
    permission_classes = ()
    url_name = "api:schema"

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Set the policy; the middleware leaves one that is there alone."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Content-Security-Policy"] = POLICY
        return response
