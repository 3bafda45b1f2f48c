"""Panels: parts of a page that a higher app adds to a lower app's page (a partner's money on the partner's page).

Registered from ``AppConfig.ready``; each brings its template and a function that reads what it shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

Place = Literal[
    "portal_home_main",
    "portal_home_side",
    "partner_main",
    "partner_side",
    "account_main",
    "account_side",
    "review_main",
]


@dataclass(frozen=True, slots=True)
class Panel:
    """``context(request, subject)`` gives the template's values, or ``None`` when this person sees no such panel."""

    place: Place
    name: str
    position: int
    template: str
    context: Callable[[HttpRequest, Any], dict[str, object] | None]


_panels: dict[tuple[Place, str], Panel] = {}


def register(panel: Panel) -> None:
    """Add a panel; the same place and name replaces it, so that ``ready`` may run twice."""
    _panels[panel.place, panel.name] = panel


def render(request: HttpRequest, place: Place, *, subject: object = None) -> SafeString:
    """Return the panels of a place, in order, as HTML."""
    parts = []
    for panel in sorted(_panels.values(), key=lambda p: p.position):
        if panel.place != place:
            continue
        values = panel.context(request, subject)
        if values is not None:
            parts.append(render_to_string(panel.template, values, request=request))
    return mark_safe("".join(parts))  # noqa: S308 - rendered by templates that escape
