"""The leakage report and its doors: every reason with its MRR, own customers alone for partners."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commissions.models import Plan, Rule
from commissions.queries.leakage import LeakageFilter, leakage_of, leakage_sums
from commissions.queries.reasons import unpaid_sentence
from commissions.services.runs import approve_run, calculate_run
from deals.models import MrrChange, Subscription
from prm.actors import OPERATOR, Actor, ActorKind
from tests.api import integrator
from tests.cast import Cast, assemble
from tests.commissions.contract.program import close, customer, day, pays, program
from tests.commissions.test_manage_plans import text_of
from tests.commissions.test_parked import MANY, TOO_LARGE, overflow
from tests.commissions.test_portal_earnings import FEBRUARY, JANUARY, NOW, counted, install, run_months
from tests.factories.commissions import make_subscription
from tests.factories.facts import install as install_facts
from tests.factories.partners import make_partner

if TYPE_CHECKING:
    from prm.actors import Actor as ActorType

pytestmark = pytest.mark.django_db

WHOLE = LeakageFilter()


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return assemble()


def report(month: str, *, actor: ActorType = OPERATOR, wanted: LeakageFilter = WHOLE) -> list[str]:
    rows = leakage_of(actor, month=day(month), wanted=wanted)
    return [
        f"{row.subscription.external_id} {row.partner.code if row.partner else '-'} {row.reason} {row.mrr:.2f}"
        for row in rows
    ]


def leaking() -> None:
    """Install three customers of January: one paid, one without a rule, one that nobody is credited on."""
    sold = [
        customer("paid", "a 100"),
        customer("unruled", "a 100", mrr="120", product="q"),
        customer("nobody", "b 100 2026-06-01..", mrr="80"),
    ]
    install_facts(program(*sold, rules=(pays("recurring", "20", product="p"),)))
    Subscription.objects.update(source="partner")


def test_the_report_of_a_month_with_its_sums() -> None:
    leaking()
    calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    rows = ["unruled a no_rule 120.00"]
    assert report("2026-01") == [*rows, "nobody - no_credit 80.00"]
    close("2026-01")
    assert report("2026-01") == [*rows, "nobody - no_credit 80.00"]
    assert report("2026-01", wanted=LeakageFilter(reason="no_rule")) == rows
    assert report("2026-01", wanted=LeakageFilter(partner="b")) == []
    sums = leakage_sums(leakage_of(OPERATOR, month=JANUARY, wanted=WHOLE))
    assert [(one.currency, one.reason, one.count, one.mrr) for one in sums] == [
        ("EUR", "no_rule", 1, Decimal(120)),
        ("EUR", "no_credit", 1, Decimal(80)),
    ]


def test_a_partner_reads_its_own_of_approved_runs() -> None:
    leaking()
    calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    subscription = Subscription.objects.get(external_id="unruled")
    partner = subscription.credits.get().partner
    own = Actor(kind=ActorKind.PARTNER_KEY, partner_id=partner.pk)
    assert report("2026-01", actor=own) == []
    close("2026-01")
    assert report("2026-01", actor=own) == ["unruled a no_rule 120.00"]


def test_a_repeated_run_replaces_the_rows_of_what_it_looked_at_alone() -> None:
    leaking()
    close("2026-01")
    before = report("2026-01")
    subscription = Subscription.objects.get(external_id="unruled")
    MrrChange.objects.filter(subscription=subscription).update(mrr=150)
    close("2026-01")
    assert report("2026-01") == [row.replace("120.00", "150.00") for row in before]


def test_what_a_later_run_has_posted_is_no_leak_any_more() -> None:
    leaking()
    close("2026-01")
    Rule.objects.create(plan=Rule.objects.get().plan, kind="recurring", rate=10)
    close("2026-02")
    assert [row for row in report("2026-01") if row.startswith("unruled")] == []


def test_customers_of_a_partner_on_hold_say_so_once_the_run_has_left_it_out(cast: Cast) -> None:
    overflow(cast)
    Rule.objects.filter(kind="upfront").delete()
    Rule.objects.create(plan=Plan.objects.get(), kind="recurring", rate=10)
    run = calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    own = Subscription.objects.filter(credits__partner=cast.rival)
    found = leakage_of(OPERATOR, month=JANUARY, wanted=WHOLE)
    assert [(row.subscription_id, row.partner, row.reason) for row in found.order_by("subscription_id")] == [
        (pk, cast.rival, "on_hold") for pk in own.order_by("pk").values_list("pk", flat=True)
    ]
    (total,) = leakage_sums(found)
    assert (total.reason, total.count) == ("on_hold", MANY)
    # From 10 January: 22 of 31 days, rounded for each of them.
    assert total.mrr == MANY * round(Decimal(TOO_LARGE) * 22 / 31, 6)
    assert {unpaid_sentence(row) for row in found} == {
        "The partner is on hold: An amount is larger than can be computed."
    }
    approve_run(run=run, actor=OPERATOR, now=NOW)
    MrrChange.objects.filter(mrr=Decimal(TOO_LARGE)).update(mrr=10)
    approve_run(run=calculate_run(period=FEBRUARY, actor=OPERATOR, now=NOW), actor=OPERATOR, now=NOW)
    assert list(leakage_of(OPERATOR, month=JANUARY, wanted=WHOLE)) == []


def test_a_reason_of_its_own_stands_before_the_hold(cast: Cast) -> None:
    overflow(cast)  # recurring is paid by no rule: each customer but those paid upfront has that reason
    Rule.objects.filter(kind="upfront").delete()
    calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    assert {row.reason for row in leakage_of(OPERATOR, month=JANUARY, wanted=WHOLE)} == {"no_rule"}


def test_the_mrr_is_that_of_the_days_credited_in_however_many_roles_and_levels() -> None:
    levels = {"2026-01-01": "310", "2026-01-21": "620"}
    roles = ("a 100 ..2026-01-11", "a 50 services 2026-01-06..2026-01-26", "a 100 2026-01-29..")
    install_facts(program(customer("s", *roles, mrr=levels), rules=(pays("recurring", "20", product="q"),)))
    calculate_run(period=JANUARY, actor=OPERATOR, now=NOW)
    # 310 on 20 days, 620 on the 5 to the 25th and on the last 3: (6200 + 4960) / 31.
    assert report("2026-01") == ["s a no_rule 360.00"]


# Doors ----------------------------------------------------------------------------------------------------------------


def unpaid_customer(cast: Cast) -> Subscription:
    """Post January without a rule that pays recurring."""
    subscription = install(cast)
    Rule.objects.all().delete()
    run_months(JANUARY)
    return subscription


def test_the_console_lists_explains_and_gives_a_file(cast: Cast) -> None:
    subscription = unpaid_customer(cast)
    fiona: Client = cast.signed_in("finance_person")
    assert counted(fiona, "/manage/leakage/?month=2026-01") <= 12
    text = text_of(fiona.get("/manage/leakage/?month=2026-01"))
    assert "Pihlaja Dental Oy" in text
    assert "No rule of the plan matches." in text
    lines = fiona.get("/manage/leakage/leakage.csv?month=2026-01&partner=northwind").content.decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f"2026-01,northwind,{subscription.external_id},Pihlaja Dental Oy,")
    assert lines[1].endswith(",EUR,70.97,no_rule,No rule of the plan matches.")
    why = fiona.get(f"/manage/why/?subscription={subscription.public_id}&month=2026-01")
    assert text_of(why).count("No rule of the plan matches.") == 2
    assert "No subscription has this id." in text_of(fiona.get("/manage/why/?subscription=nowhere"))
    assert fiona.get("/manage/why/?month=2026-13").status_code == 404


def test_the_portal_answers_about_own_customers_alone(cast: Cast) -> None:
    subscription = unpaid_customer(cast)
    owner: Client = cast.signed_in("owner")
    assert counted(owner, "/portal/earnings/unpaid/?month=2026-01") <= 12
    assert "Pihlaja Dental Oy" in text_of(owner.get("/portal/earnings/unpaid/?month=2026-01"))
    why = text_of(owner.get(f"/portal/earnings/why/?subscription={subscription.public_id}&month=2026-01"))
    assert why.count("No rule of the plan matches.") == 1
    assert cast.rival.name not in why
    subscription.credits.filter(partner=cast.partner).delete()
    assert owner.get(f"/portal/earnings/why/?subscription={subscription.public_id}&month=2026-01").status_code == 404
    assert owner.get("/portal/earnings/why/?subscription=x").status_code == 404


def test_keys_ask_about_a_month_and_read_the_report(cast: Cast) -> None:
    subscription = unpaid_customer(cast)
    path = f"commission-entries/explain?subscription={subscription.public_id}&month=2026-01"
    body = integrator(partner=cast.partner).get(path).json()
    assert body == {
        "subscription": str(subscription.public_id),
        "month": "2026-01",
        "mrr": "70.967742",
        "lines": [
            {
                "partner": "northwind",
                "kind": "recurring",
                "currency": "EUR",
                "earned": "0.00",
                "posted": "0.00",
                "explanation": "",
                "postings": [],
                "reason": "no_rule",
                "sentence": "No rule of the plan matches.",
            }
        ],
    }
    assert len(integrator().get(path).json()["lines"]) == 2
    assert integrator().get("commission-entries/explain?month=2026-01").status_code == 400
    (row,) = integrator(partner=cast.partner).get("leakage?month=2026-01").json()["results"]
    assert (row["partner"], row["reason"], row["mrr"], row["month"]) == ("northwind", "no_rule", "70.967742", "2026-01")
    assert len(integrator().get("leakage?month=2026-01").json()["results"]) == 2
    assert integrator().get("leakage?month=2026-02").json()["results"] == []


def test_the_api_asks_as_often_however_many_rows_there_are(cast: Cast) -> None:
    unpaid_customer(cast)
    key = integrator()

    def asked() -> int:
        key.get("leakage?month=2026-01")
        with CaptureQueriesContext(connection) as queries:
            assert key.get("leakage?month=2026-01").status_code == 200
        return len(queries)

    few = asked()
    for number in range(20):
        make_subscription(make_partner(f"more-{number}"))
    run_months(JANUARY)
    assert len(key.get("leakage?month=2026-01").json()["results"]) == 22
    assert asked() == few
    assert few <= 12
