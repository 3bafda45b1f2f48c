"""Deny, then allow: an address opens only to a key that holds the scope of its resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

from prm.actors import ANONYMOUS, Actor


def actor_of(request: Any) -> Actor:
    """Return who acts; nobody, where no key was shown."""
    actor = getattr(request, "actor", ANONYMOUS)
    return actor if isinstance(actor, Actor) else ANONYMOUS


class HoldsScope(BasePermission):
    """Whether the key holds ``<resource>:read`` or ``<resource>:write``, by the method of the request."""

    message = _("The key does not hold the scope that this needs.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Look at ``view.resource``; a view without one is closed."""
        resource = getattr(view, "resource", "")
        if not resource or request.auth is None:
            return False
        verb = "read" if request.method in SAFE_METHODS else "write"
        return f"{resource}:{verb}" in actor_of(request).scopes
