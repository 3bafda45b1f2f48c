"""Timeline, joint plans and business reviews at the API: the same services, for a system and for a partner's key."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from partners.models import Certification, JointAction, PlanVersion
from partners.queries.plans import targets_of
from partners.services import record_activity
from prm.months import add_months
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.factories.plans import NOW, make_agreed, make_draft, make_held

pytestmark = pytest.mark.django_db
YEAR = timezone.now().date().replace(month=1, day=1)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def results(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_the_timeline_is_read_and_a_partner_reads_its_own(cast: Cast) -> None:
    record_activity(
        partner_id=cast.partner.pk, kind="review_held", at=NOW, object_name="Seminars", user_id=cast.manager.pk
    )
    record_activity(partner_id=cast.rival.pk, kind="signed_in", at=NOW)
    system, own = integrator(), integrator(partner=cast.partner)
    held = {
        "partner": "northwind", "kind": "review_held", "occurred_at": "2026-11-25T10:00:00Z", "object": "Seminars",
        "person_email": "anna@vendor.example", "qualifying": True,
    }  # fmt: skip
    found = results(system.get("activities"))
    assert found[0] == held
    assert [(row["partner"], row["qualifying"]) for row in found] == [("northwind", True), ("contoso", False)]
    assert results(own.get("activities")) == [held]
    assert results(system.get("activities?partner=contoso&kind=review_held")) == []
    assert results(system.get("activities?occurred_before=2026-11-25T10:00:00Z")) == []
    assert len(results(system.get("activities?occurred_from=2026-11-25T10:00:00Z"))) == 2
    assert integrator(scopes=("partners:read",)).get("activities").status_code == 403


def test_a_system_drafts_and_proposes(cast: Cast) -> None:
    system = integrator()
    made = system.post("joint-plans", {"partner": "northwind", "valid_from": f"{YEAR}"})
    assert made.status_code == 201
    plan = made.json()
    assert (plan["number"], plan["status"], plan["version"], made["ETag"]) == (1, "draft", 1, '"v1"')
    assert (plan["valid_from"], plan["valid_until"]) == (f"{YEAR}", f"{add_months(YEAR, 12)}")
    path = f"joint-plans/{plan['id']}"
    body = {
        "aims": "Grow",
        "targets": [{"figure": "certified_people", "quarter": 4, "target": "3"}],
        "actions": [{"what": "Train", "side": "partner", "owner": "Sanna", "due_on": f"{YEAR}"}],
    }
    assert system.put(path, body, If_Match='"v7"').status_code == 412
    written = system.put(path, body, If_Match='"v1"').json()
    assert written["targets"] == [{"figure": "certified_people", "quarter": 4, "target": "3"}]
    assert written["actions"] == [{**body["actions"][0], "action": None}]  # type: ignore[dict-item]
    assert system.post(f"{path}/propose").json()["status"] == "proposed"
    assert targets_of(PlanVersion.objects.get()) == {("certified_people", 4): Decimal(3)}
    twice = {"targets": [{"figure": "nrr", "quarter": 1, "target": "1"}] * 2}
    assert system.put(path, twice).json()["code"] == "plan_target_key"
    assert system.put(path, {"targets": [{"figure": "activity_rate", "quarter": 1, "target": "1"}]}).status_code == 400
    assert system.post(f"{path}/agree").status_code == 404, "a person agrees"
    assert system.post(f"{path}/discard").status_code == 204
    assert results(system.get("joint-plans")) == []


def test_what_was_agreed_is_changed_by_a_version(cast: Cast) -> None:
    Certification.objects.create(user=cast.owner, certification="Pro", valid_from=date(2020, 1, 1))
    last_year = YEAR.replace(year=YEAR.year - 1)
    first, system = make_agreed(cast, begins_on=last_year), integrator()
    path = f"joint-plans/{first.public_id}"
    refused = system.put(path, {"aims": "Else"})
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert [(row["quarter"], row["target"], row["actual"], row["standing"]) for row in
            results(system.get(f"{path}/standings"))] == [
        (1, "1", "1", "met"), (2, "2", "1", "missed"), (3, "2", "1", "missed"), (4, "3", "1", "missed"),
    ]  # fmt: skip
    second = system.post(f"{path}/change").json()
    assert (second["number"], second["status"], second["plan"]) == (2, "draft", str(first.plan.public_id))
    assert [row["number"] for row in results(system.get(f"joint-plans?plan={second['plan']}"))] == [1, 2]
    assert [row["number"] for row in results(system.get("joint-plans?status=agreed"))] == [1]


def test_a_partners_key_reads_its_own_and_marks_its_side(cast: Cast) -> None:
    agreed = make_agreed(cast)
    theirs_draft = make_draft(cast, cast.rival)
    own = integrator(partner=cast.partner)
    assert [row["id"] for row in results(own.get("joint-plans"))] == [str(agreed.public_id)]
    assert own.get(f"joint-plans/{theirs_draft.public_id}").status_code == 404
    assert results(integrator(partner=cast.rival).get("joint-plans")) == []
    assert own.post("joint-plans", {"partner": "northwind", "valid_from": "2030-01-01"}).status_code == 403
    theirs, ours = JointAction.objects.order_by("pk")
    assert own.post(f"joint-actions/{theirs.public_id}/done").json()["done_on"] == f"{timezone.now().date()}"
    assert own.post(f"joint-actions/{ours.public_id}/done").status_code == 403
    assert own.post(f"joint-actions/{theirs.public_id}/reopen").json()["done_on"] is None
    listed = results(own.get("joint-actions?side=partner"))
    assert [(row["what"], row["plan"], row["review"]) for row in listed] == [
        ("Train two engineers", str(agreed.plan.public_id), None)
    ]
    reader = integrator(scopes=("joint-plans:read",))
    assert reader.post(f"joint-actions/{theirs.public_id}/done").status_code == 403


def test_a_review_is_prepared_shared_and_held(cast: Cast) -> None:
    Certification.objects.create(user=cast.owner, certification="Pro", valid_from=date(2026, 10, 1))
    make_held(cast, day=date(2026, 9, 1))
    system, own = integrator(), integrator(partner=cast.partner)
    today = timezone.now().date()
    made = system.post("business-reviews", {"partner": "northwind", "day": f"{today}", "agenda": "Backup"})
    path = f"business-reviews/{made.json()['id']}"
    assert (made.status_code, made.json()["held_at"]) == (201, None)
    assert own.get(path).status_code == 404
    assert system.post(f"{path}/share").json()["shared_at"] is not None
    assert own.get(path).json()["agenda"] == "Backup"
    figures = system.get(f"{path}/figures").json()
    assert (figures["as_of"], figures["since"]) == (f"{today}", "2026-09-01")
    certified = next(row for row in figures["results"] if row["figure"] == "certified_people")
    assert certified == {
        "figure": "certified_people", "unit": "count", "value": "1", "n": 1, "currency": "", "before": "0",
        "undefined": "",
    }  # fmt: skip
    action = {"what": "Train", "side": "vendor", "owner": "Anna", "due_on": "2030-01-01"}
    held = system.post(f"{path}/hold", {"summary": "Two seminars", "actions": [action]})
    assert datetime.fromisoformat(held.json()["held_at"]).date() == today
    assert held.json()["summary"] == "Two seminars"
    assert JointAction.objects.get().review_id is not None
    assert system.post(f"{path}/hold", {"summary": "Again"}).json()["code"] == "stale"
    assert len(results(own.get("business-reviews"))) == 2
    assert results(integrator(partner=cast.rival).get("business-reviews")) == []
    assert own.post(f"{path}/hold", {"summary": "Mine"}).status_code == 403
