"""`/account-candidates` and `/account-merges`, and accounts that were merged."""

from __future__ import annotations

import pytest

from deals.models import Account, AccountCandidate, AccountDomain
from tests.api import Integrator, integrator
from tests.cast import assemble
from tests.factories.deals import make_account, make_registration

pytestmark = pytest.mark.django_db

ONE, TWO = "accounts/by-external-id/salesforce/001A", "accounts/by-external-id/salesforce/001B"


@pytest.fixture
def crm() -> Integrator:
    return integrator()


@pytest.fixture
def two(crm: Integrator) -> tuple[Account, Account]:
    crm.put(ONE, {"name": "Acme GmbH", "website": "acme.de", "country": "DE"})
    crm.put(TWO, {"name": "ACME AG", "website": "acme-group.de", "country": "DE"})
    return Account.objects.get(external_id="001A"), Account.objects.get(external_id="001B")


def reference(external_id: str) -> dict[str, str]:
    return {"source_system": "salesforce", "external_id": external_id}


def test_a_record_that_looks_like_another_is_a_candidate_at_once(crm: Integrator, two: tuple[Account, Account]) -> None:
    pair = AccountCandidate.objects.get()
    answer = crm.get("account-candidates").json()["results"]
    assert answer == [
        {
            "id": str(pair.public_id),
            "account": str(two[1].public_id),
            "other": str(two[0].public_id),
            "reason": "similar_name",
            "score": "1.000",
            "decision": "",
            "decided_at": None,
            "decided_by": "",
            "created_at": pair.created_at.isoformat().replace("+00:00", "Z"),
        }
    ]
    assert crm.get(f"account-candidates/{pair.public_id}").json() == answer[0]
    assert crm.get(f"account-candidates?account={two[0].public_id}").json()["results"] == []


def test_a_shared_domain_outweighs_a_similar_name(crm: Integrator, two: tuple[Account, Account]) -> None:
    crm.put(TWO, {"website": "www.acme.de"})
    pair = AccountCandidate.objects.get()
    assert (pair.reason, float(pair.score)) == ("duplicate_domain", 1.0)
    assert AccountDomain.objects.get(domain="acme.de").account == two[0]


def test_a_system_merges_its_records_and_both_ids_lead_to_the_survivor(
    crm: Integrator, two: tuple[Account, Account]
) -> None:
    body = {"survivor": reference("001A"), "merged": reference("001B"), "reason": "Merged in the CRM"}
    answer = crm.post("account-merges", body)
    assert answer.status_code == 201
    merge = answer.json()
    assert (merge["survivor"], merge["merged"]) == (str(two[0].public_id), str(two[1].public_id))
    assert {(row["what"], row["name"]) for row in merge["moves"]} == {
        ("deals.account", "ACME AG"),
        ("deals.accountcandidate", "ACME AG ~ Acme GmbH"),
        ("deals.accountdomain", "acme-group.de"),
    }
    for address in (ONE, TWO):
        seen = crm.get(address).json()
        assert (seen["id"], seen["name"]) == (str(two[0].public_id), "Acme GmbH")
        assert seen["also_known_as"] == [reference("001B")]
        assert seen["domains"] == ["acme-group.de", "acme.de"]
    assert [row["id"] for row in crm.get("accounts").json()["results"]] == [str(two[0].public_id)]
    assert crm.get(f"accounts/{two[1].public_id}").status_code == 404
    undone = crm.post(f"account-merges/{merge['id']}/undo")
    assert (undone.status_code, undone.json()["undone_by"].split()[0]) == (200, "test")
    assert crm.get(TWO).json()["id"] == str(two[1].public_id)
    again = crm.post(f"account-merges/{merge['id']}/undo")
    assert (again.status_code, again.json()["code"]) == (412, "stale")


def test_a_merged_record_keeps_its_own_columns_and_answers_as_the_survivor(
    crm: Integrator, two: tuple[Account, Account]
) -> None:
    crm.post("account-merges", {"survivor": reference("001A"), "merged": reference("001B")})
    answer = crm.put(TWO, {"name": "ACME Group AG", "website": "acme-holding.de"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Acme GmbH")
    assert Account.objects.get(pk=two[1].pk).name == "ACME Group AG"
    assert AccountDomain.objects.get(domain="acme-holding.de").account == two[0]
    stale = crm.put(TWO, {"name": "X"}, if_match='"v99"')
    assert stale.status_code == 412
    fresh = crm.put(TWO, {"name": "ACME Group"}, if_match=answer.headers["ETag"])
    assert fresh.status_code == 200


def test_other_objects_may_name_a_merged_account(crm: Integrator, two: tuple[Account, Account]) -> None:
    crm.post("account-merges", {"survivor": reference("001A"), "merged": reference("001B")})
    answer = crm.put("accounts/by-external-id/salesforce/001C", {"name": "Acme Logistik", "parent": "001B"})
    assert answer.json()["parent"] == str(two[0].public_id)


def test_a_system_does_not_choose_whose_claim_goes_on(crm: Integrator, two: tuple[Account, Account]) -> None:
    cast = assemble()
    make_registration(cast.partner, account=two[0], status="approved")
    make_registration(cast.rival, account=two[1], status="approved")
    answer = crm.post("account-merges", {"survivor": reference("001A"), "merged": reference("001B")})
    assert (answer.status_code, answer.json()["code"]) == (400, "keeper_needed")


def test_partners_read_neither(crm: Integrator, two: tuple[Account, Account]) -> None:
    cast = assemble()
    for path in ("account-candidates", "account-merges"):
        assert integrator(partner=cast.partner).get(path).status_code == 403
    make_account("Third")
    assert crm.post("account-merges", {"survivor": "nothing", "merged": reference("001B")}).status_code == 400
