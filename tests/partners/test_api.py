"""`/partners` and `/tiers`."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from partners.models import ParentAssignment, Tier, TierAssignment
from tests.api import Integrator, integrator
from tests.cast import Cast, assemble
from tests.factories.partners import make_partner, make_tier


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def system(cast: Cast) -> Integrator:
    return integrator()


def test_a_partner_is_shown_with_todays_tier_and_parent(cast: Cast, system: Integrator) -> None:
    ParentAssignment.objects.create(partner=cast.partner, parent=cast.rival, valid_until=date(2020, 1, 1))
    ParentAssignment.objects.create(partner=cast.partner, parent=cast.former, valid_from=date(2020, 1, 1))

    (row,) = system.get("partners?code=northwind").json()["results"]

    assert {name: row[name] for name in row if name not in {"id", "created_at", "activated_on"}} == {
        "code": "northwind",
        "name": "Northwind IT",
        "type": "reseller",
        "status": "active",
        "country": "FI",
        "parent": "fabrikam",
        "manager_email": "anna@vendor.example",
        "website": "northwind.example",
        "tier": "silver",
    }
    assert system.get(f"partners/{row['id']}").json() == row
    codes = [row["code"] for row in system.get("partners?ordering=-code").json()["results"]]
    assert codes == ["northwind", "fabrikam", "contoso"]


def test_a_partners_key_sees_itself_alone(cast: Cast) -> None:
    caller = integrator(partner=cast.partner)

    assert [row["code"] for row in caller.get("partners").json()["results"]] == ["northwind"]
    answer = caller.get(f"partners/{cast.rival.public_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_tiers_are_read_by_code_and_a_partner_sees_its_own(cast: Cast, system: Integrator) -> None:
    make_tier("gold", rank=2, name="Gold", protection_days=120)

    assert [row["code"] for row in system.get("tiers?ordering=-rank").json()["results"]] == ["gold", "silver"]
    assert system.get("tiers/silver").json() == {
        "code": "silver",
        "name": "Silver",
        "rank": 1,
        "protection_days": 90,
        "live_cap": 15,
        "auto_approve": False,
        "criteria": {},
        "mdf_share": "0.000",
    }
    caller = integrator(partner=cast.partner)
    assert [row["code"] for row in caller.get("tiers").json()["results"]] == ["silver"]
    assert caller.get("tiers/gold").status_code == 404


@pytest.mark.parametrize("query", ["type=friend", "status=gone", "country=1", "code=%00", "limit=-1"])
def test_a_bad_filter_is_named(system: Integrator, query: str) -> None:
    answer = system.get(f"partners?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, query.partition("=")[0])


@pytest.mark.parametrize("rows", [2, 20])
def test_lists_cost_the_same_whatever_their_size(system: Integrator, rows: int, django_assert_num_queries: Any) -> None:
    silver = Tier.objects.get()
    for number in range(rows):
        TierAssignment.objects.create(partner=make_partner(f"p{number}"), tier=silver)
    system.get("partners")

    with django_assert_num_queries(3):  # key, the program's day, partners
        assert len(system.get("partners?limit=200").json()["results"]) == rows + 3
    with django_assert_num_queries(3):  # key, tiers, criteria
        assert len(system.get("tiers").json()["results"]) == 1
