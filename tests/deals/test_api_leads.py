"""`/leads` and `/co-sell-awards`: the same services as the pages, for systems and for a partner's key."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from deals.models import Lead, Registration
from deals.services.awards import name_seller, set_award_terms
from deals.services.winning import Sale, win_registration
from prm.actors import OPERATOR
from tests.api import Integrator, integrator
from tests.cast import Cast, assemble
from tests.factories.deals import make_account, make_family, make_product, make_registration
from tests.factories.leads import make_lead

pytestmark = pytest.mark.django_db

ONE = "leads/by-external-id/web/l-1"
NEW: dict[str, Any] = {"family": "security", "website": "kivi.fi", "company": "Kivi Oy", "country": "FI"}


@pytest.fixture
def cast() -> Cast:
    make_family()
    return assemble()


@pytest.fixture
def crm(cast: Cast) -> Integrator:
    assert cast.partner.pk
    return integrator()


def test_a_lead_comes_in_once_is_offered_and_can_be_completed(crm: Integrator) -> None:
    made = crm.put(ONE, NEW | {"contact": "Aino", "expected_mrr": "500", "currency": "EUR"})
    assert (made.status_code, made.json()["status"], made.json()["partner"]) == (201, "offered", "northwind")
    again = crm.put(ONE, NEW | {"contact": "Aino"})
    assert (again.status_code, again.json()["version"]) == (200, made.json()["version"])
    changed = crm.put(ONE, {"note": "Wants a demo"})
    assert (changed.json()["note"], changed.json()["version"]) == ("Wants a demo", made.json()["version"] + 1)
    assert Lead.objects.count() == 1
    assert crm.get(f"leads/{made.json()['id']}").json()["due_at"] is not None
    assert crm.put(ONE, {"partner": "contoso"}).json()["partner"] == "northwind"
    nobody = crm.put("leads/by-external-id/web/l-2", {"family": "security"})
    assert (nobody.status_code, nobody.json()["code"]) == (400, "required")


def test_a_partners_key_answers_and_registers_its_own_lead(cast: Cast, crm: Integrator) -> None:
    made = crm.post("leads", NEW | {"contact": "Aino", "manager_email": "ann@vendor.example"})
    assert made.status_code == 201
    partner, rival = integrator(partner=cast.partner), integrator(partner=cast.rival)
    path = f"leads/{made.json()['id']}"
    seen = partner.get(path).json()
    assert (seen["company"], seen["contact"], seen["status"]) == ("Kivi Oy", "", "offered")
    assert not {"manager_email", "source_system", "reason", "account"} & seen.keys()
    assert rival.get(path).status_code == 404
    assert rival.post(f"{path}/accept").status_code == 404
    assert partner.post(f"{path}/offer").status_code == 403
    accepted = partner.post(f"{path}/accept").json()
    assert (accepted["status"], accepted["contact"]) == ("accepted", "Aino")
    done = partner.post(f"{path}/convert").json()
    row = Registration.objects.get()
    assert (done["status"], done["registration"], row.status) == ("converted", str(row.public_id), "approved")


def test_a_partners_no_takes_the_lead_away_from_it(cast: Cast, crm: Integrator) -> None:
    made = crm.post("leads", NEW)
    path = f"leads/{made.json()['id']}"
    partner = integrator(partner=cast.partner)
    assert partner.post(f"{path}/decline", {}).status_code == 400
    gone = partner.post(f"{path}/decline", {"reason": "No capacity"})
    assert (gone.status_code, gone.json()["status"]) == (200, "declined")
    assert partner.get(path).status_code == 404
    assert crm.get(path).json()["partner"] == "contoso"


def test_a_system_takes_back_hands_over_and_closes(cast: Cast, crm: Integrator) -> None:
    lead = make_lead(cast.partner, account=make_account("Kivi Oy"), now=timezone.now())
    path = f"leads/{lead.public_id}"
    assert crm.post(f"{path}/take-back", {"reason": "Mistake"}).json()["status"] == "returned"
    given = crm.post(f"{path}/hand-over", {"partner": "contoso"}).json()
    assert (given["status"], given["partner"]) == ("offered", "contoso")
    wrong = crm.post(f"{path}/offer")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_state")
    assert crm.post(f"{path}/close", {"reason": "Bankrupt"}).json()["status"] == "closed"
    listed = crm.get("leads?status=closed").json()
    assert [row["id"] for row in listed["results"]] == [str(lead.public_id)]


def test_payrolls_system_makes_the_file_and_reads_it(cast: Cast, crm: Integrator) -> None:
    now = timezone.now()
    registration = make_registration(cast.partner, account=make_account("Kivi Oy"), status="approved")
    set_award_terms(
        family=None, basis="percent", value=10, currency="", valid_from=now.date(), actor=OPERATOR, now=now  # type: ignore[arg-type]
    )  # fmt: skip
    name_seller(registration_id=registration.pk, name="I", email="i@v.example", actor=OPERATOR, now=now, version=None)
    sale = Sale(make_product(), 480, "EUR", now.date())  # type: ignore[arg-type]
    win_registration(registration_id=registration.pk, actor=OPERATOR, now=now, version=None, sale=sale)
    made = crm.post("co-sell-award-exports")
    assert (made.status_code, made.json()["number"], made.json()["count"]) == (201, 1, 1)
    again = crm.post("co-sell-award-exports")
    assert again.json()["code"] == "nothing_to_export"
    rows = crm.get("co-sell-awards?export=1").json()["results"]
    assert [(row["seller_email"], row["amount"], row["currency"]) for row in rows] == [("i@v.example", "48.00", "EUR")]
    assert [row["number"] for row in crm.get("co-sell-award-exports").json()["results"]] == [1]
    partner = integrator(partner=cast.partner)
    assert partner.get("co-sell-awards").status_code == 403
    assert partner.post("co-sell-award-exports").status_code == 403
