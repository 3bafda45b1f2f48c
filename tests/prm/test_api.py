"""The API's base: problems, unknown addresses, limits, the schema and its page."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from prm.api import errors, throttling
from prm.api.errors import Refusal
from tests.api import Integrator, integrator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def test_a_problem_says_what_is_wrong_and_where_to_look_it_up() -> None:
    answer = integrator().get("partners/nonsense")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "detail": "There is no such object.",
        "trace_id": answer.headers["X-Request-ID"],
    }


def test_an_address_that_is_none_is_a_problem_too() -> None:
    answer = Integrator().get("nonsense")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_slash_too_many_is_forgiven() -> None:
    caller = integrator()

    assert caller.get("partners/").json() == caller.get("partners").json() == {"results": [], "next": None}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_method_that_a_resource_does_not_have(method: str) -> None:
    caller = integrator()

    answer = caller.client.generic(method, "/api/v1/partners", headers={"authorization": f"Bearer {caller.text}"})

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


def test_answers_in_another_format_are_refused_as_a_problem() -> None:
    answer = integrator().get("partners", accept="application/xml")

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_field_errors_are_named_by_json_pointer() -> None:
    detail = {"a/b": ["bad"], "list": [{}, {"x~y": ["worse"]}], "non_field_errors": ["all wrong"]}

    assert [entry["pointer"] for entry in errors.flatten(detail)] == ["/a~1b", "/list/1/x~0y", ""]


def test_the_limit_counts_requests_of_a_minute_and_begins_anew(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2

    first = throttling.spend("key:1", at=600)
    second = throttling.spend("key:1", at=659)
    with pytest.raises(Refusal) as refused:
        throttling.spend("key:1", at=659.5)

    assert first is not None
    assert second is not None
    assert (first.remaining, first.reset_seconds) == (1, 60)
    assert (second.remaining, second.reset_seconds) == (0, 1)
    assert refused.value.status_code == 429
    assert refused.value.headers == {
        "RateLimit-Limit": "2",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "1",
        "RateLimit-Policy": "2;w=60",
        "Retry-After": "1",
    }
    assert throttling.spend("key:2", at=659) is not None
    again = throttling.spend("key:1", at=660)
    assert again is not None
    assert again.remaining == 1


def test_a_key_over_its_limit_gets_429_and_others_do_not(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    monkeypatch.setattr("prm.api.throttling.time.time", lambda: 600.0)
    caller = integrator()

    answer = caller.get("partners")
    refused = caller.get("partners")

    assert (answer.status_code, answer.headers["RateLimit-Remaining"]) == (200, "0")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.headers["Retry-After"] == refused.headers["RateLimit-Reset"] == "60"
    assert integrator().get("partners").status_code == 200


def test_the_schema_is_open_and_version_3_1() -> None:
    answer = Client().get("/api/v1/schema/", headers={"accept": "application/json"})

    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"
    problem = answer.json()["paths"]["/api/v1/partners"]["get"]["responses"]["default"]
    assert list(problem["content"]) == ["application/problem+json"]


def test_the_schemas_page_loads_nothing_from_outside() -> None:
    page = Client().get("/api/v1/docs/")
    script = Client().get("/api/v1/docs/?script=")

    policy = page.headers["Content-Security-Policy"]
    assert page.status_code == script.status_code == 200
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert b'src="http' not in page.content
    assert b"<script>" not in page.content
    assert b"://" not in script.content


def test_an_error_of_ours_shows_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_options: Any) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("partners.api.views.partners_with_place", broken)
    caller = integrator()
    caller.client.raise_request_exception = False

    answer = caller.get("partners")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert b"secret" not in answer.content
    assert answer.json()["trace_id"] == answer.headers["X-Request-ID"]
