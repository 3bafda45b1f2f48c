"""`Idempotency-Key`: carried out once, answered the same, whatever dies in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from rest_framework.response import Response

from deals.models import Registration
from prm.api import idempotency
from prm.api.errors import Refusal
from prm.models import AuditEvent, IdempotencyKey
from tests.api import Integrator, integrator
from tests.factories.deals import make_family
from tests.factories.partners import make_partner

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DEAL = {
    "partner": "northwind",
    "website": "lumisaari.fi",
    "company": "Lumisaari",
    "country": "FI",
    "family": "security",
}


@pytest.fixture
def crm(db: None) -> Integrator:
    make_family()
    make_partner("northwind")
    return integrator()


def test_a_post_that_is_sent_again_is_carried_out_once(crm: Integrator) -> None:
    first = crm.post("registrations", DEAL, idempotency_key="a")
    events = AuditEvent.objects.count()

    again = crm.post("registrations", DEAL, idempotency_key="a")
    other = crm.post("registrations", DEAL | {"website": "other.fi", "company": "Other"}, idempotency_key="b")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 201)
    assert again.json() == first.json()
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Registration.objects.count() == 2
    assert AuditEvent.objects.count() > events


def test_another_body_under_the_same_key_is_refused(crm: Integrator) -> None:
    crm.post("registrations", DEAL, idempotency_key="a")

    answer = crm.post("registrations", DEAL | {"note": "x"}, idempotency_key="a")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Registration.objects.count() == 1


def test_a_refusal_is_kept_too(crm: Integrator) -> None:
    first = crm.post("registrations", {"website": "x"}, idempotency_key="a")
    again = crm.post("registrations", {"website": "x"}, idempotency_key="a")

    assert (first.status_code, again.status_code) == (400, 400)
    assert again.headers["Content-Type"] == "application/problem+json"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()


def test_a_replay_comes_before_if_match(crm: Integrator) -> None:
    made = crm.post("registrations", DEAL).json()
    address = f"registrations/{made['id']}/withdraw"

    first = crm.post(address, {}, idempotency_key="w", if_match=f'"v{made["version"]}"')
    again = crm.post(address, {}, idempotency_key="w", if_match=f'"v{made["version"]}"')

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()


def test_keys_belong_to_a_client_and_an_address(crm: Integrator) -> None:
    crm.post("registrations", DEAL, idempotency_key="a")

    check = crm.post("conflicts-check", {"website": "x.fi", "family": "security", "partner": "northwind"})
    assert check.status_code == 200
    other = integrator().post("registrations", DEAL | {"website": "b.fi", "company": "B"}, idempotency_key="a")

    assert other.status_code == 201
    assert "Idempotency-Replayed" not in other.headers


def test_an_error_of_ours_gives_the_key_back(crm: Integrator, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("deals.services.submission.keep_findings", lambda *_a, **_o: 1 / 0)
        broken = crm.post("registrations", DEAL, idempotency_key="a")

    assert broken.status_code == 500
    assert not Registration.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert crm.post("registrations", DEAL, idempotency_key="a").status_code == 201


@pytest.mark.parametrize("key", ["", "   ", "x" * 256])
def test_an_unusable_key_is_refused(crm: Integrator, key: str) -> None:
    answer = crm.post("registrations", DEAL, idempotency_key=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    assert not Registration.objects.exists()


def _never(error: Exception) -> Response:
    raise error


def _run(act: Any, *, now: datetime = NOON, body: bytes = b"{}") -> Response:
    return idempotency.run(
        client="key:1", method="POST", path="/x", key="k", body=body, now=now, act=act, on_error=_never
    )


@pytest.mark.django_db
def test_while_the_first_is_in_flight_the_second_waits() -> None:
    def meanwhile() -> Response:
        with pytest.raises(Refusal) as refused:
            _run(lambda: Response({"n": 2}))
        assert (refused.value.status_code, refused.value.code) == (409, "request_in_flight")
        assert refused.value.headers == {"Retry-After": "1"}
        return Response({"n": 1})

    assert _run(meanwhile).data == {"n": 1}
    assert _run(lambda: Response({"n": 3})).data == {"n": 1}


@pytest.mark.django_db
def test_a_claim_whose_holder_died_is_taken_over_after_its_lease() -> None:
    IdempotencyKey.objects.create(
        client="key:1",
        method="POST",
        path="/x",
        key="k",
        body_hash="44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        claim=uuid4(),
        claimed_at=NOON,
    )

    with pytest.raises(Refusal):
        _run(lambda: Response(1), now=NOON + idempotency.LEASE - timedelta(seconds=1))
    assert _run(lambda: Response({"n": 2}), now=NOON + idempotency.LEASE).data == {"n": 2}


@pytest.mark.django_db
def test_who_lost_the_claim_leaves_nothing() -> None:
    def robbed() -> Response:
        make_partner("written-in-vain")
        IdempotencyKey.objects.update(claim=uuid4())
        return Response({"n": 1})

    with pytest.raises(Refusal) as refused:
        _run(robbed)

    assert refused.value.code == "request_in_flight"
    from partners.models import Partner  # noqa: PLC0415 - for this test alone

    assert not Partner.objects.exists()


@pytest.mark.django_db
def test_after_a_day_a_key_is_new_again_and_the_row_goes() -> None:
    _run(lambda: Response({"n": 1}))

    assert idempotency.forget(now=NOON + idempotency.KEPT - timedelta(seconds=1)) == 0
    assert _run(lambda: Response({"n": 2}), now=NOON + idempotency.KEPT, body=b"other").data == {"n": 2}
    assert idempotency.forget(now=NOON + 2 * idempotency.KEPT) == 1


@pytest.mark.django_db(transaction=True)
def test_of_requests_at_once_one_is_carried_out() -> None:
    make_family()
    make_partner("northwind")
    caller = integrator()

    def post(_number: int) -> int:
        try:
            return int(Integrator(caller.text).post("registrations", DEAL, idempotency_key="a").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        statuses = set(threads.map(post, range(6)))

    assert statuses <= {201, 409}
    assert 201 in statuses
    assert Registration.objects.count() == 1
