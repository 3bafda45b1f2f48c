"""Every address under ``/api/v1/``; the apps' resources are composed by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import Resolver404, URLPattern, URLResolver, include, path, re_path, resolve

from prm.api.docs import DocsView, SchemaView
from prm.api.errors import plain_not_found

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


def anything_else(request: HttpRequest) -> HttpResponseBase:
    """Serve an address with a slash too many as the one without; else answer 404 as a problem."""
    if request.path.endswith("/"):
        try:
            match = resolve(request.path.rstrip("/"))
        except Resolver404:  # pragma: no cover - this very pattern matches everything below /api/
            return plain_not_found(request)
        if match.func is not anything_else:
            answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
            return answer
    return plain_not_found(request)


anything_else.csrf_exempt = True  # type: ignore[attr-defined]

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("", include("partners.api.urls")),
    path("", include("deals.api.urls")),
    path("", include("commissions.api.urls")),
    re_path("^.*$", anything_else),
]
