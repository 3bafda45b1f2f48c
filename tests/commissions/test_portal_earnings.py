"""Earnings as a partner reads them: real runs behind them, exact amounts on them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commissions.kinds import Kind
from commissions.models import Entry, Plan, Rule, Statement
from commissions.queries.earnings import earned_and_pending, earned_by_month, month_rows, pending_for_partner
from commissions.services.runs import approve_run, calculate_run
from deals.models import Credit, MrrChange, Subscription
from partners.models import ParentAssignment
from prm.actors import OPERATOR
from tests.cast import Cast, assemble
from tests.factories.commissions import make_subscription
from tests.factories.deals import make_account, make_registration
from tests.factories.leads import make_lead

JANUARY, FEBRUARY, MARCH, APRIL, MAY = (date(2026, month, 1) for month in range(1, 6))
NOW = datetime(2026, 6, 3, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def install(cast: Cast) -> Subscription:
    """Make the plan of the worked example, and its customer: 60 % Northwind's, 40 % the rival's."""
    plan = Plan.objects.create(code="standard", name="Standard", is_default=True, clawback="full", clawback_days=90)
    Rule.objects.create(plan=plan, kind=Kind.RECURRING, rate=20, age_until=13)
    Rule.objects.create(plan=plan, kind=Kind.UPFRONT, rate=100)
    Rule.objects.create(plan=plan, kind=Kind.OVERRIDE, rate=5)
    subscription = make_subscription(cast.partner, customer="Pihlaja Dental Oy", share="60")
    Credit.objects.create(
        subscription=subscription, partner=cast.rival, role="sourced", share=40, valid_from=date(2026, 1, 10)
    )
    return subscription


def run_months(*months: date) -> None:
    for month in months:
        approve_run(run=calculate_run(period=month, actor=OPERATOR, now=NOW), actor=OPERATOR, now=NOW)


def story(cast: Cast) -> Subscription:
    """Run the worked example through April: an upgrade in March, an early end in April."""
    subscription = install(cast)
    MrrChange.objects.create(subscription=subscription, effective_on=date(2026, 3, 16), mrr=160)
    run_months(JANUARY, FEBRUARY, MARCH)
    MrrChange.objects.create(subscription=subscription, effective_on=APRIL, mrr=0)
    run_months(APRIL)
    return subscription


def row_path(subscription: Subscription, month: str) -> str:
    return f"/portal/earnings/s{subscription.public_id.hex}/?month={month}&currency=EUR"


def test_months_and_rows_are_the_entries(cast: Cast) -> None:
    story(cast)
    sums = [(one.month.month, one.kind, one.added, one.taken_back) for one in earned_by_month(cast.actor("owner"))]
    assert sums == [
        (1, "recurring", Decimal("8.5200"), Decimal(0)),
        (1, "upfront", Decimal("60.0000"), Decimal(0)),
        (2, "recurring", Decimal("12.0000"), Decimal(0)),
        (3, "recurring", Decimal("15.7200"), Decimal(0)),
        (4, "upfront", Decimal(0), Decimal("-60.0000")),
    ]
    rows = month_rows(cast.actor("owner"), month=JANUARY, currency="EUR")
    assert [(row.customer, row.share, row.kinds, row.amount) for row in rows] == [
        ("Pihlaja Dental Oy", Decimal(60), ("recurring", "upfront"), Decimal("68.5200"))
    ]


def test_page_shows_the_month_and_what_is_approved(cast: Cast) -> None:
    story(cast)
    page = cast.signed_in("owner").get("/portal/earnings/?month=2026-03").content.decode()
    assert "€36.24 is approved and not paid yet." in page  # 8.52 + 60 + 12 + 15.72 − 60: the closing balance
    assert "March 2026" in page
    assert "€15.72" in page
    assert "Pihlaja Dental Oy" in page


def test_a_row_opens_to_its_formula_with_and_without_htmx(cast: Cast) -> None:
    subscription = story(cast)
    client = cast.signed_in("finance")
    whole = client.get(row_path(subscription, "2026-03")).content.decode()
    part = client.get(row_path(subscription, "2026-03"), headers={"HX-Request": "true"}).content.decode()
    formula = "20 % × 60 % × (100.00 × 15/31 + 160.00 × 16/31) = 15.72 EUR"
    assert formula in whole
    assert formula in part
    assert "<html" in whole
    assert "<html" not in part


def test_a_correction_names_what_was_posted_before(cast: Cast) -> None:
    subscription = story(cast)
    page = cast.signed_in("owner").get(row_path(subscription, "2026-04")).content.decode()
    assert "Upfront of January 2026" in " ".join(page.split())
    assert "−€60.00" in page
    assert "+€60.00" in page
    assert (
        "April carries −€60.00: Pihlaja Dental Oy left after 81 days, so Upfront (January 2026) is taken back." in page
    )


def test_a_customer_that_ended_explains_its_zero(cast: Cast) -> None:
    subscription = install(cast)
    MrrChange.objects.create(subscription=subscription, effective_on=date(2026, 4, 20), mrr=0)
    other = make_subscription(cast.partner, customer="Saimaa Boats Oy")
    run_months(APRIL, MAY)
    rows = month_rows(cast.actor("owner"), month=MAY, currency="EUR")
    assert [(row.customer, row.amount, row.zero.code if row.zero else "") for row in rows] == [
        ("Pihlaja Dental Oy", Decimal(0), "ended"),
        ("Saimaa Boats Oy", Decimal("20.0000"), ""),
    ]
    page = cast.signed_in("owner").get("/portal/earnings/?month=2026-05").content.decode()
    assert "subscription ended on 20 April 2026" in page
    assert "2 customers, 1 paid" in page
    assert other.public_id.hex in page


def test_a_paying_customer_has_the_reason_of_the_last_run_that_looked_at_it(cast: Cast) -> None:
    install(cast)
    Rule.objects.filter(kind=Kind.RECURRING).update(age_from=1, age_until=2)
    young = make_subscription(cast.partner, customer="Saimaa Boats Oy", started_on=MAY)
    Rule.objects.create(plan=Plan.objects.get(), kind=Kind.RECURRING, rate=0, age_from=2, product=young.product)
    run_months(APRIL, MAY)

    def zeros() -> list[tuple[str, str, str]]:
        rows = month_rows(cast.actor("owner"), month=MAY, currency="EUR")
        return [(row.customer, row.zero.code, row.zero.sentence) for row in rows if row.zero]

    assert zeros() == [("Pihlaja Dental Oy", "rate_is_zero", "The rule that applies pays 0 %.")]
    assert month_rows(cast.actor("owner"), month=MAY, currency="USD") == []
    Rule.objects.filter(rate=0).update(rate=10)
    run_months(MAY)
    assert zeros() == []


def test_an_override_names_the_sub_partner_and_not_its_customer(cast: Cast) -> None:
    install(cast)
    make_subscription(cast.rival, customer="Secret Customer")
    ParentAssignment.objects.create(partner=cast.rival, parent=cast.partner, valid_from=JANUARY)
    run_months(JANUARY)
    client = cast.signed_in("owner")
    page = client.get("/portal/earnings/?month=2026-01").content.decode()
    file = client.get("/portal/earnings/csv/?month=2026-01").content.decode()
    assert "Contoso Cloud" in page
    assert "Contoso Cloud" in file
    assert "Secret Customer" not in page + file


def test_the_file_has_the_rows_of_the_page(cast: Cast) -> None:
    story(cast)
    answer = cast.signed_in("owner").get("/portal/earnings/csv/?month=2026-01&currency=EUR")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert answer["Content-Disposition"] == 'attachment; filename="earnings-2026-01-EUR.csv"'
    assert [(row["customer"], row["kind"], row["amount"]) for row in rows] == [
        ("Pihlaja Dental Oy", "recurring", "8.52"),
        ("Pihlaja Dental Oy", "upfront", "60.00"),
    ]


def test_pending_is_a_sum_and_nothing_else(cast: Cast) -> None:
    install(cast)
    run_months(JANUARY)
    calculate_run(period=FEBRUARY, actor=OPERATOR, now=NOW)
    pending = [(one.month, one.currency, one.kind, one.amount) for one in pending_for_partner(cast.actor("owner"))]
    assert pending == [(FEBRUARY, "EUR", "recurring", Decimal("12.0000"))]
    assert earned_and_pending(cast.actor("owner")) == (
        earned_by_month(cast.actor("owner")),
        pending_for_partner(cast.actor("owner")),
    )
    assert earned_and_pending(cast.actor("seller")) == ([], [])
    assert pending_for_partner(cast.actor("seller")) == []
    assert pending_for_partner(cast.actor("finance_person")) == []
    assert list(Entry.objects.visible_to(cast.actor("owner")).filter(run__period=FEBRUARY)) == []
    page = cast.signed_in("owner").get("/portal/earnings/?month=2026-02").content.decode()
    assert "February 2026 waits for approval" in page
    run_months(FEBRUARY)
    assert pending_for_partner(cast.actor("owner")) == []


def test_currencies_stand_apart(cast: Cast) -> None:
    install(cast)
    make_subscription(cast.partner, customer="Warta", mrr="1000", currency="PLN", started_on=FEBRUARY)
    run_months(JANUARY, FEBRUARY)
    client = cast.signed_in("owner")
    euro = client.get("/portal/earnings/?currency=EUR").content.decode()
    zloty = client.get("/portal/earnings/?currency=PLN").content.decode()
    assert "Warta" not in euro
    assert "Warta" in zloty
    assert "PLN\xa01,200.00" in zloty  # 200 recurring + 1000 upfront


@pytest.mark.parametrize("name", ["seller", "marketing"])
def test_people_who_see_no_money_read_why(cast: Cast, name: str) -> None:
    subscription = story(cast)
    client = cast.signed_in(name)
    for path in (
        "/portal/earnings/",
        "/portal/earnings/csv/",
        row_path(subscription, "2026-03"),
        "/portal/statements/",
    ):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "€" not in answer.content.decode()
    assert "commissions_portal" not in client.get("/portal/").content.decode()
    assert "/portal/earnings/" not in client.get("/portal/").content.decode()


def test_a_rival_sees_nothing_of_it(cast: Cast) -> None:
    subscription = story(cast)
    alone = make_subscription(cast.partner, customer="Only Ours Oy", started_on=MAY)
    run_months(MAY)
    rival = cast.signed_in("rival_owner")
    assert rival.get(row_path(alone, "2026-05")).status_code == 404
    assert "Only Ours" not in rival.get("/portal/earnings/?month=2026-05").content.decode()
    assert "Only Ours" not in rival.get("/portal/earnings/csv/?month=2026-05").content.decode()
    shared = rival.get(row_path(subscription, "2026-03")).content.decode()
    assert "20 % × 40 % ×" in shared
    assert "60 %" not in shared
    own = Statement.objects.filter(partner=cast.partner).first()
    assert own is not None
    assert rival.get(f"/portal/statements/{own.number}/").status_code == 404
    assert rival.get(f"/portal/statements/{own.number}/csv/").status_code == 404


@pytest.mark.parametrize("path", ["?month=2026-13", "?month=abc"])
def test_a_month_that_is_none_is_not_found(cast: Cast, path: str) -> None:
    assert cast.signed_in("owner").get(f"/portal/earnings/{path}").status_code == 404


def test_before_the_first_month_it_says_so(cast: Cast) -> None:
    assert "No commission yet" in cast.signed_in("owner").get("/portal/earnings/").content.decode()


def test_queries_stay_the_same_at_two_sizes(cast: Cast) -> None:
    subscription = install(cast)
    run_months(JANUARY)
    client = cast.signed_in("owner")
    few = counted(client, "/portal/earnings/?month=2026-02"), counted(client, row_path(subscription, "2026-01"))
    for number in range(30):
        make_subscription(cast.partner, customer=f"More {number}", started_on=date(2026, 1, 20))
    run_months(FEBRUARY)
    many = counted(client, "/portal/earnings/?month=2026-02"), counted(client, row_path(subscription, "2026-01"))
    assert many == few
    assert max(many) <= 12


def test_an_opened_row_asks_no_more_while_leads_and_questions_wait(cast: Cast) -> None:
    subscription = install(cast)
    run_months(JANUARY)
    client, path = cast.signed_in("owner"), row_path(subscription, "2026-01")
    few = counted(client, path)
    now = timezone.now()
    window = (now - timedelta(days=80), now + timedelta(days=10))
    for number in range(2):
        make_registration(cast.partner, account=make_account(f"Asked {number} Oy"), status="returned")
        make_registration(cast.partner, account=make_account(f"Ends {number} Oy"), status="approved", protected=window)
        make_lead(cast.partner, account=make_account(f"Lead {number} Oy"), now=now)
    assert "Lead 0 Oy" in client.get("/portal/").content.decode()
    assert (counted(client, path), few <= 12) == (few, True)


def counted(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_an_accelerator_is_a_row_of_its_own(cast: Cast) -> None:
    plan = Plan.objects.create(code="standard", name="Standard", is_default=True)
    Rule.objects.create(plan=plan, kind=Kind.ACCELERATOR, rate=10, currency="EUR", threshold=0)
    make_subscription(cast.partner, mrr="500")
    run_months(JANUARY)
    client = cast.signed_in("owner")
    page = client.get("/portal/earnings/?month=2026-01").content.decode()
    assert "New business of the month" in page
    assert "€50.00" in page
    assert "€50.00" in client.get("/portal/earnings/s0/?month=2026-01&currency=EUR").content.decode()
    assert ",accelerator,false,EUR,50.00," in client.get("/portal/earnings/csv/?month=2026-01").content.decode()


@pytest.mark.parametrize("month", ["0001-01", "9999-12", "2026-13", "²026-01", "2026-1", "soon"])
def test_a_month_out_of_this_world_is_nowhere(cast: Cast, month: str) -> None:
    assert cast.signed_in("owner").get("/portal/earnings/", {"month": month}).status_code == 404
