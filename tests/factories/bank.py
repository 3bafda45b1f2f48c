"""The test provider as tests run it, and what they tell it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from commissions.providers.rehearsal import Rehearsal


class Teller:
    """Talks to a test provider at ``url``, wherever it runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def will(self, do: str, times: int = 1, **more: Any) -> None:
        """Have the next orders met in this way."""
        self._ask("POST", "/commands", {"do": do, "times": times, **more})

    def settle(self, key: object, state: str, reason: str = "") -> None:
        """Decide what becomes of a payment."""
        self._ask("POST", "/settlements", {"key": str(key), "state": state, "reason": reason})

    def release(self) -> None:
        """Let go of what is held."""
        self._ask("POST", "/releases", {})

    def books(self) -> dict[str, dict[str, Any]]:
        """Return what the bank knows, by key."""
        return {payment["key"]: payment for payment in self._ask("GET", "/payments")["payments"]}

    def paid(self) -> dict[str, int]:
        """Return by payout number how often it was paid; what was ordered and not paid is 0."""
        return {payment["number"]: payment["payments"] for payment in self.books().values()}

    def has_nothing_in_mind(self) -> bool:
        """Whether every command has met its order."""
        return not self._ask("GET", "/payments")["commands"]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        address = urlsplit(self.url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def open_bank(*, careless: bool = True) -> Iterator[Teller]:
    """Run a test provider in a thread. A careless one pays whatever it is sent: it hides no second order."""
    with Rehearsal() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        teller = Teller(server.url)
        if careless:
            teller.will("careless")
        try:
            yield teller
        finally:
            server.bank.released.set()
            server.shutdown()
            thread.join(timeout=30)
