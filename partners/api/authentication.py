"""``Authorization: Bearer KEY``: the only way into the API; a browser's session opens nothing here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from partners.services.api_keys import actor_of_key, find_api_key, record_use
from prm.actors import ANONYMOUS

if TYPE_CHECKING:
    from rest_framework.request import Request

    from partners.models import ApiKey


class BearerKey(BaseAuthentication):
    """Turns a key into the actor of the request; ``request.auth`` is the key's row."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        """Return the key, nothing where none was shown; raise where it opens nothing."""
        # Whoever is signed in beside the API (the middleware looked) is nobody here.
        request._request.actor = ANONYMOUS  # type: ignore[attr-defined]  # noqa: SLF001 - as the framework documents
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        now = timezone.now()
        key = find_api_key(text=text.strip(), now=now) if scheme.lower() == "bearer" else None
        if key is None:
            raise AuthenticationFailed(_("The key is unknown, has expired or was revoked."))
        record_use(key=key, now=now)
        request._request.actor = actor_of_key(key)  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Return the challenge of a 401."""
        return 'Bearer realm="api"'
