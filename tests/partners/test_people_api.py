"""People over the REST API and SCIM: leaving takes effect at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import DjangoAssertNumQueries

from partners.models import ApiKey, Invitation, Membership, MembershipRole
from prm.models import AuditEvent, OutboxMessage
from tests.api import Integrator, integrator
from tests.cast import Cast, assemble
from tests.factories.partners import make_membership, make_user

pytestmark = pytest.mark.django_db

OPS = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture
def cast() -> Cast:
    return assemble()


def patch(key: Integrator, path: str, body: Any) -> Any:
    return key.client.patch(
        f"/api/v1/{path}", body, content_type="application/json", headers={"authorization": f"Bearer {key.text}"}
    )


def test_a_system_reads_everybody_and_a_partner_its_own(cast: Cast) -> None:
    make_membership(cast.seller, cast.rival, MembershipRole.MARKETING)
    everybody = integrator().get("people?limit=50").json()["results"]
    assert {"anna@vendor.example", "jere@northwind.example", "ewa@contoso.example"} <= {p["email"] for p in everybody}

    own = integrator(partner=cast.partner).get("people").json()["results"]

    assert sorted(person["email"] for person in own) == [
        "jere@northwind.example", "mikko@northwind.example", "outi@northwind.example", "sanna@northwind.example",
    ]  # fmt: skip
    jere = next(person for person in own if person["email"] == "jere@northwind.example")
    assert jere == {
        "id": str(cast.seller.public_id),
        "email": "jere@northwind.example",
        "name": "Jere Salmi",
        "active": True,
        "memberships": [{"partner": "northwind", "role": "seller", "active": True, "last_seen_at": None}],
    }
    found = integrator().get("people?email=anna@vendor.example").json()["results"]
    assert [(person["email"], person["roles"]) for person in found] == [("anna@vendor.example", ["channel_manager"])]
    rival = integrator(partner=cast.rival).get(f"people/{cast.owner.public_id}")
    assert rival.status_code == 404


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_asks_the_same_of_the_database_at_any_size(
    cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(count):
        make_membership(make_user(), cast.partner, MembershipRole.SELLER)
    key = integrator(partner=cast.partner)
    key.get("people")

    with django_assert_num_queries(3):
        assert key.get("people?limit=100").status_code == 200


def test_a_system_switches_an_account_off_at_once_and_on_again(cast: Cast) -> None:
    key, seller = integrator(scopes=("people:write", "people:read")), cast.signed_in("seller")
    assert seller.get("/portal/").status_code == 200
    address = f"people/{cast.seller.public_id}"

    assert patch(key, address, {"active": False}).json()["active"] is False
    assert seller.get("/portal/").status_code == 302
    assert patch(key, address, {"active": False}).status_code == 200
    event = AuditEvent.objects.get(action="people.switched_off")
    assert (event.channel, event.object_id) == ("api", cast.seller.pk)
    assert patch(key, address, {"active": True}).json()["active"] is True
    assert patch(key, address, {"active": "perhaps"}).status_code == 400
    assert patch(key, address, {"email": "x@y.example"}).status_code == 400
    admin = patch(key, f"people/{cast.admin.public_id}", {"active": False})
    assert (admin.status_code, admin.json()["code"]) == (409, "last_admin")


def test_a_partners_key_ends_the_access_to_its_own_company_alone(cast: Cast) -> None:
    make_membership(cast.seller, cast.rival, MembershipRole.MARKETING)
    key = integrator(partner=cast.partner)

    patch(key, f"people/{cast.seller.public_id}", {"active": False})

    cast.seller.refresh_from_db()
    seats = dict(Membership.objects.filter(user=cast.seller).values_list("partner__code", "is_active"))
    assert (cast.seller.is_active, seats) == (True, {"northwind": False, "contoso": True})
    assert patch(key, f"people/{cast.rival_owner.public_id}", {"active": False}).status_code == 404
    assert patch(key, f"people/{cast.seller.public_id}", {"active": True}).status_code == 403
    last = patch(key, f"people/{cast.owner.public_id}", {"active": False})
    assert (last.status_code, last.json()["code"]) == (409, "last_owner")


def test_keys_without_the_scope_change_nothing(cast: Cast) -> None:
    key = integrator(scopes=("people:read", "partners:read"))
    assert key.get("people").status_code == 200
    assert patch(key, f"people/{cast.seller.public_id}", {"active": False}).status_code == 403
    assert integrator(scopes=("partners:read",)).get("people").status_code == 403
    assert Integrator().get("people").status_code == 401


def test_invitations_and_roles_over_the_api(cast: Cast) -> None:
    key = integrator()
    body = {"email": "liisa@northwind.example", "partner": "northwind", "role": "seller"}
    made = key.post("people-invitations", body)
    assert (made.status_code, made.json()["email"], made.json()["role"]) == (201, "liisa@northwind.example", "seller")
    assert key.post("people-invitations", body).json()["code"] == "invitation_one_open"
    assert key.post("people-invitations", body | {"partner": "nobody"}).json()["code"] == "unknown_reference"
    own = integrator(partner=cast.partner)
    assert own.post("people-invitations", body | {"email": "a@b.example"}).status_code == 403
    assert [row["email"] for row in own.get("people-invitations").json()["results"]] == ["liisa@northwind.example"]
    assert integrator(partner=cast.rival).get("people-invitations").json()["results"] == []
    address = f"people-invitations/{made.json()['id']}"
    assert key.post(f"{address}/resend").status_code == 200
    assert key.post(f"{address}/revoke").json()["revoked_at"] is not None
    assert key.post(f"{address}/revoke").status_code == 409
    assert Invitation.objects.get().sent_count == 2
    assert OutboxMessage.objects.filter(topic="mail").count() == 2

    changed = key.post(f"people/{cast.seller.public_id}/role", {"partner": "northwind", "role": "finance"})
    assert changed.json()["memberships"][0]["role"] == "finance"
    assert key.post(f"people/{cast.seller.public_id}/role", {"partner": "contoso", "role": "owner"}).status_code == 400
    assert (
        own.post(f"people/{cast.seller.public_id}/role", {"partner": "northwind", "role": "owner"}).status_code == 403
    )


# SCIM


def scim(key: Integrator, method: str, path: str, body: Any = None) -> Any:
    return key.client.generic(
        method,
        f"/scim/v2/{path}",
        "" if body is None else json.dumps(body),
        content_type="application/scim+json",
        headers={"authorization": f"Bearer {key.text}"} if key.text else {},
    )


def replace(value: Any, path: str | None = "active", op: str = "replace") -> dict[str, Any]:
    operation = {"op": op, "value": value} | ({"path": path} if path else {})
    return {"schemas": [OPS], "Operations": [operation]}


def test_a_directory_finds_somebody_by_name_and_switches_them_off(cast: Cast) -> None:
    key, seller = integrator(scopes=("people:read", "people:write")), cast.signed_in("seller")
    found = scim(key, "GET", 'Users?filter=userName eq "JERE@northwind.example"')
    assert found["Content-Type"] == "application/scim+json"
    body = found.json()
    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (1, 1, 1)
    row = body["Resources"][0]
    assert (row["id"], row["userName"], row["active"]) == (str(cast.seller.public_id), cast.seller.email, True)

    off = scim(key, "PATCH", f"Users/{row['id']}", replace(False))

    assert (off.status_code, off.json()["active"]) == (200, False)
    assert seller.get("/portal/").status_code == 302
    assert scim(key, "GET", f"Users/{row['id']}").json()["active"] is False


@pytest.mark.parametrize(
    ("body", "active"),
    [
        (replace({"active": False}, None), False),
        (replace("False", op="Replace"), False),
        (replace({"active": "true"}, None, "add"), True),
    ],
)
def test_the_spellings_of_the_large_directories_are_understood(cast: Cast, body: Any, active: bool) -> None:
    answer = scim(integrator(), "PATCH", f"Users/{cast.seller.public_id}", body)
    assert (answer.status_code, answer.json()["active"]) == (200, active)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (replace("maybe"), "invalidValue"),
        (replace(1), "invalidValue"),
        (replace("Jere", "displayName"), "mutability"),
        (replace({"active": False, "userName": "x"}, None), "mutability"),
        (replace(False, op="remove"), "mutability"),
        ({"schemas": [OPS], "Operations": []}, "invalidSyntax"),
        ({"Operations": [{"op": "replace", "path": "active", "value": False}]}, "invalidSyntax"),
        ([1], "invalidSyntax"),
        ({"schemas": [OPS], "Operations": [1]}, "invalidSyntax"),
    ],
)
def test_what_is_not_understood_changes_nothing_and_says_so_in_its_shape(cast: Cast, body: Any, kind: str) -> None:
    answer = scim(integrator(), "PATCH", f"Users/{cast.seller.public_id}", body)

    told = answer.json()
    assert (answer.status_code, told["schemas"], told["status"], told["scimType"]) == (400, [ERROR], "400", kind)
    cast.seller.refresh_from_db()
    assert cast.seller.is_active is True


def test_errors_have_the_shape_of_the_standard(cast: Cast) -> None:
    key = integrator()
    wrong = scim(key, "GET", 'Users?filter=name.familyName co "x"').json()
    assert (wrong["status"], wrong["scimType"]) == ("400", "invalidFilter")
    assert scim(key, "GET", "Users?startIndex=x").json()["scimType"] == "invalidValue"
    for method, path, status in (
        ("GET", f"Users/{cast.partner.public_id}", 404),
        ("GET", "Groups", 404),
        ("POST", "Users", 405),
        ("PUT", f"Users/{cast.seller.public_id}", 405),
    ):
        answer = scim(key, method, path)
        assert (answer.status_code, answer.json()["status"]) == (status, str(status))
    nobody = scim(Integrator(), "GET", "Users")
    assert (nobody.status_code, nobody["WWW-Authenticate"]) == (401, 'Bearer realm="scim"')
    reads = integrator(scopes=("people:read",))
    assert scim(reads, "PATCH", f"Users/{cast.seller.public_id}", replace(False)).status_code == 403
    assert scim(integrator(scopes=("partners:read",)), "GET", "Users").status_code == 403
    admin = scim(key, "PATCH", f"Users/{cast.admin.public_id}", replace(False))
    assert (admin.status_code, admin.json()["detail"]) == (409, "The program keeps at least one administrator.")


def test_lists_have_pages_and_a_filter_that_names_nobody_is_empty(cast: Cast) -> None:
    key = integrator(partner=cast.partner)
    page = scim(key, "GET", "Users?startIndex=2&count=2").json()
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (4, 2, 2)
    for text in ('userName eq "ewa@contoso.example"', 'id eq "nonsense"'):
        assert scim(key, "GET", f"Users?filter={text}").json()["totalResults"] == 0
    assert scim(key, "GET", "ServiceProviderConfig").json()["patch"] == {"supported": True}


def test_a_partners_directory_reaches_its_own_seats_alone(cast: Cast) -> None:
    key = integrator(partner=cast.partner)
    assert scim(key, "GET", f"Users/{cast.rival_owner.public_id}").status_code == 404
    assert scim(key, "DELETE", f"Users/{cast.rival_owner.public_id}").status_code == 404

    assert scim(key, "DELETE", f"Users/{cast.seller.public_id}").status_code == 204

    cast.seller.refresh_from_db()
    assert (cast.seller.is_active, Membership.objects.get(user=cast.seller).is_active) == (True, False)
    assert scim(key, "GET", f"Users/{cast.seller.public_id}").json()["active"] is False


def test_a_key_that_was_revoked_opens_nothing_at_once(cast: Cast) -> None:
    key = integrator()
    ApiKey.objects.update(revoked_at=datetime.now(UTC))
    assert scim(key, "GET", "Users").status_code == 401


def test_a_partners_key_does_not_learn_where_else_its_people_belong(cast: Cast) -> None:
    make_membership(cast.seller, cast.rival)
    refused = integrator(partner=cast.partner).get("people?partner=contoso")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "partner")
    assert len(integrator().get("people?partner=contoso").json()["results"]) == 3


@pytest.mark.parametrize("value", ["-" * 36, "0" * 36])
def test_an_id_that_is_none_names_nobody(cast: Cast, value: str) -> None:
    for name in ("id", "userName"):
        asked = quote(f'{name} eq "{value}"')
        answer = scim(integrator(), "GET", f"Users?filter={asked}")
        assert answer.status_code in {200, 400}
        assert answer.json().get("totalResults", 0) == 0


def test_a_body_nested_without_end_is_refused(cast: Cast) -> None:
    key = integrator()
    answer = key.client.patch(
        f"/scim/v2/Users/{cast.seller.public_id}", "[" * 100_000, content_type="application/scim+json",
        headers={"authorization": f"Bearer {key.text}"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidSyntax")
