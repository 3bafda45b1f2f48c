"""Systems write commission through the API by the services of the console; people alone approve and pay."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from commissions.models import Adjustment, Plan, Rule, Run, RunStatus, StandingDifference
from commissions.services.runs import approve_run, calculate_run
from commissions.tasks import calculate
from partners.services.api_keys import create_api_key, revoke_api_key
from prm.actors import OPERATOR
from prm.errors import DomainError
from prm.models import AuditEvent
from tests.api import Integrator, integrator
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import NOW, install, run_months, story
from tests.factories.commissions import make_payout, make_product, make_run, make_subscription
from tests.factories.partners import make_partner, make_tier

pytestmark = pytest.mark.django_db

MARCH = date(2026, 3, 1)


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


@pytest.fixture
def system(cast: Cast) -> Integrator:
    return integrator()


@pytest.fixture
def partner(cast: Cast) -> Integrator:
    return integrator(partner=cast.partner)


def problem(answer: Any) -> tuple[int, str, str]:
    """Return status, code and what a refusal is about."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    pointers = [error.get("pointer", error.get("parameter", "")) for error in body.get("errors", [])]
    return answer.status_code, body["code"], ",".join(pointers)


# Runs -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Any) -> Any:
    """Carry out what a request leaves for after its commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_system_has_a_month_calculated_and_asks_how_far_it_is(
    cast: Cast, system: Integrator, committing: Any
) -> None:
    install(cast)
    with committing() as left:
        made = system.post("commission-runs", {"period": "2026-01"})

    run = made.json()
    assert (made.status_code, run["number"], run["period"], run["status"]) == (202, 1, "2026-01", "draft")
    assert made.headers["Location"] == f"/api/v1/commission-runs/{run['id']}"
    assert len(left) == 1

    assert system.key is not None
    calculate(number=1, period="2026-01-01", key_id=system.key.pk)
    done = system.get(f"commission-runs/{run['id']}").json()
    assert (done["status"], done["calculated_by"]) == ("calculated", f"test ({system.key.prefix})")


def test_asking_twice_is_one_run(cast: Cast, system: Integrator, committing: Any) -> None:
    install(cast)
    with committing():
        first = system.post("commission-runs", {"period": "2026-01"}).json()
        second = system.post("commission-runs", {"period": "2026-01"}).json()
    assert first["id"] == second["id"]
    assert Run.objects.count() == 1


def test_a_key_that_was_revoked_meanwhile_calculates_nothing(cast: Cast, system: Integrator, committing: Any) -> None:
    install(cast)
    with committing():
        system.post("commission-runs", {"period": "2026-01"})
    assert system.key is not None
    revoke_api_key(actor=OPERATOR, now=NOW, key=system.key)
    calculate(number=1, period="2026-01-01", key_id=system.key.pk)
    assert Run.objects.get().status == RunStatus.DRAFT


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "invalid", "/period")),
        ({"period": "2026-13"}, (400, "invalid", "/period")),
        ({"period": "9999-12"}, (400, "bad_month", "/period")),
        ({"period": "2025-12"}, (409, "month_closed", "")),
        ({"period": "2026-02", "approve": True}, (400, "invalid", "/approve")),
    ],
)
def test_a_month_that_cannot_be_calculated_is_a_problem(
    cast: Cast, system: Integrator, body: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    install(cast)
    run_months(date(2026, 1, 1))
    assert problem(system.post("commission-runs", body)) == expected


def test_nobody_approves_through_the_api(cast: Cast, system: Integrator) -> None:
    install(cast)
    run = calculate_run(period=date(2026, 1, 1), actor=OPERATOR, now=NOW)
    assert system.post(f"commission-runs/{run.public_id}/approve").status_code == 404
    assert system.post(f"commission-runs/{run.public_id}").status_code == 405


# Four eyes over keys --------------------------------------------------------------------------------------------------


def test_a_key_is_no_second_pair_of_eyes_for_who_made_it(cast: Cast) -> None:
    install(cast)
    cast.finance_person.roles = ["finance", "admin"]
    cast.finance_person.save()
    maker = cast.actor("finance_person")
    key, text = create_api_key(actor=maker, now=NOW, name="books", partner=None, scopes=("*",))
    mine = Integrator(text, key)
    run = Run.objects.create(number=1, period=date(2026, 1, 1), created_at=NOW)
    calculate(number=1, period="2026-01-01", key_id=key.pk)
    run.refresh_from_db()

    with pytest.raises(DomainError, match="You calculated this run"):
        approve_run(run=run, actor=maker, now=NOW)

    run = calculate_run(period=date(2026, 1, 1), actor=cast.actor("manager"), now=NOW)
    adjusted = mine.post("adjustments", {"partner": "northwind", "currency": "EUR", "amount": "5", "reason": "x"})
    assert adjusted.status_code == 201
    run = calculate_run(period=date(2026, 1, 1), actor=cast.actor("manager"), now=NOW)
    with pytest.raises(DomainError, match="You changed rules, credits or adjustments"):
        approve_run(run=run, actor=maker, now=NOW + timedelta(days=1))
    assert approve_run(run=run, actor=OPERATOR, now=NOW).status == RunStatus.APPROVED


# Adjustments ----------------------------------------------------------------------------------------------------------


def test_an_adjustment_is_entered_read_and_withdrawn(cast: Cast, system: Integrator, partner: Integrator) -> None:
    subscription = make_subscription(cast.partner)
    body = {
        "partner": "northwind",
        "currency": "EUR",
        "amount": "-12.50",
        "reason": "Double payment of May",
        "settles": True,
        "subscription": str(subscription.public_id),
        "kind": "recurring",
        "earned_period": "2026-03",
    }

    made = system.post("adjustments", body)

    shown = made.json()
    assert made.status_code == 201
    assert {name: shown[name] for name in body} == body
    assert (shown["run"], shown["withdrawn_at"], shown["created_by"].split()[0]) == (None, None, "test")
    assert made.headers["Location"] == f"/api/v1/adjustments/{shown['id']}"
    assert system.get(f"adjustments/{shown['id']}").json() == shown
    assert partner.get("adjustments").json()["results"] == []
    assert AuditEvent.objects.get(action="adjustment.added").channel == "api"

    taken_back = system.post(f"adjustments/{shown['id']}/withdraw")
    assert (taken_back.status_code, taken_back.json()["withdrawn_at"] is not None) == (200, True)
    assert problem(system.post(f"adjustments/{shown['id']}/withdraw")) == (412, "stale", "")


def test_an_adjustment_is_entered_once_for_its_idempotency_key(system: Integrator) -> None:
    body = {"partner": "northwind", "currency": "EUR", "amount": "5", "reason": "Goodwill"}
    first = system.post("adjustments", body, idempotency_key="k-1")
    second = system.post("adjustments", body, idempotency_key="k-1")
    assert first.json() == second.json()
    assert Adjustment.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"amount": "0"}, (400, "adjustment_not_zero", "/amount")),
        ({"amount": "0.001"}, (400, "amount_unfit", "/amount")),
        ({"currency": "XXQ"}, (400, "invalid", "/currency")),
        ({"partner": "nobody"}, (400, "unknown_reference", "/partner")),
        ({"reason": " "}, (400, "invalid", "/reason")),
        ({"settles": True}, (400, "adjustment_settles_a_key", "/kind")),
        ({"subscription": "nothing"}, (400, "unknown_reference", "/subscription")),
        ({"kind": "gift"}, (400, "invalid", "/kind")),
        ({"ammount": "1"}, (400, "invalid", "/ammount")),
    ],
)
def test_a_wrong_adjustment_is_a_problem_at_its_member(
    system: Integrator, changed: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    body = {"partner": "northwind", "currency": "EUR", "amount": "5", "reason": "Goodwill"} | changed
    assert problem(system.post("adjustments", body)) == expected
    assert not Adjustment.objects.exists()


def test_a_partner_reads_its_own_approved_adjustments_without_who_entered_them(
    cast: Cast, system: Integrator, partner: Integrator
) -> None:
    run = make_run(MARCH, status="calculated")
    for owner in (cast.partner, cast.rival):
        Adjustment.objects.create(
            partner=owner,
            currency="EUR",
            amount=Decimal(7),
            reason="Fair",
            created_at=NOW,
            created_label="Anna",
            run=run,
        )
    Run.objects.update(status=RunStatus.APPROVED)

    (row,) = partner.get("adjustments").json()["results"]

    assert (row["partner"], row["amount"], row["reason"], row["run"]) == ("northwind", "7.00", "Fair", 1)
    assert "created_by" not in row
    assert problem(partner.post("adjustments", {})) == (403, "insufficient_scope", "")
    assert len(system.get("adjustments?run=1").json()["results"]) == 2
    assert len(system.get("adjustments?partner=contoso").json()["results"]) == 1


def test_open_items_are_read_by_systems(cast: Cast, system: Integrator, partner: Integrator) -> None:
    run, subscription = make_run(MARCH), make_subscription(cast.partner)
    StandingDifference.objects.create(
        partner=cast.partner, subscription=subscription, kind="recurring", currency="EUR", earned_period=MARCH,
        entitlement=Decimal(124), posted=Decimal(62), first_seen_run=run, seen_run=run,
    )  # fmt: skip
    assert system.get("open-items?decision=").json()["results"] == [
        {
            "partner": "northwind",
            "subscription": str(subscription.public_id),
            "kind": "recurring",
            "currency": "EUR",
            "earned_period": "2026-03",
            "entitlement": "124.00",
            "posted": "62.00",
            "first_seen_run": 1,
            "decision": "",
            "decided_at": None,
            "decided_by": "",
            "reason": "",
        }
    ]
    assert system.get("open-items?decision=settled").json()["results"] == []
    assert partner.get("open-items").status_code == 403


# Plans and rules ------------------------------------------------------------------------------------------------------


def test_a_plan_is_made_and_its_terms_are_changed_with_a_reason(system: Integrator) -> None:
    made = system.post("plans", {"code": "standard", "name": "Standard", "clawback": "full", "default": True})
    plan = made.json()
    assert (made.status_code, plan["code"], plan["clawback"], plan["default"]) == (201, "standard", "full", True)
    assert made.headers["Location"] == "/api/v1/plans/standard"

    change = {"cap_per_subscription": "500", "clawback_days": 90, "reason": "New price list"}
    changed = system.put("plans/standard", change | {"terms": plan["terms"]})
    assert (changed.status_code, changed.json()["cap_per_subscription"]) == (200, "500.00")
    assert AuditEvent.objects.get(action="plan.changed").reason == "New price list"

    # What was read is not what stands any more.
    late = system.put("plans/standard", {"clawback_days": 60, "reason": "x", "terms": plan["terms"]})
    assert problem(late) == (412, "stale", "")
    assert problem(system.put("plans/standard", {"clawback_days": 60})) == (400, "invalid", "/reason")
    assert problem(system.put("plans/standard", change)) == (409, "nothing_changed", "")
    assert problem(system.put("plans/standard", {"default": False, "reason": "x"})) == (
        400,
        "default_needed",
        "/default",
    )
    assert problem(system.post("plans", {"code": "standard", "name": "Again"}))[:2] == (
        409,
        "commissions_plan_code_key",
    )
    assert system.put("plans/other", change).status_code == 404


@pytest.fixture
def plan() -> Plan:
    make_product("backup-s", family="backup")
    make_tier("gold")
    return Plan.objects.create(code="standard", name="Standard", is_default=True)


def test_a_rule_is_put_in_force_corrected_and_ended(system: Integrator, plan: Plan) -> None:
    body = {
        "plan": "standard",
        "kind": "recurring",
        "rate": "20",
        "tier": "gold",
        "age_until": 13,
        "from": "2026-01-01",
    }

    made = system.post("rules", body)
    rule = made.json()
    assert made.status_code == 201
    assert {name: rule[name] for name in body} == body
    assert made.headers["Location"] == f"/api/v1/rules/{rule['id']}"

    corrected = system.post(f"rules/{rule['id']}/correct", {"rate": "25", "tier": "", "reason": "Typing error"})
    version = corrected.json()
    assert (corrected.status_code, version["rate"], version["tier"]) == (201, "25", "")
    assert version["id"] != rule["id"]
    old = Rule.objects.get(public_id=rule["id"])
    assert (old.rate, old.retired_reason, Rule.objects.get(public_id=version["id"]).replaces_id) == (
        Decimal(20),
        "Typing error",
        old.pk,
    )
    # Only the version in force is there to be read or corrected.
    assert problem(system.post(f"rules/{rule['id']}/correct", {"rate": "30", "reason": "x"})) == (404, "not_found", "")

    too_early = system.post(f"rules/{version['id']}/end", {"on": "2025-12-31", "reason": "x"})
    assert problem(too_early) == (400, "end_before_begin", "/on")
    ended = system.post(f"rules/{version['id']}/end", {"on": "2026-07-01", "reason": "Price list ends"})
    assert (ended.status_code, ended.json()["until"]) == (201, "2026-07-01")
    assert [row["id"] for row in system.get("rules").json()["results"]] == [ended.json()["id"]]


def test_a_tie_is_a_problem_that_names_the_other_rule(system: Integrator, plan: Plan) -> None:
    body = {"plan": "standard", "kind": "recurring", "rate": "20", "product": "backup-s"}
    assert system.post("rules", body).status_code == 201

    tie = system.post("rules", body | {"rate": "5", "from": "2026-05-01"})

    assert problem(tie)[:2] == (409, "rule_no_tie")
    assert "backup-s" in tie.json()["detail"].lower()
    assert Rule.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"plan": "none"}, (400, "unknown_reference", "/plan")),
        ({"product": "none"}, (400, "unknown_reference", "/product")),
        ({"kind": "gift"}, (400, "invalid", "/kind")),
        ({"rate": None}, (409, "rule_rate_or_amount", "")),
        ({"age_from": 5, "age_until": 5}, (400, "rule_ages_in_order", "/age_until")),
        ({"age_from": 5, "age_until": 4}, (400, "rule_ages_in_order", "/age_until")),
        ({"from": "2026-05-02", "until": "2026-05-01"}, (400, "rule_dates_in_order", "/until")),
        ({"rate": "-1"}, (409, "rule_rate_sane", "")),
        ({"threshold": "5"}, (409, "rule_threshold_only_accelerator", "")),
        ({"rates": "5"}, (400, "invalid", "/rates")),
    ],
)
def test_a_wrong_rule_is_a_problem(
    system: Integrator, plan: Plan, changed: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    body = {"plan": "standard", "kind": "recurring", "rate": "20"} | changed
    assert problem(system.post("rules", body)) == expected
    assert not Rule.objects.exists()


@pytest.mark.parametrize("path", ["commission-runs", "adjustments", "plans", "rules"])
def test_a_key_that_only_reads_writes_nothing(cast: Cast, path: str) -> None:
    reader = integrator(scopes=("*:read",))
    assert reader.get(path).status_code == 200
    assert problem(reader.post(path, {})) == (403, "insufficient_scope", "")


# Payouts and books ----------------------------------------------------------------------------------------------------


def test_payouts_are_read_by_systems_and_each_partner_reads_its_own(
    cast: Cast, system: Integrator, partner: Integrator
) -> None:
    mine, theirs = make_payout(cast.partner, withheld="15"), make_payout(cast.rival)

    assert [row["number"] for row in system.get("payouts").json()["results"]] == ["P-000001", "P-000002"]
    (row,) = partner.get("payouts").json()["results"]
    assert row == {
        "id": str(mine.public_id),
        "number": "P-000001",
        "as_of": "2026-04-05",
        "partner": "northwind",
        "currency": "EUR",
        "gross": "100.00",
        "withholding_rate": "15.000",
        "withheld": "15.00",
        "net": "85.00",
        "status": "prepared",
        "reason": "",
        "submitted_at": None,
        "paid_at": None,
        "closed_at": None,
    }
    assert partner.get(f"payouts/{mine.public_id}").json() == row
    assert problem(partner.get(f"payouts/{theirs.public_id}")) == (404, "not_found", "")
    assert problem(partner.get("payouts?batch=1")) == (400, "invalid_parameter", "batch")
    assert [row["batch"] for row in system.get("payouts?partner=contoso&status=prepared").json()["results"]] == [2]


def test_a_batch_says_how_many_payouts_are_in_which_state(cast: Cast, system: Integrator, partner: Integrator) -> None:
    batch = make_payout(cast.partner).batch
    (row,) = system.get("payout-batches?as_of=2026-04-05").json()["results"]
    assert (row["number"], row["payouts"], row["prepared"], row["paid"], row["carried_forward"]) == (1, 1, 1, 0, 0)
    assert system.get(f"payout-batches/{batch.public_id}").json() == row
    assert partner.get("payout-batches").status_code == 403


@pytest.mark.parametrize("path", ["payouts", "payout-batches"])
def test_nobody_pays_through_the_api(system: Integrator, path: str) -> None:
    assert problem(system.post(path, {})) == (405, "method_not_allowed", "")


def test_the_books_are_the_commands_csv(cast: Cast, system: Integrator, partner: Integrator) -> None:
    story(cast)
    answer = system.get("accounting-export?period=2026-01", accept="text/csv")
    lines = answer.content.decode().splitlines()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert lines[0].startswith("run,posted_period,statement,partner,subscription,contract_start")
    run = Run.objects.get(period=date(2026, 1, 1))
    assert len(lines) == 1 + 2 * run.entry_count
    assert system.get(f"accounting-export?run={run.number}", accept="text/csv").content == answer.content
    assert problem(system.get("accounting-export")) == (400, "invalid_parameter", "period")
    assert problem(system.get("accounting-export?run=x")) == (400, "invalid_parameter", "run")
    assert partner.get("accounting-export?run=1").status_code == 403


@pytest.mark.parametrize("rows", [2, 12])
@pytest.mark.parametrize(
    ("resource", "queries"), [("adjustments", 2), ("open-items", 2), ("payouts", 2), ("payout-batches", 2)]
)
def test_lists_cost_the_same_whatever_their_size(
    cast: Cast, system: Integrator, resource: str, queries: int, rows: int, django_assert_num_queries: Any
) -> None:
    before, run = make_run(date(2026, 2, 1)), make_run(MARCH, status="calculated")
    for number in range(rows):
        owner = make_partner(f"p-{number}")
        Adjustment.objects.create(
            partner=owner, currency="EUR", amount=1, reason="x", created_at=NOW, run=run if number else None
        )
        StandingDifference.objects.create(
            partner=owner, subscription=make_subscription(owner), kind="recurring", currency="EUR",
            earned_period=MARCH, entitlement=2, posted=1, first_seen_run=before, seen_run=before,
        )  # fmt: skip
        make_payout(owner)
    system.get(resource)
    with django_assert_num_queries(queries):
        assert len(system.get(f"{resource}?limit=200").json()["results"]) == rows
