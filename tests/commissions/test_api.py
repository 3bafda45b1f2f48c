"""Commission through the API: partners read their own entries and statements, systems everything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from commissions.models import Plan, Rule, Run, Statement
from commissions.services.plans import version_of_terms
from tests.api import Integrator, integrator
from tests.cast import Cast, assemble
from tests.commissions.test_portal_earnings import JANUARY, story
from tests.factories.commissions import EntryRow, make_run, make_statement, make_subscription, working_of

MARCH = date(2026, 3, 1)


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def system(cast: Cast) -> Integrator:
    return integrator()


@pytest.fixture
def partner(cast: Cast) -> Integrator:
    return integrator(partner=cast.partner)


def test_an_entry_reads_as_in_the_export_and_explains_itself(cast: Cast, system: Integrator) -> None:
    story(cast)

    page = system.get("commission-entries?partner=northwind&period=2026-01&kind=recurring").json()

    (entry,) = page["results"]
    subscription = entry.pop("subscription")
    assert entry.pop("rule").count("/") == 9
    assert entry == {
        "run": 1,
        "posted_period": "2026-01",
        "earned_period": "2026-01",
        "partner": "northwind",
        "kind": "recurring",
        "currency": "EUR",
        "amount": "8.52",
        "true_up": False,
        "explanation": "20 % × 60 % × 100.00 × 22/31 = 8.52 EUR; "
        "Silver rate of 20 % in customer month 1, times your share (Sourced).",
    }
    assert system.get(f"subscriptions/{subscription}").status_code == 200


def test_entries_page_through_runs_in_order(cast: Cast, system: Integrator) -> None:
    subscription = make_subscription(cast.partner)
    for month in (1, 2, 3):
        rows = [
            EntryRow(partner=cast.partner, subscription=subscription, kind=kind, entitlement="10")
            for kind in ("recurring", "upfront")
        ]
        make_run(date(2026, month, 1), rows)

    seen, cursor = [], ""
    while cursor is not None:
        page = system.get(f"commission-entries?limit=1{f'&cursor={cursor}' if cursor else ''}").json()
        seen += [(row["run"], row["kind"]) for row in page["results"]]
        cursor = page["next"]

    assert seen == [(run, kind) for run in (1, 2, 3) for kind in ("recurring", "upfront")]


def test_what_is_only_calculated_shows_where_its_run_is_named(
    cast: Cast, system: Integrator, partner: Integrator
) -> None:
    rows = [EntryRow(partner=cast.partner, subscription=make_subscription(cast.partner), entitlement="10")]
    make_run(MARCH, rows, status="calculated")

    assert system.get("commission-entries").json()["results"] == []
    assert len(system.get("commission-entries?run=1").json()["results"]) == 1
    assert partner.get("commission-entries?run=1").json()["results"] == []


def test_a_partner_reads_its_own_without_rule_or_sub_partners_subscription(cast: Cast, partner: Integrator) -> None:
    theirs, below = make_subscription(cast.partner), make_subscription(cast.rival)
    make_run(
        MARCH,
        [
            EntryRow(
                partner=cast.partner, subscription=theirs, entitlement="10", working=working_of(("100", "100", 31))
            ),
            EntryRow(partner=cast.partner, subscription=below, entitlement="3", kind="override"),
            EntryRow(partner=cast.rival, subscription=below, entitlement="30"),
        ],
    )

    rows = partner.get("commission-entries").json()["results"]

    assert [(row["kind"], row["subscription"], row["amount"]) for row in rows] == [
        ("recurring", str(theirs.public_id), "10.00"),
        ("override", None, "3.00"),
    ]
    assert {"rule", "id"}.isdisjoint(rows[0])
    assert partner.get("commission-entries?partner=contoso").json()["results"] == []
    assert partner.get(f"commission-entries?subscription={below.public_id}").status_code == 400


def test_statements_add_up_and_their_file_is_the_pages(cast: Cast, system: Integrator, partner: Integrator) -> None:
    story(cast)
    statement = Statement.objects.get(partner=cast.partner, run__period=JANUARY)

    listed = partner.get("statements?period=2026-01").json()["results"]
    file = partner.get(f"statements/{statement.public_id}/csv", accept="text/csv")
    page = cast.signed_in("finance").get(f"/portal/statements/{statement.number}/csv/")

    assert listed == [
        {
            "id": str(statement.public_id),
            "number": statement.number,
            "run": 1,
            "period": "2026-01",
            "partner": "northwind",
            "currency": "EUR",
            "opening": "0.00",
            "earned": "68.52",
            "true_up": "0.00",
            "adjustments": "0.00",
            "paid": "0.00",
            "closing": "68.52",
            "entries": 2,
            "issued_at": statement.issued_at.isoformat().replace("+00:00", "Z"),
        }
    ]
    assert partner.get(f"statements/{statement.public_id}").json() == listed[0]
    assert (file.status_code, file.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert file.headers["Content-Disposition"] == f'attachment; filename="{statement.number}.csv"'
    assert file.content == page.content
    assert system.get(f"statements/{statement.public_id}/csv").content == page.content


def test_a_rivals_money_is_not_there(cast: Cast, partner: Integrator) -> None:
    run = make_run(MARCH, [EntryRow(partner=cast.rival, subscription=make_subscription(cast.rival), entitlement="10")])
    theirs = make_statement(run, cast.rival)

    assert partner.get("statements").json()["results"] == []
    for hidden in (f"statements/{theirs.public_id}", f"statements/{theirs.public_id}/csv"):
        answer = partner.get(hidden)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    as_csv = partner.get(f"statements/{theirs.public_id}/csv", accept="text/csv")
    assert (as_csv.status_code, as_csv.headers["Content-Type"]) == (404, "application/problem+json")
    for internal in ("commission-runs", f"commission-runs/{run.public_id}", "plans", "rules"):
        assert partner.get(internal).status_code == 403


def test_a_terminated_partner_reads_statements_alone(cast: Cast) -> None:
    run = make_run(
        MARCH, [EntryRow(partner=cast.former, subscription=make_subscription(cast.former), entitlement="10")]
    )
    make_statement(run, cast.former)
    former = integrator(partner=cast.former)

    assert len(former.get("statements").json()["results"]) == 1
    for other in ("commission-entries", "registrations", "accounts", "partners"):
        assert former.get(other).status_code == 403


def test_runs_show_totals_by_currency(cast: Cast, system: Integrator) -> None:
    first, second = make_subscription(cast.partner), make_subscription(cast.partner, currency="JPY")
    make_run(
        MARCH,
        [
            EntryRow(partner=cast.partner, subscription=first, entitlement="10.5"),
            EntryRow(partner=cast.partner, subscription=second, entitlement="700", currency="JPY"),
        ],
    )

    (run,) = system.get("commission-runs?period=2026-03&status=approved").json()["results"]

    assert (run["number"], run["period"], run["entries"], run["partners"]) == (1, "2026-03", 2, 1)
    assert run["totals"] == [{"currency": "EUR", "amount": "10.50"}, {"currency": "JPY", "amount": "700"}]
    assert system.get(f"commission-runs/{Run.objects.get().public_id}").json() == run


def test_plans_and_rules_read_as_their_files(system: Integrator) -> None:
    plan = Plan.objects.create(code="standard", name="Standard", is_default=True, cap_per_subscription=5000)
    values = {"rate": Decimal(20), "age_until": 13, "valid_from": date(2026, 1, 1)}
    rule = Rule.objects.create(plan=plan, kind="recurring", **values)

    assert system.get("plans").json()["results"] == [
        {
            "code": "standard",
            "name": "Standard",
            "basis": "contracted",
            "clawback": "none",
            "clawback_days": 0,
            "cap_per_subscription": "5000.00",
            "cap_currency": "",
            "minimum_payout": "0.00",
            "minimum_currency": "",
            "true_up_months": 12,
            "default": True,
            "terms": version_of_terms(plan),
        }
    ]
    assert system.get("plans/standard").status_code == 200
    assert system.get("rules?plan=standard").json()["results"] == [
        {
            "id": str(rule.public_id),
            "plan": "standard",
            "kind": "recurring",
            "product": "",
            "family": "",
            "tier": "",
            "role": "",
            "currency": "",
            "threshold": None,
            "age_from": 1,
            "age_until": 13,
            "until": None,
            "rate": "20",
            "amount": None,
            "minimum_mrr": None,
            "from": "2026-01-01",
        }
    ]


@pytest.mark.parametrize("query", ["run=0", "run=x", "run=99999999999999999999", "period=2026-1", "kind=gift"])
def test_a_bad_filter_is_named(system: Integrator, query: str) -> None:
    answer = system.get(f"commission-entries?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, query.partition("=")[0])


@pytest.mark.parametrize("rows", [2, 20])
@pytest.mark.parametrize(
    ("resource", "queries"),
    [("commission-entries", 3), ("commission-runs", 3), ("statements", 2), ("plans", 2), ("rules", 2)],
)
def test_lists_cost_the_same_whatever_their_size(
    cast: Cast, system: Integrator, resource: str, queries: int, rows: int, django_assert_num_queries: Any
) -> None:
    plan = Plan.objects.create(code="p", name="P")
    for number in range(rows):
        Plan.objects.create(code=f"p{number}", name="P")
        rule = Rule.objects.create(plan=plan, kind="recurring", rate=1, age_from=number + 1, age_until=number + 2)
        working = working_of(("100", "100", 31))
        working["parts"][0]["rule"] = rule.pk
        period = date(2020 + number // 12, number % 12 + 1, 1)
        row = EntryRow(
            partner=cast.partner, subscription=make_subscription(cast.partner), entitlement="1", working=working
        )
        make_statement(make_run(period, [row]), cast.partner)
    system.get(resource)

    with django_assert_num_queries(queries):
        assert len(system.get(f"{resource}?limit=200").json()["results"]) >= rows
