"""The client of the test provider: one request a payment, with timeouts; what is not answered is unknown."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from commissions.providers.interface import Outcome, OutcomeState
from commissions.providers.registry import TEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commissions.providers.interface import Order

TIMEOUT_SECONDS = 10.0

REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
"""Answers that say for certain that nothing was paid; any other than OK leaves it open."""


class RehearsedProvider:
    """Orders payments from the server at ``url`` (the settings' when not given)."""

    code = TEST
    is_external = True

    def __init__(self, url: str = "", *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._address = urlsplit(url or settings.PAYOUT_TEST_URL)
        self._timeout = timeout

    def submit(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        """Order one payment after the other."""
        for order in orders:
            body = {
                "key": str(order.key),
                "number": order.number,
                "amount": str(order.amount),
                "currency": order.currency,
            }
            yield from self._ordered(order.key, body)

    def lookup(self, key: UUID) -> Outcome | None:
        """Ask for one key."""
        status, found = self._ask("GET", f"/payments/{key}")
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.OK:
            return Outcome(key=key, state=OutcomeState.UNKNOWN)
        return _outcome(found)

    def _ordered(self, key: UUID, body: dict[str, str]) -> Iterator[Outcome]:
        status, found = self._ask("POST", "/payments", body)
        if status == HTTPStatus.OK:
            yield from (_outcome(answer) for answer in found["answers"])
        elif status in REFUSED:
            yield Outcome(key=key, state=OutcomeState.FAILED, reason=f"The provider refused the order ({status}).")
        else:
            yield Outcome(key=key, state=OutcomeState.UNKNOWN)

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """Return status and content; status 0 where no answer came: nobody knows what the provider did."""
        connection = HTTPConnection(self._address.hostname or "", self._address.port, timeout=self._timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()


def _outcome(answer: dict[str, str]) -> Outcome:
    return Outcome(
        key=UUID(answer["key"]),
        state=OutcomeState(answer["state"]),
        reference=answer["reference"],
        reason=answer["reason"],
    )
