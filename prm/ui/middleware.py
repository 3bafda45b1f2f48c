"""Headers that keep a page's parts from elsewhere out."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

from prm.ui.policy import directives_for


class ContentPolicyMiddleware(CSPMiddleware):
    """Sends the policy of ``prm.ui.policy`` for each address, and a Permissions-Policy that asks for nothing."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002
    ) -> PolicyParts:
        """Return the directives of this address; there is no report-only policy."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only:
            parts.config = directives_for(request.path)
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set both headers."""
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        return super().process_response(request, response)
