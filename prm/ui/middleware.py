"""What holds for every page: headers that keep others out, and text that can be stored."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils import translation
from django.utils.translation import get_language

from prm.ui.policy import directives_for

NUL = "\0"
API = "/api/"


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


class PrivatePagesMiddleware:
    """Lets neither proxies nor a shared computer's browser keep a page, unless its view says that they may."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Say so in a header."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class ReaderLanguageMiddleware:
    """Shows pages in the language that the person chose, on whatever device; until they chose, in the browser's.

    The API answers programs, and follows the language that a request asks for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Change to the person's language for this request; ``LocaleMiddleware`` has set the browser's."""
        chosen = "" if request.path.startswith(API) else getattr(request.user, "language", "")
        if chosen and chosen != get_language() and chosen in dict(settings.LANGUAGES):
            translation.activate(chosen)
            request.LANGUAGE_CODE = get_language() or chosen
        return self.get_response(request)


class StorableTextMiddleware:
    """Refuses addresses and forms with a NUL (400): PostgreSQL can neither hold it nor look for it.

    The API answers for its own bodies and parameters.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Look at what was sent; forms only here, after the check against forgery has read them."""
        if request.path.startswith(API):
            return
        if NUL in request.path or any(NUL in text for text in chain(_texts(request.GET), _texts(request.POST))):
            raise BadRequest


def _texts(given: QueryDict) -> Iterable[str]:
    for name, values in given.lists():
        yield name
        yield from map(str, values)
