"""The test provider's server: a bank that moves no money and misbehaves on command.

``manage.py test_provider`` runs it on loopback; tests run it as a process or a thread of their own. It knows each
payment by its key and pays a key once, like a good bank; told to be ``careless`` it pays whatever it is sent, so that a
test can prove that nothing is sent twice.

    POST /payments      {"key", "number", "amount", "currency"} → {"answers": [{"key", "state", "reference", "reason"}]}
    GET  /payments/KEY  → an answer, or 404
    GET  /payments      → {"payments": [{…, "orders": how often it was ordered, "payments": how often it was paid}],
                           "commands": how many still wait for an order}
    POST /commands      {"do": …, "times": 1, …}: how the next orders are met, see ``Behaviour``
    POST /settlements   {"key", "state"}: what becomes of a payment that was accepted or paid
    POST /releases      {}: let go of the orders that are held
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONGEST_HOLD_SECONDS = 60.0


class Behaviour(StrEnum):
    """How an order is met. Without a command it is paid at once."""

    PAY = "pay"
    ACCEPT = "accept"  # paid or not later, by a settlement
    FAIL = "fail"  # refused, with ``reason``
    DELAY = "delay"  # paid, and answered after ``seconds``
    TWICE = "twice"  # paid, and answered twice
    DROP = "drop"  # paid, and the connection closed without an answer
    BUSY = "busy"  # not paid: 503
    HOLD = "hold"  # held before it is paid, until a release
    HOLD_ANSWER = "hold_answer"  # paid, and its answer held until a release


@dataclass
class Payment:
    """What the bank knows of one key."""

    key: str
    number: str
    amount: str
    currency: str
    state: str = ""
    reference: str = ""
    reason: str = ""
    orders: int = 0
    payments: int = 0

    def answer(self) -> dict[str, str]:
        """Return what is told to whoever ordered it."""
        return {"key": self.key, "state": self.state, "reference": self.reference, "reason": self.reason}


@dataclass
class Bank:
    """The books, and the commands that wait; every access holds ``lock``."""

    payments: dict[str, Payment] = field(default_factory=dict)
    commands: deque[dict[str, Any]] = field(default_factory=deque)
    careless: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)

    def command(self, order: dict[str, Any]) -> None:
        """Take a command for the next ``times`` orders, or for good (``careless``)."""
        with self.lock:
            if order["do"] == "careless":
                self.careless = True
                return
            behaviour = {**order, "do": Behaviour(order["do"])}
            self.commands.extend([behaviour] * int(order.get("times", 1)))

    def next_command(self) -> dict[str, Any]:
        """Return how the next order is met."""
        with self.lock:
            return self.commands.popleft() if self.commands else {"do": Behaviour.PAY}

    def order(self, order: dict[str, Any], behaviour: dict[str, Any]) -> Payment:
        """Book an order; a key that is known is not paid again, unless the bank is careless."""
        with self.lock:
            known = order["key"] in self.payments
            payment = self.payments.setdefault(
                order["key"], Payment(order["key"], order["number"], order["amount"], order["currency"])
            )
            payment.orders += 1
            if known and not self.careless:
                return payment
            payment.reference = f"T{len(self.payments):06}"
            if behaviour["do"] is Behaviour.FAIL:
                payment.state, payment.reason = "failed", str(behaviour.get("reason", "Account closed"))
            elif behaviour["do"] is Behaviour.ACCEPT:
                payment.state = "accepted"
            else:
                payment.state, payment.payments = "paid", payment.payments + 1
            return payment

    def settle(self, order: dict[str, Any]) -> None:
        """Decide what becomes of a payment."""
        with self.lock:
            payment = self.payments[order["key"]]
            payment.payments += order["state"] == "paid" and payment.state != "paid"
            payment.state, payment.reason = order["state"], str(order.get("reason", ""))

    def find(self, key: str) -> dict[str, str] | None:
        """Return what is known of a key."""
        with self.lock:
            payment = self.payments.get(key)
            return payment.answer() if payment else None

    def books(self) -> list[dict[str, Any]]:
        """Return every payment."""
        with self.lock:
            return [asdict(payment) for payment in self.payments.values()]


class Counter(BaseHTTPRequestHandler):
    """Where orders are taken; one thread each."""

    bank: Bank
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer what is known."""
        if self.path == "/payments":
            self._answer(HTTPStatus.OK, {"payments": self.bank.books(), "commands": len(self.bank.commands)})
            return
        found = self.bank.find(self.path.removeprefix("/payments/"))
        self._answer(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND, found or {})

    def do_POST(self) -> None:
        """Take an order, a command, a settlement or a release."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        if self.path == "/payments":
            self._take_order(body)
            return
        if self.path == "/commands":
            self.bank.command(body)
        elif self.path == "/settlements":
            self.bank.settle(body)
        elif self.path == "/releases":
            self.bank.released.set()
        self._answer(HTTPStatus.OK, {})

    def _take_order(self, order: dict[str, Any]) -> None:
        behaviour = self.bank.next_command()
        act = behaviour["do"]
        if act is Behaviour.BUSY:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {})
            return
        if act is Behaviour.HOLD:
            self.bank.released.wait(LONGEST_HOLD_SECONDS)
        payment = self.bank.order(order, behaviour)
        if act is Behaviour.HOLD_ANSWER:
            self.bank.released.wait(LONGEST_HOLD_SECONDS)
        if act is Behaviour.DELAY:
            threading.Event().wait(float(behaviour.get("seconds", 1)))
        if act is Behaviour.DROP:
            self.close_connection = True
            return
        self._answer(HTTPStatus.OK, {"answers": [payment.answer()] * (2 if act is Behaviour.TWICE else 1)})

    def _answer(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server calls
        """Say nothing: what came stands in the books."""


class Rehearsal(ThreadingHTTPServer):
    """The server on loopback; port 0 takes a free one. Whoever hung up meanwhile is no error."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        self.bank = Bank()
        super().__init__(("127.0.0.1", port), type("OneCounter", (Counter,), {"bank": self.bank}))

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let go of a client that went away while it was held."""
