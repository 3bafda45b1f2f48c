"""`/subscriptions`, `/mrr-changes`, `/credits`, `/collections`, `/products`: the facts of commission, in and out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Model

from deals.models import Collection, Credit, MrrChange, Subscription
from prm.models import AuditEvent
from tests.api import Integrator, integrator
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_family, make_product, make_registration, make_subscription
from tests.factories.partners import make_partner

ONE = "subscriptions/by-external-id/billing/S-1"
NEW = {"account": "A-1", "product": "edge", "currency": "EUR", "started_on": "2026-01-10"}


@pytest.fixture
def cast(db: None) -> Cast:
    cast = assemble()
    make_product("edge", family=make_family())
    make_account("Acme", source_system="billing", external_id="A-1")
    return cast


@pytest.fixture
def crm(cast: Cast) -> Integrator:
    return integrator()


def _rows(*models: type[Model]) -> list[Any]:
    return [list(model._default_manager.values()) for model in models]


def test_put_creates_then_repeats_without_a_trace_then_changes(crm: Integrator) -> None:
    made = crm.put(ONE, NEW)
    before = _rows(Subscription, AuditEvent)
    again = crm.put(ONE, NEW)
    unchanged = before == _rows(Subscription, AuditEvent)
    changed = crm.put(ONE, {"source": "direct"})

    stored = Subscription.objects.get()
    assert (made.status_code, again.status_code, changed.status_code) == (201, 200, 200)
    assert unchanged
    assert made.json() == again.json()
    assert {name: made.json()[name] for name in made.json() if not name.endswith("_at")} == {
        "id": str(stored.public_id),
        "source_system": "billing",
        "external_id": "S-1",
        "account": str(stored.account.public_id),
        "product": "edge",
        "currency": "EUR",
        "started_on": "2026-01-10",
        "source": "partner",
        "registration": None,
        "mrr": "0.00",
        "version": 1,
    }
    assert (changed.json()["source"], changed.json()["product"], changed.headers["ETag"]) == ("direct", "edge", '"v2"')
    assert crm.put(ONE, changed.json()).json() == changed.json()
    assert crm.put(ONE, {"source": "partner"}, if_match='"v1"').status_code == 412


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"account": None}, "/account", "null"),
        ({"account": "nobody"}, "/account", "unknown_reference"),
        ({"product": "nothing"}, "/product", "unknown_reference"),
        ({"product": "a\x00"}, "/product", "null_characters_not_allowed"),
        ({"currency": "ABC"}, "/currency", "unknown"),
        ({"started_on": "10.01.2026"}, "/started_on", "invalid"),
        ({"started_on": 20260110}, "/started_on", "invalid"),
        ({"source": "nowhere"}, "/source", "invalid_choice"),
        ({"registration": "none"}, "/registration", "unknown_reference"),
        ({"shares": 1}, "/shares", "unknown"),
    ],
)
def test_a_bad_subscription_is_named_member_by_member(crm: Integrator, change: Any, pointer: str, code: str) -> None:
    answer = crm.put(ONE, NEW | change)

    assert answer.status_code == 400
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)
    assert not Subscription.objects.exists()


def test_a_new_subscription_needs_its_members(crm: Integrator) -> None:
    for name in NEW:
        answer = crm.put(ONE, {key: value for key, value in NEW.items() if key != name})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{name}")


def test_a_registration_is_linked_only_where_customer_and_family_fit(cast: Cast, crm: Integrator) -> None:
    crm.put(ONE, NEW)
    account = Subscription.objects.get().account
    fits = make_registration(cast.partner, account=account, family=make_family())
    elsewhere = make_registration(cast.partner)
    other_family = make_registration(cast.partner, account=account, family=make_family("backup"))

    assert crm.put(ONE, {"registration": str(fits.public_id)}).json()["registration"] == str(fits.public_id)
    for wrong, code in ((elsewhere, "wrong_account"), (other_family, "wrong_family")):
        answer = crm.put(ONE, {"registration": str(wrong.public_id)})
        assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_an_mrr_change_is_written_by_its_day(crm: Integrator) -> None:
    crm.put(ONE, NEW)
    key = {"subscription": {"source_system": "billing", "external_id": "S-1"}, "effective_on": "2026-01-10"}

    made = crm.post("mrr-changes", key | {"mrr": "100"})
    before = _rows(MrrChange, AuditEvent)
    again = crm.post("mrr-changes", key | {"mrr": "100.00"})
    unchanged = before == _rows(MrrChange, AuditEvent)
    changed = crm.post("mrr-changes", key | {"mrr": "160.5"})

    assert (made.status_code, again.status_code, changed.status_code) == (201, 200, 200)
    assert unchanged
    assert changed.json() == {
        "subscription": crm.get(ONE).json()["id"],
        "effective_on": "2026-01-10",
        "mrr": "160.50",
        "currency": "EUR",
    }
    assert MrrChange.objects.get().mrr == Decimal("160.5")
    assert crm.get(ONE).json()["mrr"] == "160.50"
    assert crm.get("mrr-changes").json()["results"] == [changed.json()]


def test_credits_keep_their_promises(cast: Cast, crm: Integrator) -> None:
    name = crm.put(ONE, NEW).json()["id"]
    key = {"subscription": name, "partner": "northwind", "role": "sourced", "from": "2026-01-10"}

    made = crm.post("credits", key | {"share": "60"})
    again = crm.post("credits", key | {"share": 60})
    too_much = crm.post("credits", key | {"partner": "contoso", "share": "40.0001"})
    rest = crm.post("credits", key | {"partner": "contoso", "share": "40"})
    overlap = crm.post("credits", key | {"from": "2026-02-01", "share": "1"})
    ended = crm.post("credits", key | {"share": "60", "until": "2026-03-01"})

    assert made.json() == {
        "subscription": name,
        "partner": "northwind",
        "role": "sourced",
        "from": "2026-01-10",
        "until": None,
        "share": "60",
    }
    assert [step.status_code for step in (made, again, rest, ended)] == [201, 200, 201, 200]
    assert (too_much.status_code, too_much.json()["code"]) == (409, "credit_shares_within_100")
    assert (overlap.status_code, overlap.json()["code"]) in {
        (409, "credit_no_overlap"),
        (409, "credit_shares_within_100"),
    }
    assert ended.json()["until"] == "2026-03-01"
    assert Credit.objects.count() == 2


def test_a_credit_from_the_beginning_is_one_row(crm: Integrator) -> None:
    name = crm.put(ONE, NEW).json()["id"]
    body = {"subscription": name, "partner": "northwind", "role": "services", "share": "5"}

    assert [crm.post("credits", body).status_code, crm.post("credits", body | {"from": None}).status_code] == [201, 200]
    assert Credit.objects.get().valid_from is None


def test_collections_are_written_by_their_month(crm: Integrator) -> None:
    name = crm.put(ONE, NEW).json()["id"]
    body = {"subscription": name, "month": "2026-01", "billed": "100", "paid": "50"}

    made, again = crm.post("collections", body), crm.post("collections", body)
    changed = crm.post("collections", body | {"paid": "-1.5"})

    assert (made.status_code, again.status_code, changed.status_code) == (201, 200, 200)
    assert changed.json() == {
        "subscription": name,
        "month": "2026-01",
        "billed": "100.00",
        "paid": "-1.50",
        "currency": "EUR",
    }
    assert Collection.objects.get().month == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("resource", "change", "pointer", "code"),
    [
        ("mrr-changes", {"mrr": "-1"}, "/mrr", "min_value"),
        ("mrr-changes", {"mrr": "1000000000001"}, "/mrr", "max_value"),
        ("mrr-changes", {"mrr": None}, "/mrr", "null"),
        ("mrr-changes", {"effective_on": "2026-13-01"}, "/effective_on", "invalid"),
        ("mrr-changes", {"subscription": "nothing"}, "/subscription", "unknown_reference"),
        ("collections", {"month": "2026-1"}, "/month", "invalid"),
        ("collections", {"month": "2026-00"}, "/month", "invalid"),
        ("collections", {"month": 202601}, "/month", "invalid"),
        ("credits", {"share": "101"}, "/share", "max_value"),
        ("credits", {"share": "-1"}, "/share", "min_value"),
        ("credits", {"role": "friend"}, "/role", "invalid_choice"),
        ("credits", {"partner": "nobody"}, "/partner", "unknown_reference"),
        ("credits", {"until": "2025-01-01"}, "/until", "date_order"),
    ],
)
def test_bad_facts_are_named_member_by_member(
    crm: Integrator, resource: str, change: Any, pointer: str, code: str
) -> None:
    name = crm.put(ONE, NEW).json()["id"]
    good = {
        "mrr-changes": {"subscription": name, "effective_on": "2026-01-10", "mrr": "1"},
        "collections": {"subscription": name, "month": "2026-01", "billed": "1", "paid": "1"},
        "credits": {"subscription": name, "partner": "northwind", "role": "sourced", "from": "2026-01-10", "share": 1},
    }

    answer = crm.post(resource, good[resource] | change)

    assert answer.status_code == 400
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)


def test_a_partner_reads_what_it_is_credited_on_and_writes_nothing(cast: Cast) -> None:
    account = make_account()
    own = make_subscription(account, credited=cast.partner, product=make_product("core"), source_system="billing")
    won = make_registration(cast.rival, account=account, status="won")
    Subscription.objects.filter(pk=own.pk).update(registration=won)
    Credit.objects.create(subscription=own, partner=cast.rival, role="influenced", share=10)
    make_subscription(make_account(), credited=cast.rival)
    caller = integrator(partner=cast.partner)

    listed = caller.get("subscriptions").json()["results"]

    assert [row["id"] for row in listed] == [str(own.public_id)]
    assert "source_system" not in listed[0]
    assert listed[0]["registration"] is None
    assert [row["partner"] for row in caller.get("credits").json()["results"]] == ["northwind"]
    assert len(caller.get("mrr-changes").json()["results"]) == 1
    assert caller.get("collections").status_code == 403
    for resource in ("mrr-changes", "credits", "collections"):
        assert caller.post(resource, {}).status_code == 403
    assert caller.put(ONE, NEW).status_code == 403
    assert caller.get("subscriptions?source_system=billing").status_code == 400


def test_products_are_listed_with_their_families(crm: Integrator) -> None:
    make_product("vault", family=make_family("backup"), name="Vault")

    assert crm.get("products?family=backup").json() == {
        "results": [{"code": "vault", "name": "Vault", "family": "backup"}],
        "next": None,
    }
    assert crm.get("products/vault").json()["family"] == "backup"
    assert crm.get("products/nothing").status_code == 404
    assert crm.get("products/a%00b").status_code == 404


@pytest.mark.parametrize("rows", [2, 20])
@pytest.mark.parametrize(
    ("resource", "queries"), [("subscriptions", 3), ("mrr-changes", 2), ("credits", 2), ("products", 2)]
)
def test_lists_of_facts_cost_the_same_whatever_their_size(
    cast: Cast, crm: Integrator, resource: str, queries: int, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        make_subscription(make_account(), credited=cast.partner, product=make_product(f"p{number}"))
    crm.get(resource)

    with django_assert_num_queries(queries):
        assert len(crm.get(f"{resource}?limit=200").json()["results"]) >= rows


def test_a_former_partner_reads_nothing_of_its_successors_time(cast: Cast) -> None:
    sold = make_subscription(make_account("Lumisaari Oy"), mrr="100")
    MrrChange.objects.create(subscription=sold, effective_on=date(2026, 4, 1), mrr=Decimal(120))
    MrrChange.objects.create(subscription=sold, effective_on=date(2026, 7, 1), mrr=Decimal(900))
    spans = [(cast.partner, date(2026, 1, 1), date(2026, 6, 1)), (cast.rival, date(2026, 6, 1), None)]
    for partner, begins, ends in spans:
        Credit.objects.create(
            subscription=sold, partner=partner, role="sourced", share=100, valid_from=begins, valid_until=ends
        )

    read = {}
    for partner in (cast.partner, cast.rival):
        client = integrator(partner=partner)
        levels = [row["mrr"] for row in client.get("mrr-changes").json()["results"]]
        read[partner] = (client.get(f"subscriptions/{sold.public_id}").json()["mrr"], levels)

    third = make_partner("third")
    Credit.objects.create(
        subscription=sold, partner=third, role="sourced", share=100, valid_from="2026-02-01", valid_until="2026-02-01"
    )

    assert read[cast.partner] == ("120.00", ["100.00", "120.00"])
    assert read[cast.rival] == ("900.00", ["120.00", "900.00"])
    assert integrator(partner=third).get("subscriptions").json()["results"] == []
