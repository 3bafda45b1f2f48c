"""The way from a partner's page to its scorecard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

if TYPE_CHECKING:
    from django.http import HttpRequest


def scorecard_link(_request: HttpRequest, partner: Any) -> dict[str, object]:
    """Return the address of a partner's scorecard."""
    return {"url": reverse("deals_manage:scorecard", args=[partner.code])}
