"""The API of the rules: what direct sales works on, named accounts, versions of the settings, findings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deals.models import FamilyRequirement, NamedAccount, NamedAccountList, Opportunity
from deals.services.rules import plan_rules
from deals.services.submission import submit_registration
from prm.models import AuditEvent
from tests.api import Integrator, integrator
from tests.cast import Cast, assemble
from tests.factories.deals import a_deal, make_account, make_family, make_opportunity

pytestmark = pytest.mark.django_db

ONE = "opportunities/by-external-id/salesforce/006A"


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def crm(db: None) -> Integrator:
    return integrator()


def opportunity(**values: Any) -> dict[str, Any]:
    return {"account": "001A", "opened_at": "2026-11-01T09:00:00Z", **values}


def test_an_opportunity_is_kept_in_step(crm: Integrator) -> None:
    account = make_account(source_system="salesforce", external_id="001A")
    made = crm.put(ONE, opportunity(stage="Commit", owner_email="o@v.example", seller_name="Sam"))
    stored = Opportunity.objects.get()
    assert (made.status_code, made.json()) == (
        201,
        {
            "id": str(stored.public_id),
            "source_system": "salesforce",
            "external_id": "006A",
            "account": str(account.public_id),
            "family": None,
            "opened_at": "2026-11-01T09:00:00Z",
            "closed_at": None,
            "stage": "Commit",
            "owner_email": "o@v.example",
            "seller_name": "Sam",
            "version": 1,
            "created_at": stored.created_at.isoformat().replace("+00:00", "Z"),
            "updated_at": stored.updated_at.isoformat().replace("+00:00", "Z"),
        },
    )
    again = crm.put(ONE, opportunity())
    assert (
        again.status_code,
        again.json()["version"],
        AuditEvent.objects.filter(action__startswith="opp").count(),
    ) == (
        200,
        1,
        1,
    )
    family = make_family()
    closed = crm.put(ONE, {"closed_at": "2026-11-20T09:00:00Z", "family": family.code})
    assert (closed.json()["version"], closed.json()["family"]) == (2, family.code)
    assert crm.get(ONE).json()["closed_at"] == "2026-11-20T09:00:00Z"
    assert len(crm.get("opportunities").json()["results"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"opened_at": "2026-11-01T09:00:00Z"}, "required"),
        ({"account": "001A"}, "required"),
        (opportunity(account="nobody"), "unknown_reference"),
        (opportunity(family="nothing"), "unknown_reference"),
        (opportunity(closed_at="2026-10-01T09:00:00Z"), "date_order"),
    ],
)
def test_what_an_opportunity_cannot_be(crm: Integrator, body: dict[str, Any], code: str) -> None:
    make_account(source_system="salesforce", external_id="001A")
    answer = crm.put(ONE, body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] == code
    assert not Opportunity.objects.exists()


def test_a_named_account_is_put_on_a_list_and_taken_off(crm: Integrator) -> None:
    account = make_account(source_system="salesforce", external_id="001A")
    NamedAccountList.objects.create(code="global", name="Global 50", policy="block")
    key = {"account": str(account.public_id), "list": "global", "from": "2026-01-01"}
    made = crm.post("named-accounts", {**key, "owner_email": "k@v.example"})
    stored = NamedAccount.objects.get()
    assert (made.status_code, made.json()) == (
        201,
        {
            "id": str(stored.public_id),
            "account": str(account.public_id),
            "list": "global",
            "from": "2026-01-01",
            "until": None,
            "policy": "block",
            "owner_email": "k@v.example",
        },
    )
    assert crm.post("named-accounts", key).status_code == 200
    assert crm.post("named-accounts", {**key, "until": "2026-06-01"}).json()["until"] == "2026-06-01"
    assert NamedAccount.objects.get().owner_email == "k@v.example"
    overlap = crm.post("named-accounts", {**key, "from": "2026-02-01"})
    assert (overlap.status_code, overlap.json()["code"]) == (409, "named_account_no_overlap")
    both = crm.post("named-accounts", {**key, "policy": "review"})
    assert both.json()["code"] == "one_policy"
    assert crm.get(f"named-accounts/{stored.public_id}").json()["policy"] == "block"


def test_the_settings_are_read_by_version_and_in_force(crm: Integrator, cast: Cast) -> None:
    delivered = crm.get("rules-of-engagement/in-force").json()
    assert (delivered["version"], delivered["settings"]["cool_off_days"]) == (0, 30)
    now = timezone.now()
    plan_rules(
        settings={"cool_off_days": 9}, effective_from=None, reason="Why", actor=cast.actor("admin"),
        now=now - timedelta(seconds=1),
    )  # fmt: skip
    held = crm.get("rules-of-engagement/in-force").json()
    assert (held["version"], held["settings"]["cool_off_days"], held["reason"]) == (1, 9, "Why")
    assert crm.get("rules-of-engagement/1").json() == held
    assert [row["version"] for row in crm.get("rules-of-engagement").json()["results"]] == [1]
    assert [crm.get(f"rules-of-engagement/{name}").status_code for name in ("2", "x", "9" * 12)] == [404] * 3


def test_a_partner_reads_its_sentence_and_nothing_behind_it(cast: Cast) -> None:
    make_opportunity(make_account(domain="pursued.fi"), external_id="006-42", stage="Commit", seller_name="Sam")
    made = submit_registration(deal=a_deal("pursued.fi"), actor=cast.actor("seller"), now=timezone.now())
    ours, theirs = integrator(partner=cast.partner), integrator()
    answer = ours.get(f"registrations/{made.public_id}")
    assert answer.json()["findings"] == [
        {
            "text": "A person looks at this request before it is decided, and may offer to sell together with you.",
            "at": answer.json()["findings"][0]["at"],
        }
    ]
    assert "006-42" not in answer.content.decode()
    (inside,) = theirs.get(f"registrations/{made.public_id}").json()["findings"]
    assert (inside["code"], inside["severity"], inside["evidence"]["record"]) == (
        "direct_opportunity",
        "review",
        "006-42",
    )
    for path in ("opportunities", "named-accounts", "rules-of-engagement", "rules-of-engagement/in-force"):
        assert ours.get(path).status_code == 403


def test_agreements_and_certifications_make_a_partner_eligible(crm: Integrator, cast: Cast) -> None:
    family = make_family()
    FamilyRequirement.objects.create(family=family, kind="agreement", name="Addendum")
    FamilyRequirement.objects.create(family=family, kind="certification", name="Pro")
    signed = {"partner": cast.partner.code, "agreement": "Addendum", "from": "2026-01-01"}
    made = crm.post("agreements", {**signed, "signed_by": "Ada"})
    assert (made.status_code, made.json()) == (
        201,
        {**signed, "until": None, "text_version": "", "signed_by": "Ada"},
    )
    assert crm.post("agreements", signed).status_code == 200
    passed = {"person_email": cast.seller.email, "certification": "Pro"}
    assert crm.post("certifications", passed).json() == {**passed, "from": None, "until": None}
    first = submit_registration(deal=a_deal("one.fi"), actor=cast.actor("seller"), now=timezone.now())
    assert first.status == "submitted"
    assert crm.post("certifications", {**passed, "until": "2026-06-01"}).status_code == 200
    second = submit_registration(
        deal=a_deal("two.fi", company="Toinen Oy"), actor=cast.actor("seller"), now=timezone.now()
    )
    assert (second.status, [f.code for f in second.findings.all()]) == ("rejected", ["eligibility"])
    assert crm.post("agreements", {**signed, "partner": "nobody"}).json()["code"] == "unknown_reference"
    assert crm.post("agreements", {**signed, "until": "2025-01-01"}).status_code == 400
    ours, theirs = integrator(partner=cast.partner), integrator(partner=cast.rival)
    assert len(ours.get("agreements").json()["results"]) == 1
    assert theirs.get("agreements").json()["results"] == theirs.get("certifications").json()["results"] == []
    assert ours.post("agreements", signed).status_code == 403
