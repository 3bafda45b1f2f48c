"""`/registrations` and `/conflicts-check`: partners submit, systems decide, a CRM keeps its own in step."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from deals.models import Account, Credit, Registration, RegistrationEvent, Subscription
from prm.models import AuditEvent
from tests.api import Integrator, integrator
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_family, make_product, make_registration, make_subscription
from tests.factories.partners import make_partner, make_tier

ONE = "registrations/by-external-id/salesforce/006A"
DEAL = {
    "website": "lumisaari.fi",
    "company": "Lumisaari Oy",
    "country": "FI",
    "family": "security",
    "expected_mrr": "480.00",
    "currency": "EUR",
}


@pytest.fixture
def cast(db: None) -> Cast:
    make_family()
    return assemble()


@pytest.fixture
def crm(cast: Cast) -> Integrator:
    return integrator()


@pytest.fixture
def partner(cast: Cast) -> Integrator:
    return integrator(partner=cast.partner)


def test_a_partner_submits_a_deal(cast: Cast, partner: Integrator) -> None:
    answer = partner.post("registrations", DEAL | {"note": "warm", "expected_close_on": "2027-01-01"})

    made = Registration.objects.get()
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/registrations/{made.public_id}"
    assert answer.headers["ETag"] == f'"v{made.version}"'
    assert made.account is not None
    assert {name: body[name] for name in body if name not in {"findings", "created_at", "updated_at", "version"}} == {
        "id": str(made.public_id),
        "number": f"R-{made.number}",
        "deal_number": None,
        "partner": "northwind",
        "distributor": None,
        "account": None,  # until it is approved
        "company": "Lumisaari Oy",
        "website": "lumisaari.fi",
        "country": "FI",
        "family": "security",
        "status": "submitted",
        "origin": "partner",
        "exclusive": True,
        "stage": "",
        "expected_mrr": "480.00",
        "currency": "EUR",
        "expected_close_on": "2027-01-01",
        "contact": "",
        "note": "warm",
        "submitted_at": _iso(made.submitted_at),
        "due_at": _iso(made.due_at),
        "decided_at": None,
        "decision_reason": "",
        "protected_from": None,
        "protected_until": None,
        "closed_on": None,
    }
    event = RegistrationEvent.objects.get()
    assert (event.channel, event.by_partner, event.kind) == ("api", True, "submitted")


def test_a_rivals_protection_rejects_at_once_in_words_that_name_nobody(cast: Cast, partner: Integrator) -> None:
    make_registration(
        cast.rival, account=make_account("Lumisaari", domain="lumisaari.fi"), status="approved", now=timezone.now()
    )

    body = partner.post("registrations", DEAL).json()

    assert body["status"] == "rejected"
    assert "Contoso" not in str(body)
    assert "contoso" not in str(body)
    assert {tuple(sorted(finding)) for finding in body["findings"]} == {("at", "text")}
    assert partner.post("registrations", DEAL | {"wait": True}).json()["status"] == "waiting"


def test_a_system_reads_the_evidence_and_says_for_whom(cast: Cast, crm: Integrator) -> None:
    make_registration(
        cast.rival, account=make_account("Lumisaari", domain="lumisaari.fi"), status="approved", now=timezone.now()
    )

    nobody = crm.post("registrations", DEAL)
    body = crm.post("registrations", DEAL | {"partner": "northwind"}).json()

    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (400, "/partner")
    assert [(finding["code"], finding["severity"]) for finding in body["findings"]] == [("protected", "block")]
    assert body["findings"][0]["evidence"]


def test_a_partners_key_submits_for_nobody_else(cast: Cast, partner: Integrator) -> None:
    answer = partner.post("registrations", DEAL | {"partner": "contoso"})

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_reference")
    assert partner.post("registrations", DEAL | {"partner": "northwind"}).status_code == 201


def test_a_suspended_partner_submits_nothing_and_reads_everything(cast: Cast, partner: Integrator) -> None:
    cast.partner.status = "suspended"
    cast.partner.save()

    answer = partner.post("registrations", DEAL)

    assert (answer.status_code, answer.json()["code"]) == (409, "eligibility")
    assert partner.get("registrations").status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"website": ""}, "/website", "blank"),
        ({"family": "nothing"}, "/family", "unknown_reference"),
        ({"expected_mrr": "-1"}, "/expected_mrr", "min_value"),
        ({"expected_mrr": "1e40"}, "/expected_mrr", "max_digits"),
        ({"expected_mrr": "1000000000001"}, "/expected_mrr", "max_value"),
        ({"expected_mrr": "NaN"}, "/expected_mrr", "invalid"),
        ({"expected_mrr": "Infinity"}, "/expected_mrr", "invalid"),
        ({"expected_mrr": True}, "/expected_mrr", "invalid"),
        ({"expected_mrr": "0.1234567"}, "/expected_mrr", "max_decimal_places"),
        ({"currency": ""}, "/currency", "required"),
        ({"currency": "XXX"}, "/currency", "unknown"),
        ({"expected_close_on": "1.1.2027"}, "/expected_close_on", "invalid"),
        ({"expected_close_on": "2027-02-30"}, "/expected_close_on", "invalid"),
        ({"note": "x" * 5001}, "/note", "max_length"),
        ({"wait": "perhaps"}, "/wait", "invalid"),
        ({"status": "approved"}, "/status", "unknown"),
    ],
)
def test_a_bad_deal_is_named_member_by_member(partner: Integrator, change: Any, pointer: str, code: str) -> None:
    answer = partner.post("registrations", DEAL | change)

    assert answer.status_code == 400
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)
    assert not Registration.objects.exists()


def test_a_system_takes_a_deal_through_its_life(cast: Cast, crm: Integrator, partner: Integrator) -> None:
    name = f"registrations/{partner.post('registrations', DEAL).json()['id']}"
    product = make_product("edge", family=make_family())

    returned = crm.post(f"{name}/return", {"question": "Who signs?"})
    answered = partner.post(f"{name}/answer", {"answer": "Their CIO"})
    approved = crm.post(f"{name}/approve", {})
    extended = partner.post(f"{name}/extend", {"reason": "procurement"})
    won = crm.post(f"{name}/win", {"product": "edge", "mrr": "500.00", "currency": "EUR", "started_on": "2026-12-01"})

    statuses = [step.json()["status"] for step in (returned, answered, approved, extended, won)]
    assert statuses == ["returned", "submitted", "approved", "approved", "won"]
    assert extended.json()["protected_until"] > approved.json()["protected_until"]
    subscription = Subscription.objects.get()
    assert (subscription.product, subscription.mrr_changes.get().mrr) == (product, Decimal(500))
    credit = Credit.objects.get()
    assert (credit.partner, credit.share, str(credit.valid_from)) == (cast.partner, Decimal(100), "2026-12-01")
    again = crm.post(f"{name}/win", {"product": "edge", "mrr": "1", "currency": "EUR", "started_on": "2026-12-01"})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


def test_rejecting_losing_and_withdrawing(cast: Cast, crm: Integrator, partner: Integrator) -> None:
    now = timezone.now()
    submitted = make_registration(cast.partner, now=now)
    approved = make_registration(cast.partner, status="approved", now=now)
    waiting = make_registration(cast.partner, status="waiting", now=now)

    assert crm.post(f"registrations/{submitted.public_id}/reject", {}).json()["errors"][0]["pointer"] == "/reason"
    rejected = crm.post(f"registrations/{submitted.public_id}/reject", {"reason": "Not ours"})
    lost = partner.post(f"registrations/{approved.public_id}/lose", {"reason": "price"})
    withdrawn = partner.post(f"registrations/{waiting.public_id}/withdraw")

    assert (rejected.json()["status"], rejected.json()["decision_reason"]) == ("rejected", "Not ours")
    assert lost.json()["status"] == "lost"
    assert withdrawn.json()["status"] == "withdrawn"


def test_a_partner_decides_nothing(cast: Cast, partner: Integrator) -> None:
    row = make_registration(cast.partner, now=timezone.now())

    for action, body in (
        ("approve", {}),
        ("reject", {"reason": "x"}),
        ("return", {"question": "x"}),
        ("win", {}),
    ):
        answer = partner.post(f"registrations/{row.public_id}/{action}", body)
        expected = (400, "invalid") if action == "win" else (403, "not_allowed")
        assert (answer.status_code, answer.json()["code"]) == expected, action
    row.refresh_from_db()
    assert row.status == "submitted"


def test_a_rivals_registration_is_not_there(cast: Cast, partner: Integrator) -> None:
    theirs = make_registration(cast.rival, status="approved", now=timezone.now())

    assert partner.get("registrations").json()["results"] == []
    assert partner.get(f"registrations/{theirs.public_id}").status_code == 404
    for action in ("submit", "approve", "reject", "return", "answer", "extend", "win", "lose", "withdraw"):
        answer = partner.post(f"registrations/{theirs.public_id}/{action}", {})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), action
    assert partner.get("registrations?partner=contoso").json()["results"] == []


def test_a_stale_action_is_refused(cast: Cast, crm: Integrator) -> None:
    row = make_registration(cast.partner, now=timezone.now())

    stale = crm.post(f"registrations/{row.public_id}/approve", {}, if_match='"v9"')
    done = crm.post(f"registrations/{row.public_id}/approve", {}, if_match=f'"v{row.version}"')

    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (done.status_code, done.json()["status"]) == (200, "approved")


def test_a_draft_is_its_partners_own_until_it_is_submitted(cast: Cast, crm: Integrator, partner: Integrator) -> None:
    draft = make_registration(cast.partner, status="draft", website="lumisaari.fi", now=timezone.now())

    assert crm.get(f"registrations/{draft.public_id}").status_code == 404
    answer = partner.post(f"registrations/{draft.public_id}/submit", {"note": "now"})

    assert (answer.status_code, answer.json()["status"], answer.json()["note"]) == (200, "submitted", "now")
    assert crm.get(f"registrations/{draft.public_id}").status_code == 200


# By external id


def test_a_crm_creates_a_registration_through_the_rules(cast: Cast, crm: Integrator) -> None:
    account = make_account("Lumisaari", source_system="salesforce", external_id="001A")
    body = {
        "partner": "northwind",
        "account": "001A",
        "family": "security",
        "expected_mrr": "100",
        "currency": "EUR",
        "origin": "vendor_lead",
        "stage": "proposal",
        "distributor": "contoso",
    }

    made = crm.put(ONE, body)
    rows = list(Registration.objects.values()), AuditEvent.objects.count(), RegistrationEvent.objects.count()
    again = crm.put(ONE, body)

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    assert rows == (list(Registration.objects.values()), AuditEvent.objects.count(), RegistrationEvent.objects.count())
    row = Registration.objects.get()
    assert (row.account, row.origin, row.stage, row.distributor, row.country) == (
        account,
        "vendor_lead",
        "proposal",
        cast.rival,
        "FI",
    )
    assert (made.json()["source_system"], made.json()["external_id"]) == ("salesforce", "006A")
    assert crm.get(ONE).json() == made.json()


def test_a_crm_changes_plain_members_and_leaves_the_absent_ones(cast: Cast, crm: Integrator) -> None:
    crm.put(ONE, DEAL | {"partner": "northwind"})

    answer = crm.put(ONE, {"expected_mrr": "90.5", "expected_close_on": "2027-03-01", "stage": "negotiation"})

    body = answer.json()
    assert (answer.status_code, body["version"]) == (200, 2)
    assert (body["expected_mrr"], body["expected_close_on"], body["stage"], body["company"]) == (
        "90.50",
        "2027-03-01",
        "negotiation",
        "Lumisaari Oy",
    )
    assert AuditEvent.objects.get(action="registration.updated").data["changed"]["expected_mrr"] == [
        "480.000000",
        "90.500000",
    ]


def test_a_crm_moves_states_by_the_same_services(cast: Cast, crm: Integrator) -> None:
    account = make_account("Lumisaari", source_system="salesforce", external_id="001A")
    product = make_product(family=make_family())
    subscription = make_subscription(account, product=product, source_system="billing", external_id="S-1")
    made = crm.put(ONE, {"partner": "northwind", "account": "001A", "family": "security", "status": "submitted"})

    approved = crm.put(ONE, {"status": "approved"})
    staged = crm.put(ONE, {"stage": "proposal"})
    won = crm.put(ONE, {"status": "won", "subscription": {"source_system": "billing", "external_id": "S-1"}})
    again = crm.put(ONE, {"status": "won", "subscription": {"source_system": "billing", "external_id": "S-1"}})

    assert made.json()["status"] == "submitted"
    assert (approved.json()["status"], staged.json()["stage"]) == ("approved", "proposal")
    assert (won.status_code, won.json()["status"]) == (200, "won")
    assert again.json() == won.json()
    subscription.refresh_from_db()
    assert subscription.registration == Registration.objects.get()
    assert Credit.objects.get().partner == cast.partner
    kinds = list(RegistrationEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["submitted", "approved", "stage_moved_forward", "won"]


def test_a_create_that_cannot_reach_its_state_leaves_nothing(cast: Cast, crm: Integrator) -> None:
    answer = crm.put(ONE, DEAL | {"partner": "northwind", "status": "lost"})

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert not Registration.objects.exists()
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/partner", "required"),
        ({"partner": "northwind"}, "/family", "required"),
        ({"partner": "northwind", "family": "security"}, "/website", "required"),
        ({"partner": "nobody", "family": "security", "website": "a.fi"}, "/partner", "unknown_reference"),
        ({"partner": "northwind", "family": "security", "account": "nothing"}, "/account", "unknown_reference"),
        (DEAL | {"partner": "northwind", "status": "nonsense"}, "/status", "invalid_choice"),
        (DEAL | {"partner": "northwind", "status": "expired"}, "/status", "wrong_state"),
        (DEAL | {"partner": "northwind", "stage": "nonsense"}, "/stage", "unknown_stage"),
        (DEAL | {"partner": "northwind", "currency": ""}, "/currency", "required"),
    ],
)
def test_a_bad_registration_is_named_member_by_member(crm: Integrator, body: Any, pointer: str, code: str) -> None:
    answer = crm.put(ONE, body)

    assert answer.status_code == 400
    assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, code)
    assert not Registration.objects.exists()


def test_partner_account_and_family_stay(cast: Cast, crm: Integrator) -> None:
    make_family("backup")
    make_account(source_system="salesforce", external_id="other")
    crm.put(ONE, DEAL | {"partner": "northwind"})

    for change in ({"partner": "contoso"}, {"family": "backup"}, {"account": "other"}):
        answer = crm.put(ONE, change)
        assert (answer.status_code, answer.json()["code"]) == (400, "cannot_change")
        assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(change))}"


def test_a_partners_key_does_not_write_by_external_id(cast: Cast, crm: Integrator, partner: Integrator) -> None:
    crm.put(ONE, DEAL | {"partner": "northwind"})

    answer = partner.put(ONE, {"note": "mine"})

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert partner.put("registrations/by-external-id/salesforce/none", {}).status_code == 403
    assert partner.get(ONE).status_code == 404


@pytest.mark.parametrize("rows", [2, 20])
def test_a_list_of_registrations_costs_the_same_whatever_its_size(
    cast: Cast, crm: Integrator, rows: int, django_assert_num_queries: Any
) -> None:
    for _number in range(rows):
        make_registration(cast.partner, now=timezone.now())
    crm.get("registrations")

    with django_assert_num_queries(3):  # key, registrations joined, findings
        assert len(crm.get("registrations?limit=200&status=submitted").json()["results"]) == rows


# Conflicts


def test_a_partner_learns_one_word(cast: Cast, partner: Integrator) -> None:
    make_registration(
        cast.rival, account=make_account("Lumisaari", domain="lumisaari.fi"), status="approved", now=timezone.now()
    )

    verdicts = [
        partner.post("conflicts-check", {"website": website, "family": "security"}).json()
        for website in ("lumisaari.fi", "unknown-customer.fi", "gmail.com")
    ]

    assert verdicts == [{"verdict": "not_available"}, {"verdict": "available"}, {"verdict": "cannot_tell"}]


def test_a_system_learns_why(cast: Cast, crm: Integrator) -> None:
    make_registration(
        cast.rival, account=make_account("Lumisaari", domain="lumisaari.fi"), status="approved", now=timezone.now()
    )
    body = {"website": "lumisaari.fi", "family": "security"}

    answer = crm.post("conflicts-check", body | {"partner": "northwind"}).json()

    assert answer["verdict"] == "not_available"
    assert [found["code"] for found in answer["findings"]] == ["protected"]
    assert crm.post("conflicts-check", body).json()["errors"][0]["pointer"] == "/partner"
    assert crm.post("conflicts-check", body | {"website": "", "partner": "northwind"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_two_equal_requests_at_once_make_one_registration() -> None:
    make_family()
    make_partner("northwind")
    make_tier("silver", rank=1)
    caller = integrator()

    def put(_number: int) -> int:
        try:
            return int(Integrator(caller.text).put(ONE, DEAL | {"partner": "northwind"}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(put, range(6)))

    assert statuses == [200] * 5 + [201]
    assert Registration.objects.get().version == 1
    assert Account.objects.count() == 1


def _iso(instant: Any) -> str:
    return str(instant.isoformat().replace("+00:00", "Z"))
