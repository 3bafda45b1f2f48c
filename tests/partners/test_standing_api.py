"""Surveys and tiers by hand at the API, through the services of the console."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from partners.models import PsatWave, TierOverride
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.factories.partners import make_membership, make_user


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def test_a_survey_opens_and_closes(cast: Cast) -> None:
    make_membership(make_user(), cast.partner)
    key, today = integrator(scopes=("surveys:read", "surveys:write")), timezone.now().date()
    body = {"code": "2027-h1", "closes_on": str(today + timedelta(days=14))}
    opened = key.post("surveys", body)
    assert opened.status_code == 201
    assert {name: opened.json()[name] for name in ("code", "is_open", "figures")} == {
        "code": "2027-h1", "is_open": True, "figures": None,
    }  # fmt: skip
    assert opened.json()["invited"] == PsatWave.objects.get().invitations.count() > 0
    again = key.post("surveys", body)
    assert (again.status_code, again.json()["code"]) == (400, "wave_exists")
    assert key.post("surveys", {**body, "code": "x-2", "closes_on": str(today)}).status_code == 400
    closed = key.post("surveys/2027-h1/close")
    assert (closed.status_code, closed.json()["is_open"], closed.json()["closes_on"]) == (200, False, str(today))
    assert key.post("surveys/2027-h1/close").status_code == 412
    assert key.post("surveys/none/close").status_code == 404
    reader = integrator(scopes=("surveys:read",))
    assert reader.post("surveys", body).status_code == 403
    assert reader.post("surveys/2027-h1/close").status_code == 403


def test_a_tier_by_hand_is_set_and_ended(cast: Cast) -> None:
    key, today = integrator(scopes=("tier-overrides:read", "tier-overrides:write")), timezone.now().date()
    body = {
        "partner": cast.rival.code, "tier": cast.tier.code, "valid_from": str(today),
        "valid_until": str(today + timedelta(days=30)), "reason": "Took over a customer of ours.",
    }  # fmt: skip
    made = key.post("tier-overrides", body)
    assert made.status_code == 201
    assert {name: made.json()[name] for name in body} == body
    path = f"tier-overrides/{made.json()['id']}"
    assert key.get(path).json() == made.json()
    assert key.get(f"tier-overrides?partner={cast.rival.code}").json()["results"] == [made.json()]
    assert key.get(f"tier-overrides?partner={cast.partner.code}").json()["results"] == []
    assert key.post("tier-overrides", {**body, "reason": " "}).status_code == 400
    overlapping = key.post("tier-overrides", body)
    assert overlapping.status_code == 409
    late = key.post("tier-overrides", {**body, "valid_from": str(today - timedelta(days=1))})
    assert (late.status_code, late.json()["code"]) == (400, "back_dated")
    unknown = key.post("tier-overrides", {**body, "partner": "nobody"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_partner")
    ended = key.post(f"{path}/end")
    assert (ended.status_code, ended.json()["valid_until"]) == (200, str(today))
    assert key.post(f"{path}/end").status_code == 412
    assert integrator(scopes=("tier-overrides:read",)).post(f"{path}/end").status_code == 403
    assert TierOverride.objects.count() == 1


def test_a_partners_key_reads_no_tier_by_hand(cast: Cast) -> None:
    assert integrator(partner=cast.partner).get("tier-overrides").status_code == 403
