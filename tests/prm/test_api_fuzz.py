"""Whatever is sent to any address, with either kind of key, the answer is never a 500 and always JSON."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from django.core.cache import cache
from drf_spectacular.generators import SchemaGenerator

from tests.api import Integrator, integrator
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_product, make_registration, make_subscription

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**70,
    1.5e300,
    "",
    " ",
    "\x00",
    "x" * 10_000,
    "9" * 400,
    "1e999999",
    "NaN",
    "-0",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59-23:59",
    "2026-02-30",
    "\U0001f600\u202e",
    "' OR 1=1 --",
    [],
    [[]],
    {},
    {"source_system": "\x00", "external_id": []},
    {"source_system": "crm", "external_id": "1"},
)
ROUNDS = 6


@pytest.fixture
def cast(db: None, settings: Any) -> Cast:
    settings.API_REQUESTS_PER_MINUTE = 10**6
    cache.clear()
    return assemble()


def _operations() -> list[tuple[str, str, list[str], list[str]]]:
    """Return (method, path, query parameters, members of the body) of every operation in the schema."""
    schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    found = []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            query = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            content = operation.get("requestBody", {}).get("content", {})
            reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            form = schema["components"]["schemas"].get(reference.rpartition("/")[2], {})
            found.append((method.upper(), path, query, list(form.get("properties", ()))))
    assert any(members for _method, _path, _query, members in found)
    return found


def _ask(caller: Integrator, method: str, address: str, body: Any) -> Any:
    return caller.client.generic(
        method,
        address,
        b"" if body is None else json.dumps(body).encode(),
        "application/json",
        headers={"authorization": f"Bearer {caller.text}"},
    )


def _address(path: str, ids: dict[str, str], dice: random.Random) -> str:
    for name, known in ids.items():
        junk = dice.choice([known, known, "x", "%00", "%F0%9F%98%80", "0" * 300])
        path = path.replace(f"{{{name}}}", junk)
    return path


@pytest.mark.parametrize("kind", ["system", "partner"])
def test_no_input_is_answered_with_an_error_of_ours(cast: Cast, kind: str) -> None:
    dice = random.Random(f"prm {kind}")  # noqa: S311 - the same junk in every run
    caller = integrator(partner=cast.partner if kind == "partner" else None)
    account = make_account(source_system="crm", external_id="1")
    registration = make_registration(cast.partner, account=account)
    make_subscription(account, credited=cast.partner, product=make_product("edge"))
    asked = 0

    for method, path, query, members in _operations():
        own = registration if "registrations" in path else account
        ids = {"id": str(own.public_id), "code": "edge", "source_system": "crm", "external_id": "1"}
        for _round in range(ROUNDS):
            address = _address(path, ids, dice)
            if query:
                name = dice.choice(query)
                address += f"?{name}={dice.choice(['', 'x', '%00', '-1', '9' * 400, '9999-12-31', '%FF', '1e5'])}"
            body: Any = {name: dice.choice(JUNK) for name in members if dice.random() < 0.7}
            if method in {"PUT", "POST"} and dice.random() < 0.1:
                body = dice.choice(JUNK)
            answer = _ask(caller, method, address, body if method in {"PUT", "POST"} else None)
            asked += 1
            assert answer.status_code < 500, (method, address, body, answer.content)
            assert answer.status_code in {200, 201, 400, 403, 404, 409, 412}, (method, address, answer.status_code)
            if answer.status_code >= 400:
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert {"type", "title", "status", "code", "detail", "trace_id"} <= set(answer.json())

    assert asked == len(_operations()) * ROUNDS
