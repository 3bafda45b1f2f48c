"""A rival goes after the very customer that the victim holds, and reads in no answer who holds it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deals.models import Registration
from tests.api import integrator
from tests.journeys.test_rival_walk import betrayed
from tests.journeys.world import WORD, World, build

pytestmark = pytest.mark.django_db

DOMAIN = f"{WORD}-customer.example"
"""What the rival knows by itself and types; an answer may repeat it, and nothing more."""


@pytest.fixture
def world() -> World:
    return build()


def typed(world: World, **fields: str) -> dict[str, str]:
    return {
        "website": DOMAIN,
        "family": world.registration.family.code,
        "company": "What I call them",
        "country": "FI",
        "expected_mrr": "100",
        "currency": "EUR",
        "expected_close_on": timezone.localdate().strftime("%Y-%m"),
        "contact": "",
        **fields,
    }


def silent(answer: Any, world: World) -> bool:
    """Whether an answer, but for the domain that was typed, holds nothing of the victim."""
    return betrayed(answer, DOMAIN, world.markers) == []


def words(answer: Any) -> str:
    """Return an answer as text without tags and without what differs by who asks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).strip()


@pytest.fixture
def rival(world: World) -> Client:
    return world.cast.signed_in("rival_owner")


def test_the_live_verdict_is_silent(world: World, rival: Client) -> None:
    answer = rival.post("/portal/deals/check/", typed(world))

    assert answer.status_code == 200
    assert "Not available" in words(answer)
    assert silent(answer, world)


@pytest.mark.parametrize("wait", ["", "on"])
def test_the_refused_registration_is_silent_on_every_page(world: World, rival: Client, wait: str) -> None:
    page = rival.post("/portal/deals/new/", typed(world, wait=wait), follow=True)

    own = Registration.objects.get(holder=world.cast.rival)
    assert (own.status, own.account_id) == ("waiting" if wait else "rejected", world.account.pk)
    assert page.status_code == 200
    assert "What I call them" in words(page)
    assert silent(page, world)
    for path in ("/portal/", "/portal/deals/", "/portal/deals/deals.csv", f"/portal/deals/{own.public_id}/"):
        assert silent(rival.get(path), world), path


def test_the_api_is_as_silent(world: World) -> None:
    key = integrator(partner=world.cast.rival)
    body = {"website": DOMAIN, "family": world.registration.family.code, "country": "FI"}

    check = key.post("conflicts-check", body)
    assert check.status_code == 200
    assert silent(check, world)
    # A filed registration names its customer by id, so that the two can be joined; the id is not the victim's.
    shared = {str(world.account.public_id)}
    filed = key.post(
        "registrations",
        {**body, "company": "What I call them", "expected_mrr": "100", "currency": "EUR"},
        idempotency_key="pursuit-1",
    )
    for answer in (filed, key.get("registrations"), key.get("accounts"), key.get("subscriptions")):
        assert set(betrayed(answer, DOMAIN, world.markers)) <= shared
