"""An integrator in the tests: a client with a key of its own that speaks JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from partners.models import ApiKey, Partner
from partners.services.api_keys import create_api_key
from prm.actors import OPERATOR

BASE = "/api/v1/"


@dataclass
class Integrator:
    """Calls the API with its key; ``text`` is the key, empty for nobody."""

    text: str = ""
    key: ApiKey | None = None
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def get(self, path: str, **headers: str) -> Any:
        """Read an address below ``/api/v1/``."""
        return self.client.get(BASE + path, headers=self._headers(headers))

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        """Write an object whole or in part."""
        return self.client.put(BASE + path, body, content_type="application/json", headers=self._headers(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Make something, or act on it."""
        return self.client.post(
            BASE + path, {} if body is None else body, content_type="application/json", headers=self._headers(headers)
        )

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        headers = {name.replace("_", "-"): value for name, value in given.items()}
        return headers | ({"authorization": f"Bearer {self.text}"} if self.text else {})


def integrator(*, partner: Partner | None = None, scopes: tuple[str, ...] = ("*",)) -> Integrator:
    """Return a client with a key of a system, or of ``partner``."""
    key, text = create_api_key(actor=OPERATOR, now=timezone.now(), name="test", partner=partner, scopes=scopes)
    return Integrator(text, key)
