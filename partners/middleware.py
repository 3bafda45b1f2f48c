"""Makes the actor of a request: deny, then allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prm.actors import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class ActorMiddleware:
    """Sets ``request.actor`` for the doors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Attach the actor."""
        request.actor = ANONYMOUS  # type: ignore[attr-defined]
        return self.get_response(request)
